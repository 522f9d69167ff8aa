"""Fits the check that answers yes or no.

    python -m training.verdicts

What is fitted are the claims of train/stories, as questions, beside the sentence that decides
them, and these stories' own questions of that kind, whose answers in verdicts.json were given by
hand. A fifth of the stories is held out in turn for the figures that are printed. Claims that a
number or a name makes wrong are left out: a rule compares these.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from qa.answering.verdicts import FEATURES, FILE, features
from qa.text import sentence_spans, terms
from training.polar_questions import polar_question
from training.sources import story_packs

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "qa" / "models" / FILE
_FOLDS = 5
# A question that somebody asked weighs as much as this many that were made of claims.
_ASKED = 5.0
# The probability from which a verdict is given.
_THRESHOLD = 0.6
# Faults that turn the claim round, whatever their words; those of the other faults differ in facts.
_TURNED = ("negat", "denial", "opposite", "revers", "turned", "refus")


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the sentence that decides it, its answer, its story, and whether it was asked."""

    question: str
    sentence: str
    yes: bool
    story: int
    asked: bool


def main() -> None:
    """Print what is held out and how it was told, then write the weights."""
    packs = story_packs(Path(os.environ["QA_DATASETS"]))
    answers = json.loads((HERE / FILE).read_text("utf-8"))
    examples = [
        example
        for at, story in enumerate(packs)
        for example in (*_claimed(story, at), *_asked(story, at, answers))
    ]
    x = np.array([features(e.question, e.sentence) for e in examples])
    yes = np.array([e.yes for e in examples])
    asked = np.array([e.asked for e in examples])
    weights = np.where(asked, _ASKED, 1.0)
    fold = np.array([e.story % _FOLDS for e in examples])
    chance = np.empty(len(examples))
    for held in range(_FOLDS):
        kept = fold != held
        fitted = LogisticRegression(C=1.0, class_weight="balanced")
        fitted.fit(x[kept], yes[kept], sample_weight=weights[kept])
        chance[~kept] = fitted.predict_proba(x[~kept])[:, 1]
    for name, part in (("asked", asked), ("made of claims", ~asked)):
        told = part & ((chance >= _THRESHOLD) | (chance <= 1 - _THRESHOLD))
        right = np.mean((chance > 0.5)[told] == yes[told])
        print(
            f"{name}: {part.sum()}, AUROC {roc_auc_score(yes[part], chance[part]):.3f},"
            f" decided {told.sum() / part.sum():.2f}, right of these {right:.2f}"
        )
    fitted = LogisticRegression(C=1.0, class_weight="balanced").fit(x, yes, sample_weight=weights)
    values = dict(zip(FEATURES, fitted.coef_[0].round(4).tolist(), strict=True))
    values |= {"bias": round(float(fitted.intercept_[0]), 4), "threshold": _THRESHOLD}
    OUT.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    print(values)


def _claimed(story: Mapping[str, Any], at: int) -> Iterator[Example]:
    """Yield the claims of a story as questions, each beside the evidence nearest to it."""
    for claim in story["claims"]:
        asked = polar_question(claim["claim"])
        supported = claim["label"] == "supported"
        turned = any(part in claim["fault"] for part in _TURNED)
        if asked and claim["evidence"] and (supported or turned) and claim["label"] != "neither":
            question, negated = asked
            wanted = set(terms(question))
            quotes = [quote for _, quote in claim["evidence"]]
            shared = [len(wanted & set(terms(quote))) for quote in quotes]
            sentence = quotes[shared.index(max(shared))]
            yield Example(question, sentence, supported != negated, at, asked=False)


def _asked(story: Mapping[str, Any], at: int, answers: Mapping[str, str]) -> Iterator[Example]:
    """Yield the questions of a story that were answered by hand."""
    texts = {article["id"]: article["text"] for article in story["articles"]}
    for row in story["questions"]:
        if row["question"] in answers:
            text = texts[row["article"]]
            place = text.index(row["answer"])
            start, end = next(s for s in sentence_spans(text) if s[0] <= place < s[1])
            yes = answers[row["question"]] == "yes"
            yield Example(row["question"], text[start:end], yes, at, asked=True)


if __name__ == "__main__":
    main()
