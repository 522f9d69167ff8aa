"""From rows to metrics with bootstrap intervals.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13, the percentile interval.
Questions are what is resampled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from qa.evaluation.result import Metric, Row

RESAMPLES = 1000
SEED = 20240229
BINS = 10
_LEVEL = (0.025, 0.975)

Values: TypeAlias = npt.NDArray[np.float64]
"""One line per question that counts, one column per figure that the statistic needs."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How one metric comes about.

    Attributes:
        figures: what a row contributes; None where the row does not count.
        statistic: the metric's value over all rows that count.
        better: +1 when more is better, -1 when less is, 0 when a change must not be judged.
        applies: whether the metric says anything about such rows at all.
    """

    figures: Callable[[Row], tuple[float, ...] | None]
    statistic: Callable[[Values], float] = lambda values: float(values.mean())
    better: int = 1
    applies: Callable[[Sequence[Row]], bool] = bool


def expected_calibration_error(values: Values, bins: int = BINS) -> float:
    """Return the mean distance of confidence from the share of right answers, over bins of equal mass.

    `values` has a line (confidence, 1 if right else 0) for each answer.
    Source: Naeini et al. (2015), with the equal-mass bins of Nixon et al. (2019).
    """
    gaps = (len(part) * abs(part[:, 0].mean() - part[:, 1].mean()) for part in equal_mass_bins(values, bins))
    return float(sum(gaps) / len(values))


def equal_mass_bins(values: Values, bins: int = BINS) -> list[Values]:
    """Return lines (confidence, right) by rising confidence, in bins that hold equally many, give or take one.

    Of equal confidences the earlier question comes first. Fewer lines than bins make one bin each.
    """
    ordered = values[np.argsort(values[:, 0], kind="stable")]
    return np.array_split(ordered, min(bins, len(ordered)))


def selective_risk(values: Values) -> npt.NDArray[np.float64]:
    """Return the share of wrong answers among the first 1, 2, ... n answers by falling confidence, shape (n,).

    `values` has a line (confidence, 1 if right else 0) for each answer. Answers of equal confidence have no order:
    each of them counts as wrong as they are on average.
    Source: Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks" (2017).
    """
    _, group = np.unique(-values[:, 0], return_inverse=True)
    wrong = np.bincount(group, 1 - values[:, 1]) / np.bincount(group)
    risks: npt.NDArray[np.float64] = np.cumsum(wrong[np.sort(group)]) / np.arange(1, len(values) + 1)
    return risks


def area_under_risk_coverage(values: Values) -> float:
    """Return the mean of `selective_risk` over all coverages: 0 when every answer is right, 1 when none is.

    Source: Geifman, Uziel and El-Yaniv, "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers" (2019).
    """
    return float(selective_risk(values).mean())


def _score(name: str) -> Measure:
    def figures(row: Row) -> tuple[float, ...] | None:
        return (row.scores[name],) if name in row.scores else None

    return Measure(figures)


def _abstention_precision(row: Row) -> tuple[float, ...] | None:
    return (float(row.answerable is False),) if row.abstained and row.answerable is not None else None


def _abstention_recall(row: Row) -> tuple[float, ...] | None:
    return (float(row.abstained),) if row.answerable is False else None


def judged(row: Row) -> tuple[float, float] | None:
    """Return (confidence, 1.0 if right else 0.0) of an answer; None for an abstention and for what nothing can judge.

    An answer is right when its first quote contains a gold answer, and wrong when there is no answer to find.
    """
    right = 0.0 if row.answerable is False else row.scores.get("quote_contains_answer")
    return None if row.abstained or right is None else (row.confidence, right)


def _f1_all(row: Row) -> tuple[float, ...] | None:
    if row.answerable is False:
        return (float(row.abstained),)
    return (row.scores["f1"],) if "f1" in row.scores else None


def _coverage(row: Row) -> tuple[float, ...]:
    return (float(not row.abstained),)


def _some_unanswerable(rows: Sequence[Row]) -> bool:
    return any(row.answerable is False for row in rows)


def _nothing_held_back(rows: Sequence[Row]) -> bool:
    """Tell whether every question was answered for which there was anything to quote: the whole curve is known."""
    return not any(row.abstained and row.confidence > 0 for row in rows)


def _percentile(percent: int) -> Measure:
    # The clock measures the machine's other work too: a change is shown, never judged.
    return Measure(lambda row: (row.seconds,), lambda values: float(np.percentile(values, percent)), better=0)


MEASURES: dict[str, Measure] = {
    **{name: _score(name) for name in ("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10")},
    **{name: _score(name) for name in ("em", "f1")},
    "f1_all": Measure(_f1_all, applies=_some_unanswerable),
    **{name: _score(name) for name in ("quote_contains_answer", "both_accounts", "citation_validity")},
    "coverage": Measure(_coverage, better=0),
    "abstention_precision": Measure(_abstention_precision, applies=_some_unanswerable),
    "abstention_recall": Measure(_abstention_recall),
    "ece": Measure(judged, expected_calibration_error, better=-1),
    "aurc": Measure(judged, area_under_risk_coverage, better=-1, applies=_nothing_held_back),
    "seconds_p50": _percentile(50),
    "seconds_p95": _percentile(95),
}
"""All metrics, in the order in which they are shown."""


def summarise(rows: Sequence[Row]) -> dict[str, Metric]:
    """Return the metrics that apply to `rows`, in the order of `MEASURES`."""
    metrics = {}
    for name, measure in MEASURES.items():
        figures = [found for row in rows if (found := measure.figures(row)) is not None]
        if figures and measure.applies(rows):
            values = np.array(figures, dtype=np.float64)
            low, high = bootstrap(values, measure.statistic)
            metrics[name] = Metric(measure.statistic(values), low, high, len(values))
    return metrics


def bootstrap(values: Values, statistic: Callable[[Values], float]) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic over `RESAMPLES` resamples; the seed is fixed."""
    return interval([statistic(values[index]) for index in resamples(len(values))])


def resamples(size: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the same `RESAMPLES` draws of `size` indices, with replacement, at every call."""
    random = np.random.default_rng(SEED)
    for _ in range(RESAMPLES):
        yield random.integers(0, size, size)


def interval(samples: Sequence[float] | npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return what the middle 95 % of `samples` lie between."""
    low, high = np.quantile(np.array(samples, dtype=np.float64), _LEVEL)
    return float(low), float(high)
