"""Carries the judge's training to a machine without the data sets, and its weights back.

    python -m training.train_judge --prepare --mistakes mistakes.jsonl --out DIR
    python -m training.pack_judge pack DIR START FILE
    python -m training.train_judge --packed FILE --out OUT           # there
    python -m training.pack_judge join OUT DIR/judge.safetensors     # here again

START is the weights of an earlier run.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import numpy as numpy_file
from safetensors.torch import load_file, save_file

from training.base import folder
from training.judge_data import JudgeData
from training.judge_model import Judge
from training.judge_pack import WORDS, pack, write
from training.model import save

if TYPE_CHECKING:
    from torch import Tensor

# The largest file that OUT may hold, in bytes.
_PIECE = 14_000_000


def write_halves(parameters: Mapping[str, Tensor], out: Path) -> None:
    """Write parameters but for the embeddings of words, in 16 bits, as files of limited size."""
    group: dict[str, Tensor] = {}
    groups = [group]
    for name, value in parameters.items():
        if name == WORDS:
            continue
        half = value.detach().half().cpu().contiguous()
        if sum(one.nbytes for one in group.values()) + half.nbytes > _PIECE:
            group = {}
            groups.append(group)
        group[name] = half
    for at, one in enumerate(groups, 1):
        save_file(one, out / f"judge.f16.{at}.safetensors")


def _join(run: Path, out: Path) -> None:
    """Join the files of `write_halves` with the packaged embeddings of words."""
    values = dict(Judge().named_parameters())
    given: dict[str, Tensor] = {}
    for path in sorted(run.glob("judge.f16.*.safetensors")):
        given |= load_file(path)
    if given.keys() != values.keys() - {WORDS}:
        raise ValueError(f"{run} lacks weights: {sorted(values.keys() - given.keys() - {WORDS})}")
    save(values | {name: value.float() for name, value in given.items()}, out)


def main() -> None:
    """Pack, or join."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_subparsers(dest="what", required=True)
    packing, joining = what.add_parser("pack"), what.add_parser("join")
    packing.add_argument("run", type=Path)
    packing.add_argument("start", type=Path)
    packing.add_argument("file", type=Path)
    joining.add_argument("run", type=Path)
    joining.add_argument("out", type=Path)
    options = parser.parse_args()
    if options.what == "join":
        _join(options.run, options.out)
        return
    # The run's own file, in the folder that its user named.
    data: JudgeData = pickle.loads((options.run / "data.pickle").read_bytes())  # noqa: S301 -- see above
    config = json.loads((folder("minilm") / "config.json").read_text("utf-8"))
    write(pack(data, numpy_file.load_file(options.start), config), options.file)


if __name__ == "__main__":
    main()
