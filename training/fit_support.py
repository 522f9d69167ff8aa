"""Fits the check that a chat model's sentence is supported.

    python -m training.fit_support

A logistic regression on `qa.answering.grounding.features.FEATURES`, fitted on claims made from the
passages of train/ (see `claims.py`) and written to qa/models/support.json. The threshold is the
lowest at which no more than the given share of unsupported claims pass.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa.answering.grounding import Premise, nearest_sentence, without_frame
from qa.answering.grounding.features import FEATURES, features
from training.claims import Claim, claims, pages

_SETS = ("squad", "shifts-wiki")
_OUT = Path(__file__).resolve().parent.parent / "qa" / "models" / "support.json"


def main() -> None:
    """Fit the model and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--per-kind", type=int, default=150, help="claims of each kind")
    parser.add_argument(
        "--passing", type=float, default=0.03, help="share of unsupported claims that may pass"
    )
    arguments = parser.parse_args()
    datasets = Path(os.environ["QA_DATASETS"])
    made = claims(
        [page for name in _SETS for page in pages(datasets, name)],
        arguments.per_kind,
        random.Random(7),  # noqa: S311 - no secret
    )
    # Claims that the exact checks refuse need no weights.
    seen = [(claim, without_frame(claim.text), cited(claim)) for claim in made]
    undecided = [row for row in seen if row[2].contains_facts(row[1])]
    x = np.array(
        [features(said, sentence.sentence, sentence.context) for _, said, sentence in undecided]
    )
    y = np.array([claim.supported for claim, *_ in undecided])
    fitted = LogisticRegression(C=1.0, class_weight="balanced", max_iter=2000).fit(x, y)
    chances = fitted.predict_proba(x)[:, 1]
    allowed = int(arguments.passing * sum(not claim.supported for claim in made))
    threshold = sorted(chances[~y], reverse=True)[allowed] + 1e-4 if allowed < sum(~y) else 0.5
    weights = {name: round(float(w), 4) for name, w in zip(FEATURES, fitted.coef_[0], strict=True)}
    result = {
        **weights,
        "bias": round(float(fitted.intercept_[0]), 4),
        "threshold": round(float(threshold), 3),
    }
    _OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    kept = np.mean(chances[y] >= threshold) * sum(y) / sum(claim.supported for claim in made)
    print(
        f"{len(made)} claims, {len(undecided)} pass the exact checks; "
        f"supported ones kept: {kept:.3f}; {result}"
    )


def cited(claim: Claim) -> Premise:
    """Return the sentence that would be cited for a claim."""
    text = claim.page.text
    return Premise(text, nearest_sentence(without_frame(claim.text), text), claim.page.title)


if __name__ == "__main__":
    main()
