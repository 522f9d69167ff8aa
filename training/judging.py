"""Figures for readings: exact match and token F1, with and without the choice not to answer; AUROC."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.evaluation.metrics import exact_match, token_f1


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's prediction beside its gold answers, none for an unanswerable question."""

    question: str
    prediction: str
    score: float
    answers: tuple[str, ...]


def exact_and_f1(judged: Sequence[Judged]) -> tuple[float, float]:
    """Return mean exact match and token F1 in percent, every question answered."""
    exact = [exact_match(one.prediction, one.answers) for one in judged]
    f1 = [token_f1(one.prediction, one.answers) for one in judged]
    return _percent(exact), _percent(f1)


def f1_with_threshold(judged: Sequence[Judged]) -> float:
    """Return token F1 in percent when low scores mean no answer: each half is judged by the other's threshold.

    A right abstention counts 1 and a wrong one 0, as in SQuAD 2.0.
    """
    halves = [[one for one in judged if zlib.crc32(one.question.encode()) % 2 == side] for side in (0, 1)]
    return _percent(
        [
            f1_above(one, cut)
            for mine, other in (halves, halves[::-1])
            for cut in [best_threshold(other)]
            for one in mine
        ]
    )


def best_threshold(judged: Sequence[Judged]) -> float:
    """Return the threshold on the score that gives the highest mean F1 with abstention.

    Questions are taken from the lowest score up: each that falls below the threshold gains what abstaining
    gives and loses what its prediction gave.
    """
    ordered = sorted(judged, key=lambda one: one.score)
    cut, gain, best = float("-inf"), 0.0, 0.0
    for one, following in pairwise(ordered):
        gain += float(not one.answers) - (token_f1(one.prediction, one.answers) if one.answers else 0.0)
        if gain > best and one.score < following.score:
            cut, best = (one.score + following.score) / 2, gain
    return cut


def f1_above(one: Judged, threshold: float) -> float:
    """Return the F1 of a question that is only answered where its score exceeds a threshold."""
    if one.score <= threshold:
        return float(not one.answers)
    return token_f1(one.prediction, one.answers) if one.answers else 0.0


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the chance that a positive's score exceeds a negative's, ties counting half (Mann and Whitney, 1947)."""
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
