"""All metrics. To add one, add its `Metric` to the file of its kind; every report then shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.evaluation.metrics import answers, confidence, retrieval, rubric
from qa.evaluation.metrics.answers import (
    exact_match,
    quote_contains_answer,
    squad_normalise,
    token_f1,
)
from qa.evaluation.metrics.metric import Metric
from qa.evaluation.metrics.retrieval import DEPTH
from qa.evaluation.result import Estimate, Row

__all__ = [
    "DEPTH",
    "METRICS",
    "Metric",
    "exact_match",
    "quote_contains_answer",
    "score",
    "squad_normalise",
    "summarise",
    "token_f1",
]

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        *retrieval.METRICS,
        *rubric.METRICS,
        *answers.METRICS,
        *confidence.METRICS,
        *answers.SPEED,
    )
}
"""By name, in the order in which they are shown."""


def score(row: Row, *, searched: bool) -> dict[str, float]:
    """Return the scores of a row that need its ranking or its texts: what `Row.scores` holds.

    Args:
        row: a question and what came back.
        searched: whether there was a search; without one no ranking is judged.
    """
    wanted = ("ranking", "texts") if searched else ("texts",)
    scores = {
        name: metric.compute(row) for name, metric in METRICS.items() if metric.reads in wanted
    }
    return {name: value for name, value in scores.items() if isinstance(value, float)}


def summarise(
    rows: Sequence[Row], metrics: Sequence[Metric] = tuple(METRICS.values())
) -> dict[str, Estimate]:
    """Return the metrics that apply to `rows`, each with its interval, by name."""
    found = {metric.name: metric.estimate(rows) for metric in metrics}
    return {name: estimate for name, estimate in found.items() if estimate is not None}
