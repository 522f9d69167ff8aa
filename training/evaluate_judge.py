"""Measures a trained judge on the sets of `evals.support`, none of which teaches.

    python -m training.evaluate_judge DIR/judge.safetensors

Printed for each set, as by `evals.support`, is what the judge finds by itself, without rules and
features of words.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

from evals.support import Scored, cases, report
from training import judge_model
from training.base import LAYOUTS, packaged_tokenizer
from training.judge_data import JudgeEncoder, JudgeFeature
from training.judge_sources import SUPPORTED, Instance

_BATCH = 16


def judged(judge: torch.nn.Module, windows: Sequence[JudgeFeature]) -> list[float]:
    """Return the log odds of "supported" for each window."""
    order = sorted(range(len(windows)), key=lambda at: len(windows[at].ids))
    found = [0.0] * len(windows)
    for at in range(0, len(order), _BATCH):
        group = order[at : at + _BATCH]
        with torch.inference_mode():
            logits = judge(judge_model.collate([windows[i] for i in group]))[0]
        others = torch.cat([logits[:, :SUPPORTED], logits[:, SUPPORTED + 1 :]], 1)
        odds = logits[:, SUPPORTED] - others.logsumexp(1)
        for i, value in zip(group, odds.tolist(), strict=True):
            found[i] = value
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--window", type=int, default=256, help="tokens of an input")
    parser.add_argument("--step", type=int, default=1, help="take every so many cases")
    options = parser.parse_args()
    judge = judge_model.Judge().eval()
    judge.load_state_dict(load_file(options.weights), strict=False)
    encoder = JudgeEncoder(packaged_tokenizer(), LAYOUTS["minilm"])
    asked = list(cases(Path(os.environ["QA_DATASETS"]) / "dev"))[:: options.step]
    windows = [
        encoder.encode(Instance(one.sentence, one.texts, SUPPORTED), options.window)
        for one in asked
    ]
    odds = judged(judge, [window for window in windows if window is not None])
    scored = [
        Scored(case, 1 / (1 + math.exp(-one)), kept=one > 0)
        for case, one in zip(asked, odds, strict=True)
    ]
    for part in dict.fromkeys(one.set for one in asked):
        print(report(part, [one for one in scored if one.case.set == part]))
    apart = {"stories", "model-answers"}
    print(report("dev/support", [one for one in scored if one.case.set not in apart]))


if __name__ == "__main__":
    main()
