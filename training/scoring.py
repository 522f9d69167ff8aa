"""Scores predictions: exact match and token F1, with and without abstention; AUROC."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.evaluation.metrics import exact_match, token_f1


@dataclass(frozen=True, slots=True)
class ScoredPrediction:
    """A prediction with its certainty and its gold answers, none for an unanswerable question."""

    question: str
    prediction: str
    score: float
    answers: tuple[str, ...]


def exact_and_f1(predictions: Sequence[ScoredPrediction]) -> tuple[float, float]:
    """Return mean exact match and token F1 in percent, every question answered."""
    exact = [exact_match(one.prediction, one.answers) for one in predictions]
    f1 = [token_f1(one.prediction, one.answers) for one in predictions]
    return _percent(exact), _percent(f1)


def f1_with_threshold(predictions: Sequence[ScoredPrediction]) -> float:
    """Return token F1 in percent with abstention below a threshold, chosen by cross-validation.

    Each half of the questions is scored with the threshold that is best for the other half. A
    correct abstention counts 1 and a wrong one 0, as in SQuAD 2.0.
    """
    halves = [
        [one for one in predictions if zlib.crc32(one.question.encode()) % 2 == side]
        for side in (0, 1)
    ]
    return _percent(
        [
            f1_above(one, cut)
            for mine, other in (halves, halves[::-1])
            for cut in [best_threshold(other)]
            for one in mine
        ]
    )


def best_threshold(predictions: Sequence[ScoredPrediction]) -> float:
    """Return the threshold on the score that gives the highest mean F1 with abstention.

    Goes through the questions from the lowest score up: each that falls below the threshold gains
    what abstaining gives and loses what its prediction gave.
    """
    ordered = sorted(predictions, key=lambda one: one.score)
    cut, gain, best = float("-inf"), 0.0, 0.0
    for one, following in pairwise(ordered):
        gain += float(not one.answers) - (
            token_f1(one.prediction, one.answers) if one.answers else 0.0
        )
        if gain > best and one.score < following.score:
            cut, best = (one.score + following.score) / 2, gain
    return cut


def f1_above(one: ScoredPrediction, threshold: float) -> float:
    """Return the F1 of a question that is answered only if its score exceeds a threshold."""
    if one.score <= threshold:
        return float(not one.answers)
    return token_f1(one.prediction, one.answers) if one.answers else 0.0


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the probability that a positive's score exceeds a negative's; ties count half.

    Source: Mann and Whitney, 1947.
    """
    ordered = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    ranks, at = 0.0, 0
    while at < len(ordered):
        last = at
        while last + 1 < len(ordered) and ordered[last + 1][0] == ordered[at][0]:
            last += 1
        ranks += sum(label for _, label in ordered[at : last + 1]) * ((at + last) / 2 + 1)
        at = last + 1
    return (ranks - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative))


def _percent(values: Sequence[float]) -> float:
    return 100 * sum(values) / len(values) if values else float("nan")
