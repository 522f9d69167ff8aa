"""Answers a question with yes or no, where its evidence decides it.

A logistic regression over how a sentence of an article compares with the question: whether one of
the two is negated, has an antonym of the other's words, and how much of the question it holds.
`training.verdicts` fits it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Literal

from qa.answering.grounding.features import CONTRACTED, opposes
from qa.lexicon import NEGATIONS
from qa.models.logistic import LogisticModel
from qa.models.veridicality import denying
from qa.text import terms, words

FILE = "verdicts.json"
FEATURES = (
    "negated",  # whether one of the two is negated: 1 the sentence, -1 the question
    "opposite",  # whether one has an antonym of the other's words
    "plain_near",  # if neither of these, the share of the question's words that it holds
)

_PRESENT = frozenset("is are do does has have can will".split())

YesNo = Literal["yes", "no", ""]


def verdict(question: str, evidence: Sequence[tuple[str, float]]) -> YesNo:
    """Return "yes" or "no"; nothing where the evidence does not decide.

    Args:
        question: one that yes or no answers.
        evidence: sentences, each with the probability that it answers the question.
    """
    fitted = model()
    total = sum(weight for _, weight in evidence)
    if not total:
        return ""
    chance = (
        sum(weight * fitted.probability(features(question, text)) for text, weight in evidence)
        / total
    )
    if chance >= fitted.threshold:
        return "yes"
    return "no" if chance <= 1 - fitted.threshold else ""


def asks_for_state(question: str) -> bool:
    """Return whether a question is about how things are or will be: the last word counts."""
    return next(iter(words(question)), "") in _PRESENT


def features(question: str, sentence: str) -> tuple[float, ...]:
    """Return the values of `FEATURES`."""
    asked = set(terms(question))
    near = len(asked & set(terms(sentence))) / max(len(asked), 1)
    negated = float(is_negated(sentence)) - float(is_negated(question))
    opposite = float(opposes(question, sentence))
    return negated, opposite, 0.0 if negated or opposite else near


def is_negated(text: str) -> bool:
    """Return whether a text denies something."""
    return is_negation(text) or bool(denying() & set(terms(text)))


def is_negation(text: str) -> bool:
    """Return whether a text has a word like "not"."""
    return bool(NEGATIONS & set(words(text)) or CONTRACTED.search(text))


@functools.cache
def model() -> LogisticModel:
    """Return the fitted model that ships; it gives the probability of "yes"."""
    return LogisticModel.shipped(FILE, FEATURES)
