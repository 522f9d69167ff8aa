"""Fits the check that what a chat model's sentence cites supports it.

    python -m training.fit_support

A logistic regression on `qa.answering.grounding.features.FEATURES`, fitted on claims of train/
(stories, sentences against passages, and sentences made by rule, see `judge_stories.py` and
`judge_sources.py`), to whose log odds those of the judge are added, with a weight. It is written to
qa/models/support.json.

The weight is the one with the largest area under the ROC curve on one half of dev/support, and the
threshold the lowest at which no more than the given share of that half's unsupported sentences
pass; `python -m evals.support` reports the other half. A regression over the judge's odds too would
trust them too much: the claims of train/ are of the kinds that taught it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from evals.support import Case, Scored, auroc, cases, threshold
from qa.answering.grounding import compared, measured
from qa.answering.grounding.features import FEATURES, features
from qa.models.logistic import LogisticModel
from training.judge_data import taught
from training.judge_sources import (
    SUPPORTED,
    Instance,
    entailment_instances,
    made_instances,
)
from training.judge_stories import claim_instances

_OUT = Path(__file__).resolve().parent.parent / "qa" / "models" / "support.json"
_STORIES = 50
# Pairs of each file, and the weight of each; those of full sentences against passages count most.
_PAIRS = {
    "wice": (700, 1.5),
    "summedits-other": (500, 1.0),
    "summhay": (300, 1.0),
    "begin-2021": (500, 1.0),
    "fever-docnli": (600, 1.0),
    "fever-nli-3way": (400, 1.0),
    "fever-covidfact": (400, 0.6),
    "bump": (100, 0.5),
    "q2-wow": (200, 1.0),
    "mnli-train-20k": (300, 0.3),
    "realsumm": (200, 0.3),
}
_STORY_WEIGHT, _MADE_WEIGHT, _MADE = 1.5, 0.7, 25
_HALF = 0
_JUDGE_WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def weighted(datasets: Path, rng: random.Random) -> Iterator[tuple[Instance, float]]:
    """Yield what teaches, each with its weight."""
    for one in claim_instances(taught(datasets)[:_STORIES], rng):
        yield one, _STORY_WEIGHT
    for name, (count, weight) in _PAIRS.items():
        pairs = entailment_instances(datasets / "train" / "entailment", name, rng)
        for one in islice(pairs, count):
            yield one, weight
    for name in ("squad", "shifts-wiki"):
        for one in made_instances(datasets, name, _MADE, rng):
            yield one, _MADE_WEIGHT


def main() -> None:
    """Fit the model and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--passing", type=float, default=0.15, help="share of unsupported sentences that may pass"
    )
    parser.add_argument(
        "--shown", type=float, default=0.65, help="probability from which an answer shows it"
    )
    arguments = parser.parse_args()
    datasets = Path(os.environ["QA_DATASETS"])
    rng = random.Random(5)  # noqa: S311 -- no secret depends on it
    rows = [
        (features(found.claim, found.read, found.headings), one.label == SUPPORTED, weight)
        for one, weight in weighted(datasets, rng)
        if (found := compared(one.claim, one.texts)) is not None
    ]
    result = _fitted(rows)
    half = list(_half(datasets))
    slopes = [result[name] for name in FEATURES]
    scored = {weight: _scored(half, [*slopes, weight], result["bias"]) for weight in _JUDGE_WEIGHTS}
    result["judge"] = max(scored, key=lambda weight: auroc(scored[weight]))
    result["shown"] = arguments.shown
    least = threshold(scored[result["judge"]], arguments.passing)
    result["threshold"] = round(least + 1e-4, 4)
    _OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"{len(rows)} sentences: {result}")


def _fitted(rows: Sequence[tuple[Sequence[float], bool, float]]) -> dict[str, float]:
    """Return the weights of the features, and the bias."""
    x, y, weights = (np.array(column) for column in zip(*rows, strict=True))
    scaled = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced"))
    scaled.fit(x, y, logisticregression__sample_weight=weights)
    scaler, fitted = scaled[0], scaled[1]
    slopes = fitted.coef_[0] / scaler.scale_
    bias = float(fitted.intercept_[0] - slopes @ scaler.mean_)
    return {
        **{name: round(float(w), 4) for name, w in zip(FEATURES, slopes, strict=True)},
        "bias": round(bias, 4),
    }


def _half(datasets: Path) -> Iterator[tuple[Case, list[float] | None]]:
    """Yield the cases of a half of dev/support, and their features; None where a rule decides."""
    for case in cases(datasets / "dev"):
        if case.half == _HALF and case.set not in {"stories", "model-answers"}:
            found = compared(case.sentence, case.texts)
            yield case, None if found is None or found.refusal else measured(found)


def _scored(
    half: Sequence[tuple[Case, list[float] | None]], weights: Sequence[float], bias: float
) -> list[Scored]:
    model = LogisticModel(tuple(weights), bias, 0.0)
    return [
        Scored(case, 0.0 if row is None else model.probability(row), kept=False)
        for case, row in half
    ]


if __name__ == "__main__":
    main()
