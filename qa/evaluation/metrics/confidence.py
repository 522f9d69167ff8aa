"""Metrics of knowing when to answer: coverage, abstention, calibration, risk against coverage.

Sources: Naeini et al. (2015) with the equal-mass bins of Nixon et al. (2019) for the calibration
error; Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks" (2017), for risk
and coverage; Geifman, Uziel and El-Yaniv, "Bias-Reduced Uncertainty Estimation for Deep Neural
Classifiers" (2019), for the area under their curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from qa.evaluation.metrics.answers import some_unanswerable
from qa.evaluation.metrics.metric import Metric
from qa.evaluation.result import Row
from qa.evaluation.statistics import Values, divide, mean_of

BINS = 10

Points: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Horizontal and vertical coordinates, shape (n,) each."""


def judged(row: Row) -> tuple[float, float] | None:
    """Return (confidence, 1.0 if right else 0.0) of an answer; None if it cannot be judged.

    An answer is right when its first quote contains a gold answer. An answer to an unanswerable
    question is wrong. Abstentions are not judged.
    """
    right = 0.0 if row.answerable is False else row.scores.get("quote_contains_answer")
    return None if row.abstained or right is None else (row.confidence, right)


def expected_calibration_error(values: Values, bins: int = BINS) -> Values:
    """Return the mean distance of confidence from the share of right answers, over equal-mass bins.

    `values` has a line (confidence, 1 if right else 0) for each answer.
    """
    excess = np.take_along_axis(values[..., 0] - values[..., 1], _order(values[..., 0]), axis=-1)
    count = (~np.isnan(values[..., 0])).sum(axis=-1, keepdims=True)
    filled = np.minimum(bins, count)
    size, larger = np.divmod(count, np.maximum(filled, 1))
    edge = np.minimum(np.arange(bins + 1), filled)
    bounds = edge * size + np.minimum(edge, larger)
    # Within a bin, the distance of the means times the number of answers is that of the sums.
    gaps = np.abs(np.diff(np.take_along_axis(_sums(excess), bounds, axis=-1), axis=-1))
    return divide(gaps.sum(axis=-1), count[..., 0])


def equal_mass_bins(values: Values, bins: int = BINS) -> list[Values]:
    """Return lines (confidence, right) by rising confidence, in bins of equal size.

    Sizes differ by one at most. Of equal confidences the earlier question comes first. Fewer lines
    than bins make one bin each.
    """
    ordered = values[np.argsort(values[:, 0], kind="stable")]
    return np.array_split(ordered, min(bins, len(ordered)))


def selective_risk(values: Values) -> Values:
    """Return the share of wrong answers among the 1, 2, ... n most confident, shape (..., n).

    `values` has a line (confidence, 1 if right else 0) for each answer. Answers of equal confidence
    have no order: each of them counts as wrong as they are on average.
    """
    order = _order(-values[..., 0])
    confidence, right = (
        np.take_along_axis(values[..., column], order, axis=-1) for column in (0, 1)
    )
    sums, rank = _sums(1 - right), np.arange(1, values.shape[-2] + 1)
    # Where the answers of the same confidence start and end.
    differs = np.ones((*confidence.shape[:-1], len(rank) + 1), dtype=bool)
    differs[..., 1:-1] = confidence[..., 1:] != confidence[..., :-1]
    start = np.maximum.accumulate(np.where(differs[..., :-1], rank - 1, 0), axis=-1)
    ends = np.where(differs[..., 1:], rank, len(rank))[..., ::-1]
    end = np.minimum.accumulate(ends, axis=-1)[..., ::-1]
    before, through = (np.take_along_axis(sums, place, axis=-1) for place in (start, end))
    risks: Values = (before + (through - before) * (rank - start) / (end - start)) / rank
    return np.where(np.isnan(confidence), np.nan, risks)


def area_under_risk_coverage(values: Values) -> Values:
    """Return the mean of `selective_risk`: 0 when every answer is right, 1 when none is."""
    return mean_of(selective_risk(values))


def _order(column: Values) -> npt.NDArray[np.int64]:
    """Return the indices that sort a column in rising order; NaN comes last."""
    order: npt.NDArray[np.int64] = np.argsort(column, axis=-1, kind="stable")
    return order


def _sums(column: Values) -> Values:
    """Return the sums of the first 0, 1, ... n, shape (..., n + 1)."""
    none = np.zeros((*column.shape[:-1], 1))
    return np.concatenate([none, np.nan_to_num(column, nan=0.0).cumsum(axis=-1)], axis=-1)


def _abstention_precision(row: Row) -> float | None:
    judgeable = row.abstained and row.answerable is not None
    return float(row.answerable is False) if judgeable else None


def _nothing_held_back(rows: Sequence[Row]) -> bool:
    """Return whether the threshold suppressed no answer, so that the whole curve is known."""
    return not any(row.abstained and row.confidence > 0 for row in rows)


METRICS = (
    Metric(
        "coverage",
        "Answered",
        "questions that got an answer; more is better only while answers are right",
        "all questions",
        lambda row: float(not row.abstained),
        better="",
    ),
    Metric(
        "abstention_precision",
        "Abstentions justified",
        "of the abstentions, those where the articles have no answer",
        "abstentions",
        _abstention_precision,
        applies=some_unanswerable,
        headline=True,
    ),
    Metric(
        "abstention_recall",
        "Abstains when it must",
        "of the questions without an answer, those left unanswered",
        "unanswerable questions",
        lambda row: float(row.abstained) if row.answerable is False else None,
        headline=True,
    ),
    Metric(
        "ece",
        "Calibration error",
        "how far confidence is from the share of right answers; less is better",
        "answers that can be judged",
        judged,
        statistic=expected_calibration_error,
        better="lower",
    ),
    Metric(
        "aurc",
        "Area under risk-coverage",
        "the share of wrong answers, mean over all thresholds; less is better",
        "the same, where nothing was held back",
        judged,
        statistic=area_under_risk_coverage,
        better="lower",
        applies=_nothing_held_back,
    ),
)


def judged_answers(rows: Sequence[Row]) -> Values:
    """Return (confidence, 1 if right else 0) of each answer that can be judged, shape (n, 2)."""
    found = [line for row in rows if (line := judged(row)) is not None]
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def risk_coverage(rows: Sequence[Row]) -> Points:
    """Return the coverages that falling thresholds give, and the risk at each of them."""
    answers = judged_answers(rows)
    # The questions an answer to which could be judged.
    count = sum(row.answerable is False or bool(row.answerable and row.answers) for row in rows)
    return np.arange(1, len(answers) + 1) / count, selective_risk(answers)


def operating_point(rows: Sequence[Row]) -> Points:
    """Return coverage and risk at the run's threshold; no point if nothing was answered."""
    coverages, risks = risk_coverage(rows)
    return coverages[-1:], risks[-1:]


def reliability(rows: Sequence[Row]) -> Points:
    """Return mean confidence and share of right answers in each of ten bins of equal mass."""
    means = np.array([part.mean(axis=0) for part in equal_mass_bins(judged_answers(rows))])
    return means[:, 0], means[:, 1]
