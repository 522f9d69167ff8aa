"""Fit which written sentences count as supported: `python training/fit_support.py` writes qa/models/support.json.

A logistic regression on `qa.support.features.LEXICAL`, on claims made of the passages of train/ (see `claims.py`). The
threshold is the one below which the fewest claims fall while of the unsupported ones no more than asked for pass.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sklearn.linear_model import LogisticRegression

from qa.support import Seen, nearest, unframed
from qa.support.features import LEXICAL, lexical
from training.claims import Claim, claims, pages

_SETS = ("squad", "shifts-wiki")
_OUT = Path(__file__).resolve().parent.parent / "qa" / "models" / "support.json"


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-kind", type=int, default=150, help="claims of each kind")
    parser.add_argument("--passing", type=float, default=0.03, help="share of unsupported claims that may pass")
    arguments = parser.parse_args()
    datasets = Path(os.environ["QA_DATASETS"])
    made = claims([page for name in _SETS for page in pages(datasets, name)], arguments.per_kind, random.Random(7))  # noqa: S311 - no secret
    # What the facts decide needs no weights.
    seen = [(claim, unframed(claim.text), cited(claim)) for claim in made]
    undecided = [row for row in seen if row[2].holds_facts(row[1])]
    x = np.array([lexical(said, sentence.sentence, sentence.context) for _, said, sentence in undecided])
    y = np.array([claim.supported for claim, *_ in undecided])
    fitted = LogisticRegression(C=1.0, class_weight="balanced", max_iter=2000).fit(x, y)
    chances = fitted.predict_proba(x)[:, 1]
    allowed = int(arguments.passing * sum(not claim.supported for claim in made))
    threshold = sorted(chances[~y], reverse=True)[allowed] + 1e-4 if allowed < sum(~y) else 0.5
    weights = {name: round(float(w), 4) for name, w in zip(LEXICAL, fitted.coef_[0], strict=True)}
    result = {**weights, "bias": round(float(fitted.intercept_[0]), 4), "threshold": round(float(threshold), 3)}
    _OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    kept = np.mean(chances[y] >= threshold) * sum(y) / sum(claim.supported for claim in made)
    print(f"{len(made)} claims, {len(undecided)} left by the facts; supported ones kept: {kept:.3f}; {result}")


def cited(claim: Claim) -> Seen:
    """Return the sentence that would be cited for a claim."""
    text = claim.page.text
    return Seen(text, nearest(unframed(claim.text), text), claim.page.title)


if __name__ == "__main__":
    main()
