"""Compares two results of the same questions: did anything really change?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa.errors import QAError
from qa.evaluation.result import Result, Row
from qa.evaluation.summary import MEASURES, paired_bootstrap


@dataclass(frozen=True, slots=True)
class Difference:
    """The change of one metric over the questions that both results have.

    Attributes:
        metric: its name.
        before: its value in the earlier result, over the shared questions.
        after: its value in the later one.
        difference: after less before.
        low: lower end of the difference's 95 % interval.
        high: upper end.
        n: how many questions the results share.
        significant: whether the interval leaves out zero.
        better: +1 when more is better, -1 when less is, 0 when a change is not judged.
    """

    metric: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    n: int
    significant: bool
    better: int

    @property
    def worse(self) -> bool:
        """Whether the metric got worse, significantly. Seconds never do: they measure the machine too."""
        return self.significant and self.difference * self.better < 0

    @property
    def improved(self) -> bool:
        """Whether the metric got better, significantly."""
        return self.significant and self.difference * self.better > 0


def compare(before: Result, after: Result) -> list[Difference]:
    """Compare each metric that both results have, by a paired bootstrap over the questions they share.

    Raises:
        QAError: the results are of different sets, share no question, or judge one by different gold.
    """
    pairs = _shared(before, after)
    return list(_differences([one for one, _ in pairs], [other for _, other in pairs]))


def _differences(before: list[Row], after: list[Row]) -> Iterator[Difference]:
    for name, measure in MEASURES.items():
        applies = measure.applies(before) and measure.applies(after)
        values = paired_bootstrap(before, after, measure) if applies else None
        if values is None:
            continue
        first, second, low, high = values
        significant = low > 0 or high < 0
        yield Difference(name, first, second, second - first, low, high, len(before), significant, measure.better)


def _shared(before: Result, after: Result) -> list[tuple[Row, Row]]:
    if (before.set, before.options) != (after.set, after.options):
        raise QAError(f"cannot compare {_name(before)} with {_name(after)}: run the same set with the same options")
    later = {row.id: row for row in after.rows}
    pairs = [(row, later[row.id]) for row in before.rows if row.id in later]
    if not pairs:
        raise QAError(f"cannot compare: the two results of {_name(before)} share no question")
    for one, other in pairs:
        if _gold(one) != _gold(other):
            raise QAError(f"cannot compare: question {one.id!r} has other gold now; run the earlier result again")
    return pairs


def _gold(row: Row) -> tuple[object, ...]:
    return row.question, row.answers, row.answerable, row.relevant, row.relevance, row.false_answers


def _name(result: Result) -> str:
    return f"{result.set!r} ({result.options})" if result.options else repr(result.set)
