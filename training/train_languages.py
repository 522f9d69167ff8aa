"""Trains the reader of many languages.

    python -m training.train_languages --out DIR

The same command resumes a killed run. DIR receives `data.npz` (the encoded examples), `log.jsonl`,
`checkpoint.pt` during the run, and at its end `e5.safetensors` (averaged parameters, in half
precision) and `recipe.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.numpy import load_file
from torch import Tensor

from qa.models import e5
from training import model
from training.checkpoint import Run
from training.features import batches
from training.language_data import WEIGHT, WINDOW, build
from training.language_model import LanguageReader, Weights
from training.low_rank import unexported
from training.schedule import Schedule
from training.train import Log, Trainer, add_run_options, autocast, resumed

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A GPU computes products of such sizes faster.
_MULTIPLE = 8


@dataclass(frozen=True, slots=True)
class Data:
    """The encoded examples, as `training.language_data` writes them.

    Attributes:
        stages: of each example; stages are trained on one after the other.
        starts: of each example's ids in `ids`; then the end of the last.
        ids: rows of `words`, all examples' one after the other.
        places: first and last token of the context, end exclusive; of the answer, 0 if none.
        pad: the row that fills a batch up.
        words: rows of the input table, shape (rows, width).
        weights: the encoder's others.
        digest: a fingerprint of the examples.
    """

    stages: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ids: NDArray[np.int32]
    places: NDArray[np.int64]
    pad: int
    words: NDArray[np.float32]
    weights: Weights
    digest: str

    def batch(self, indices: tuple[int, ...], device: str) -> model.Batch:
        """Return examples, padded to the longest of them."""
        sizes = self.starts[1:][list(indices)] - self.starts[list(indices)]
        length = -(-int(sizes.max()) // _MULTIPLE) * _MULTIPLE
        ids = np.full((len(indices), length), self.pad, dtype=np.int64)
        for row, (index, size) in enumerate(zip(indices, sizes, strict=True)):
            ids[row, :size] = self.ids[self.starts[index] : self.starts[index] + size]
        at = np.arange(length)
        first, last, start, end = self.places[list(indices)].T[:, :, None]
        inside = (at >= first) & (at < last)
        given = (ids, at < sizes[:, None], inside, start[:, 0], end[:, 0])
        return model.Batch(*(torch.from_numpy(one).to(device, non_blocking=True) for one in given))

    def order(
        self,
        size: int,
        seed: int,
        epochs: int,
        longest: int | None = None,
        *,
        sentences: bool = True,
    ) -> list[tuple[int, ...]]:
        """Return the batches: stage after stage, each of examples of about the same length.

        Args:
            size: examples in a batch.
            seed: of the order.
            epochs: of all stages but the first.
            longest: tokens of the longest examples that are used; by default all are.
            sentences: whether the first stage, of single sentences, is used.
        """
        lengths = np.diff(self.starts)
        made: list[tuple[int, ...]] = []
        rng = random.Random(f"{seed}:order")  # noqa: S311 -- no secret depends on it
        for stage in np.unique(self.stages)[0 if sentences else 1 :]:
            (members,) = np.nonzero((self.stages == stage) & (lengths <= (longest or WINDOW)))
            for _ in range(epochs if stage else 1):
                chosen = batches(lengths[members].tolist(), size, rng)
                made += [tuple(members[one].tolist()) for one in chosen]
        return made


def read(path: Path) -> Data:
    """Read a file of `training.language_data`, which may be compressed with xz."""
    with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as file:
        found = dict(np.load(file))
    raw = {name.removeprefix(WEIGHT): found[name] for name in found if name.startswith(WEIGHT)}
    return Data(
        found["stages"],
        np.concatenate([[0], np.cumsum(found["lengths"], dtype=np.int64)]),
        found["ids"].astype(np.int32),
        found["places"].astype(np.int64),
        int(found["pad"]),
        e5.decoded(found["words"]),
        dict(e5.unpacked(raw)),
        hashlib.sha256(found["ids"].tobytes() + found["places"].tobytes()).hexdigest()[:16],
    )


class LanguageTrainer(Trainer):
    """Trains the reader of many languages."""

    def __init__(
        self,
        run: Run,
        data: Data,
        order: Sequence[tuple[int, ...]],
        options: argparse.Namespace,
        log: Log,
    ) -> None:
        schedule = Schedule(len(order), options.rate, options.minutes)
        super().__init__(run, order, schedule, options, log)
        self._data = data

    def _loss(self, indices: tuple[int, ...]) -> Tensor:
        batch = self._data.batch(indices, self._options.device)
        with autocast(self._options):
            output = self._run.reader(batch)
        return model.loss(output, batch)


def arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--datasets", type=Path, default=os.environ.get("QA_DATASETS"))
    parser.add_argument("--data", type=Path, help="encoded examples; by default in --out")
    parser.add_argument(
        "--start", type=Path, help="weights that ship, to go on from; sentences are left out then"
    )
    parser.add_argument("--fraction", type=float, default=1.0, help="of the examples to encode")
    parser.add_argument("--rank", type=int, default=32, help="of what is added to each layer")
    parser.add_argument("--frozen", type=int, default=0, help="lowest layers to leave as they are")
    parser.add_argument("--epochs", type=int, default=1, help="of all but the sentences")
    parser.add_argument(
        "--minutes", type=float, help="end after this much training by skipping batches"
    )
    parser.add_argument(
        "--longest", type=int, help="leave out examples of more tokens: more are seen in the time"
    )
    add_run_options(parser)
    parser.set_defaults(rate=1e-3, batch=64, average=0.995)
    return parser.parse_args()


def _encoded(options: argparse.Namespace, log: Log) -> Path:
    """Return the file of the encoded examples, which is made if it is not there."""
    path: Path = options.data or options.out / "data.npz"
    if not path.exists():
        if options.datasets is None:
            raise SystemExit("--datasets, or QA_DATASETS, must name the folder that holds train/")
        found = build(path, Path(options.datasets), options.seed, options.fraction)
        log.write("encoded", **found)
    return path


def main() -> None:
    """Train, and write the weights."""
    options = arguments()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    log = Log(options.out / "log.jsonl")
    data = read(_encoded(options, log))
    torch.manual_seed(options.seed)
    words = torch.from_numpy(data.words).half()
    reader = LanguageReader(data.weights, words, options.rank, options.frozen)
    if options.start:
        begun = unexported(load_file(options.start))
        reader.load_state_dict({name: torch.from_numpy(value) for name, value in begun.items()})
    digest = f"{data.digest}:{options.batch}:{options.seed}:{options.epochs}"
    run = resumed(reader, f"{digest}:{options.rank}:{options.frozen}", options)
    settings: dict[str, Any] = {name: str(value) for name, value in vars(options).items()}
    log.write("start", position=run.progress.position, digest=run.digest, settings=settings)
    order = data.order(
        options.batch, options.seed, options.epochs, options.longest, sentences=not options.start
    )
    LanguageTrainer(run, data, order, options, log).finish()
    run.save(options.out / "checkpoint.pt")
    model.save(
        {name: value.half() for name, value in run.average.values.items()},
        options.out / "e5.safetensors",
    )
    made = {"updates": run.progress.updates, "minutes": round(run.progress.seconds / 60, 1)}
    recipe = {**made, "torch": torch.__version__, "settings": settings, "digest": run.digest}
    (options.out / "recipe.json").write_text(json.dumps(recipe, indent=1) + "\n", encoding="utf-8")
    log.write("end", **made)


if __name__ == "__main__":
    main()
