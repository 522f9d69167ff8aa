"""Metrics of the ranking: is what answers the question among the first hits?

Computed by trec_eval through ir_measures.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from qa.evaluation.metrics.metric import Metric
from qa.evaluation.result import Row
from qa.evaluation.statistics import Values

DEPTH = 10
"""Rankings are judged down to this rank."""

# Our names -> those of ir_measures. The gain of nDCG is the grade itself; MRR stops at rank 10.
_MEASURES = {
    "recall@1": "R@1",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "mrr": f"RR@{DEPTH}",
    "ndcg@10": "nDCG@10",
}
_GOLD = "gold"


class Span(Protocol):
    """A place in an article: gold span, hit or citation. Offsets are string indices."""

    @property
    def article_id(self) -> str:
        """The article."""

    @property
    def start(self) -> int:
        """Where it starts."""

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""


def overlap(one: Span, other: Span) -> bool:
    """Return whether two spans share at least one character."""
    return one.article_id == other.article_id and one.start < other.end and other.start < one.end


def by_span(hits: Sequence[Span], spans: Sequence[Span]) -> dict[str, float]:
    """Score a ranking of passages against gold spans, which are alternatives to each other.

    The first passage that overlaps any of the spans is the one relevant result; further ones change
    nothing. So recall@k is 1 if it is among the first k (success@k), MRR is 1 / rank, and nDCG@10
    is 1 / log2(rank + 1).
    """
    relevant = (at for at, hit in enumerate(hits) if any(overlap(hit, span) for span in spans))
    first = next(relevant, None)
    ranked = [_GOLD if at == first else str(at) for at in range(len(hits))]
    return ranking_scores(ranked, {_GOLD: 1})


def by_article(hits: Iterable[Span], grades: Mapping[str, int]) -> dict[str, float]:
    """Score a ranking against graded articles; an article has the rank of its first passage."""
    return ranking_scores(list(dict.fromkeys(hit.article_id for hit in hits)), grades)


def ranking_scores(ranked: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    """Return all ranking metrics of a ranking of ids without repetition.

    Args:
        ranked: ids, best first.
        grades: id -> grade; an id is relevant if its grade is above zero.
    """
    return dict(_trec_eval(tuple(ranked), tuple(grades.items())))


@functools.lru_cache(maxsize=16)
def _trec_eval(
    ranked: tuple[str, ...], grades: tuple[tuple[str, int], ...]
) -> tuple[tuple[str, float], ...]:
    # Slow to import, and only a run of an evaluation needs it.
    import ir_measures

    measures = {name: ir_measures.parse_measure(theirs) for name, theirs in _MEASURES.items()}
    # trec_eval sorts by score and ignores the order it is given.
    run = {item: float(len(ranked) - index) for index, item in enumerate(ranked)}
    found = ir_measures.iter_calc(list(measures.values()), {"q": dict(grades)}, {"q": run})
    values = {metric.measure: float(metric.value) for metric in found}
    return tuple((name, values[measure]) for name, measure in measures.items())


def _metric(name: str, title: str, meaning: str, *, headline: bool = False) -> Metric:
    def compute(row: Row) -> float | None:
        if row.relevant:
            return by_span(row.hits, row.relevant)[name]
        if any(grade > 0 for grade in row.relevance.values()):
            return by_article(row.hits, row.relevance)[name]
        return None

    return Metric(
        name, title, meaning, "questions with gold", compute, reads="ranking", headline=headline
    )


METRICS = (
    _metric("recall@1", "Found first", "the share of the gold that is the first result"),
    _metric(
        "recall@5",
        "Found in five",
        "the share of the gold that is among the first five results",
        headline=True,
    ),
    _metric(
        "recall@10", "Found in ten", "the share of the gold that is among the first ten results"
    ),
    _metric(
        "mrr",
        "Mean reciprocal rank",
        "1 / rank of the first relevant result; 0 beyond rank 10",
    ),
    _metric(
        "ndcg@10",
        "nDCG of ten",
        "how near the top the gold is, relative to the best possible order",
    ),
)


def recall_curve(rows: Sequence[Row]) -> Values:
    """Return for each question with gold its recall at k = 1, 2, ... 10, shape (n, 10).

    The columns 1, 5 and 10 are the metrics `recall@1`, `recall@5` and `recall@10`.
    """
    shares = [_recall_at_each(row) for row in rows if "recall@10" in row.scores]
    return np.array(shares, dtype=np.float64).reshape(-1, DEPTH)


def _recall_at_each(row: Row) -> list[float]:
    if row.relevant:
        # The spans are alternatives: one found is all found.
        gains = [any(overlap(hit, span) for span in row.relevant) for hit in row.hits]
        wanted = 1
    else:
        golds = {article_id for article_id, grade in row.relevance.items() if grade > 0}
        gains, wanted = [hit.article_id in golds for hit in row.hits], len(golds)
    found = [min(count, wanted) / wanted for count in itertools.accumulate(gains)][:DEPTH]
    return found + (found[-1:] or [0.0]) * (DEPTH - len(found))
