"""Measures a trained judge on the sets of `evals.support`, none of which teaches.

    python -m training.evaluate_judge --base minilm DIR/judge.safetensors

Printed for each set, as by `evals.support`: the judge by itself, with the rules for facts before
it, and together with the features that ship (the sum of both log odds).
"""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

from evals.support import Case, Scored, cases, report
from qa.answering.grounding import compared, model
from qa.answering.grounding.features import features
from training import judge_model
from training.base import LAYOUTS, packaged_tokenizer
from training.judge_data import JudgeEncoder, JudgeFeature
from training.judge_sources import SUPPORTED, Instance

_BATCH = 16


def judged(
    judge: torch.nn.Module, trunk: judge_model.Trunk | None, windows: Sequence[JudgeFeature]
) -> list[float]:
    """Return the log odds of "supported" for each window."""
    order = sorted(range(len(windows)), key=lambda at: len(windows[at].ids))
    found = [0.0] * len(windows)
    for at in range(0, len(order), _BATCH):
        group = order[at : at + _BATCH]
        batch = judge_model.collate([windows[i] for i in group], trunk)
        with torch.inference_mode():
            logits = judge(batch)[0]
        others = torch.cat([logits[:, :SUPPORTED], logits[:, SUPPORTED + 1 :]], 1)
        odds = logits[:, SUPPORTED] - others.logsumexp(1)
        for i, value in zip(group, odds.tolist(), strict=True):
            found[i] = value
    return found


def compared_odds(case: Case) -> tuple[bool, float]:
    """Return whether a rule refuses a case, and the log odds by the features that ship."""
    found = compared(case.sentence, case.texts)
    if found is None or found.refused:
        return True, 0.0
    chance = model().probability(features(found.claim, found.read, found.headings))
    return False, math.log(chance / (1 - chance))


def tables(
    asked: Sequence[Case], odds: Sequence[float], ruled: Sequence[tuple[bool, float]]
) -> Iterator[str]:
    """Yield the lines of the three tables."""
    ways = {
        "by itself": [_chance(one) for one in odds],
        "with rules": [0.0 if no else _chance(o) for o, (no, _) in zip(odds, ruled, strict=True)],
        "with rules and features": [
            0.0 if no else _chance(o + other) for o, (no, other) in zip(odds, ruled, strict=True)
        ],
    }
    for name, chances in ways.items():
        scored = [Scored(c, p, kept=p > 0.5) for c, p in zip(asked, chances, strict=True)]
        yield f"the judge {name}"
        for part in dict.fromkeys(one.set for one in asked):
            yield report(part, [one for one in scored if one.case.set == part])
        apart = {"stories", "model-answers"}
        yield report("dev/support", [one for one in scored if one.case.set not in apart])


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--base", choices=LAYOUTS, default="mpnet")
    parser.add_argument("--frozen", type=int, default=6)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--window", type=int, default=256, help="tokens of an input")
    parser.add_argument("--step", type=int, default=1, help="take every so many cases")
    parser.add_argument("--out", type=Path, help="write the log odds of every case")
    options = parser.parse_args()
    mpnet = options.base == "mpnet"
    trunk = judge_model.Trunk(options.frozen, torch.get_num_threads()) if mpnet else None
    judge = (
        judge_model.Judge(options.frozen, options.rank) if mpnet else judge_model.SmallJudge()
    ).eval()
    judge.load_state_dict(load_file(options.weights), strict=False)
    encoder = JudgeEncoder(packaged_tokenizer(), LAYOUTS[options.base])
    asked = list(cases(Path(os.environ["QA_DATASETS"]) / "dev"))[:: options.step]
    windows = [
        encoder.encode(Instance(one.sentence, one.texts, SUPPORTED), options.window)
        for one in asked
    ]
    odds = judged(judge, trunk, [window for window in windows if window is not None])
    ruled = [compared_odds(one) for one in asked]
    for line in tables(asked, odds, ruled):
        print(line)
    if options.out:
        rows = [
            {"set": c.set, "sentence": c.sentence, "supported": c.supported, "odds": o, "ruled": r}
            for c, o, r in zip(asked, odds, ruled, strict=True)
        ]
        options.out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
