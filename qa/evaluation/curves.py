"""What rows say about finding, confidence and speed, as the points of curves."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from qa.evaluation.failures import share_text
from qa.evaluation.metrics import DEPTH
from qa.evaluation.resampling import Values
from qa.evaluation.result import Row
from qa.evaluation.statistics import equal_mass_bins, selective_risk
from qa.evaluation.summary import judged

Points: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Horizontal and vertical coordinates, shape (n,) each."""


def risk_coverage(rows: Sequence[Row]) -> Points:
    """Return the coverages that falling thresholds give, and the risk at each of them."""
    answers = judged_answers(rows)
    return np.arange(1, len(answers) + 1) / _questions(rows), selective_risk(answers)


def operating_point(rows: Sequence[Row]) -> Points:
    """Return the one coverage and risk of rows as they are; no point where nothing was answered."""
    coverages, risks = risk_coverage(rows)
    return coverages[-1:], risks[-1:]


def reliability(rows: Sequence[Row]) -> Points:
    """Return the mean confidence of each of ten bins of equal mass, and the share of right answers there."""
    means = np.array([part.mean(axis=0) for part in equal_mass_bins(judged_answers(rows))])
    return means[:, 0], means[:, 1]


def judged_answers(rows: Sequence[Row]) -> Values:
    """Return a line (confidence, 1 if right else 0) for each answer that can be judged, shape (n, 2)."""
    return np.array([found for row in rows if (found := judged(row)) is not None], dtype=np.float64).reshape(-1, 2)


def recall(rows: Sequence[Row]) -> Values:
    """Return for each question with gold the share of it among the first 1, 2, ... 10 hits, shape (n, 10).

    The columns 1, 5 and 10 are `recall@1`, `recall@5` and `recall@10` of the metrics.
    """
    shares = [_found(row) for row in rows if "recall@10" in row.scores]
    return np.array(shares, dtype=np.float64).reshape(-1, DEPTH)


def _found(row: Row) -> list[float]:
    if row.relevant:
        # The spans are alternatives: one found is all found.
        gains, wanted = [any(share_text(hit, span) for span in row.relevant) for hit in row.hits], 1
    else:
        golds = {article_id for article_id, grade in row.relevance.items() if grade > 0}
        gains, wanted = [hit.article_id in golds for hit in row.hits], len(golds)
    found = [min(count, wanted) / wanted for count in itertools.accumulate(gains, initial=0)][1 : DEPTH + 1]
    return found + (found[-1:] or [0.0]) * (DEPTH - len(found))


def _questions(rows: Sequence[Row]) -> int:
    """Return how many questions there are an answer to which could be judged."""
    return sum(row.answerable is False or bool(row.answerable and row.answers) for row in rows)
