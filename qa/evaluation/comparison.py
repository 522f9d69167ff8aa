"""Compares two results of the same questions: which metrics and which questions changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.errors import QAError, one_line
from qa.evaluation.metrics import METRICS, Metric
from qa.evaluation.result import Result, Row
from qa.evaluation.statistics import ALPHA, PairedTest, paired_test, significant

# Tables show three digits, and another processor rounds differently: a smaller change is none.
_SMALLEST = 0.0005
# A question changed if one of these did; the first that did is shown.
_PER_QUESTION = ("passed", "f1_all", "both_accounts", "quote_contains_answer", "ndcg@10")
_TINY = 1e-4


@dataclass(frozen=True, slots=True)
class Difference:
    """The change of one metric over the questions that both results have.

    Attributes:
        metric: what changed.
        before: its value in the earlier result, over the shared questions.
        after: its value in the later one.
        difference: after minus before.
        low: lower end of the difference's 95 % interval.
        high: upper end.
        n: how many questions the results share.
        p: p-value of the randomisation test of this metric alone.
        significant: whether the change is significant after the correction for the number of
            metrics; for a metric that is not judged, whether the interval excludes zero.
    """

    metric: Metric
    before: float
    after: float
    difference: float
    low: float
    high: float
    n: int
    p: float
    significant: bool

    @property
    def worse(self) -> bool:
        """Whether the metric got significantly worse. Never for one that is not judged."""
        return self.verdict == "worse"

    @property
    def verdict(self) -> str:
        """What the change means, in a word; empty where there is no change to speak of.

        With a question mark where it is significant by itself, but not among all metrics.
        """
        if not self.metric.better:
            return "differs" if self.significant else ""
        if self.p > ALPHA or abs(self.difference) < _SMALLEST:
            return ""
        word = "better" if (self.difference > 0) == (self.metric.better == "higher") else "worse"
        return word if self.significant else f"{word}?"


def compare(before: Result, after: Result) -> list[Difference]:
    """Compare each metric that both results have, over the questions they share.

    A metric changed significantly if the paired randomisation test says so after Holm's correction
    for the number of metrics. So of twenty comparisons between equally good systems, one at most
    reports any change.

    Raises:
        QAError: the results are of different sets, share no question, or judge one by different
        gold.
    """
    pairs = shared(before, after)
    sides = [one for one, _ in pairs], [other for _, other in pairs]
    tests = {}
    for name, metric in METRICS.items():
        if all(metric.applies(rows) for rows in sides):
            values = [[metric.values(row) for row in rows] for rows in sides]
            if (test := paired_test(values[0], values[1], metric.statistic)) is not None:
                tests[name] = test
    kept = significant({name: test for name, test in tests.items() if METRICS[name].better})
    return [
        _difference(METRICS[name], test, len(pairs), significant=name in kept)
        for name, test in tests.items()
    ]


def _difference(metric: Metric, test: PairedTest, n: int, *, significant: bool) -> Difference:
    difference = test.after - test.before
    changed = significant if metric.better else test.low > 0 or test.high < 0
    return Difference(
        metric=metric,
        before=test.before,
        after=test.after,
        difference=difference,
        low=test.low,
        high=test.high,
        n=n,
        p=test.p,
        significant=changed and abs(difference) >= _SMALLEST,
    )


def shared(before: Result, after: Result) -> list[tuple[Row, Row]]:
    """Return the rows of the questions that both results have, in pairs by question id.

    Raises:
        QAError: the results are of different sets, share no question, or judge one by different
        gold.
    """
    check_comparable(before, after)
    later = {row.id: row for row in after.rows}
    pairs = [(row, later[row.id]) for row in before.rows if row.id in later]
    if not pairs:
        raise QAError(f"cannot compare: the two results of {_named(before)} share no question")
    for one, other in pairs:
        if one.gold_digest != other.gold_digest:
            raise QAError(
                f"cannot compare: question {one.id!r} has other gold now; "
                "run the earlier result again"
            )
    return pairs


def check_comparable(before: Result, after: Result) -> None:
    """Refuse results that cannot be compared.

    Raises:
        QAError: they are of different sets, or were asked with different options.
    """
    if (before.set, before.options) != (after.set, after.options):
        raise QAError(
            f"cannot compare {_named(before)} with {_named(after)}: "
            "run the same set with the same options"
        )


def _named(result: Result) -> str:
    return f"{result.set!r} ({result.options})" if result.options else repr(result.set)


@dataclass(frozen=True, slots=True)
class Change:
    """One question whose score changed.

    Attributes:
        metric: which score; `f1_all` of an unanswerable question is 1 if it was left unanswered.
        before: the question's row in the earlier result.
        after: its row in the later one.
        values: of the metric, before and after.
    """

    metric: str
    before: Row
    after: Row
    values: tuple[float, float]

    @property
    def gain(self) -> float:
        """How much better the question is answered now; negative if worse."""
        return self.values[1] - self.values[0]


def question_changes(before: Result, after: Result) -> list[Change]:
    """Return the questions whose score changed: greatest losses first, greatest gains last.

    Raises:
        QAError: as `compare` does.
    """
    pairs = shared(before, after)
    found = [change for one, other in pairs if (change := _change(one, other)) is not None]
    return sorted(found, key=lambda change: change.gain)


def _change(before: Row, after: Row) -> Change | None:
    for name in _PER_QUESTION:
        one, other = METRICS[name].values(before), METRICS[name].values(after)
        if one is not None and other is not None and abs(other[0] - one[0]) > _TINY:
            return Change(name, before, after, (one[0], other[0]))
    return None


def changes_list(found: Sequence[Change], *, limit: int = 10) -> str:
    """Return how many questions got worse and better, and the first `limit` of each."""
    worse = [change for change in found if change.gain < 0]
    better = [change for change in reversed(found) if change.gain > 0]
    lines = [f"{len(worse)} questions got worse, {len(better)} got better"]
    for word, some in (("worse", worse), ("better", better)):
        for change in some[:limit]:
            lines += _lines(word, change)
        if len(some) > limit:
            lines.append(f"{word:6}  ... and {len(some) - limit} more")
    return "\n".join(lines) + "\n"


def _lines(word: str, change: Change) -> list[str]:
    row = change.after
    values = f"{change.metric} {change.values[0]:.2f} -> {change.values[1]:.2f}"
    lines = [f"{word:6}  {one_line(row.id)}  {values}  {one_line(row.question)}".rstrip()]
    if METRICS[change.metric].reads != "ranking":
        lines.append(f"        before: {_said(change.before)}, now: {_said(row)}")
    return lines


def _said(row: Row) -> str:
    if row.abstained:
        return "abstained"
    return f"“{one_line(row.short)}”" if row.short else "answered"
