"""From rows to metrics with bootstrap intervals: what each metric counts, and how its value comes about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation.resampling import Values, bootstrap
from qa.evaluation.result import Metric, Row
from qa.evaluation.statistics import area_under_risk_coverage, expected_calibration_error, mean


@dataclass(frozen=True, slots=True)
class Measure:
    """How one metric comes about.

    Attributes:
        figures: what a row contributes; None where the row does not count.
        statistic: the metric's value over all rows that count, for many samples of them at once.
        better: +1 when more is better, -1 when less is, 0 when a change must not be judged.
        applies: whether the metric says anything about such rows at all.
    """

    figures: Callable[[Row], tuple[float, ...] | None]
    statistic: Callable[[Values], Values] = mean
    better: int = 1
    applies: Callable[[Sequence[Row]], bool] = bool


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
    def statistic(values: Values) -> Values:
        return np.asarray(np.percentile(values[..., 0], percent, axis=-1), dtype=np.float64)

    return Measure(lambda row: (row.seconds,), statistic, better=0)


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
            metrics[name] = Metric(float(measure.statistic(values)), low, high, len(values))
    return metrics
