"""Compares two results of the same questions: did anything really change?"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from qa.errors import QAError
from qa.evaluation.result import Result, Row
from qa.evaluation.significance import LEVEL, Paired, paired, standing
from qa.evaluation.summary import MEASURES
from qa.types import to_dict

# A smaller difference is none: tables show three digits, and another processor rounds otherwise.
_SHOWN = 0.0005


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
        p: of the randomisation test of this metric alone.
        significant: whether the change stands; where changes are judged, when all metrics are judged together.
        better: +1 when more is better, -1 when less is, 0 when a change is not judged.
    """

    metric: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    n: int
    p: float
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

    @property
    def verdict(self) -> str:
        """What the change amounts to, in a word; with a question mark where one of many metrics may show it by chance.

        Empty where there is no change to speak of.
        """
        if not self.better:
            return "differs" if self.significant else ""
        if self.p > LEVEL or abs(self.difference) < _SHOWN:
            return ""
        word = "better" if self.difference * self.better > 0 else "worse"
        return word if self.significant else f"{word}?"


def compare(before: Result, after: Result) -> list[Difference]:
    """Compare each metric that both results have, over the questions they share.

    A judged metric changed when the paired randomisation test says so after Holm's correction for the number of judged
    metrics: between equally good systems, one comparison in twenty at most finds any change at all.

    Raises:
        QAError: the results are of different sets, share no question, or judge one by different gold.
    """
    pairs = shared(before, after)
    rows = [one for one, _ in pairs], [other for _, other in pairs]
    found = {}
    for name, measure in MEASURES.items():
        applies = all(measure.applies(side) for side in rows)
        if applies and (values := paired(*rows, measure)) is not None:
            found[name] = values
    stand = standing({name: values for name, values in found.items() if MEASURES[name].better})
    return [_difference(name, values, len(pairs), stands=name in stand) for name, values in found.items()]


def _difference(name: str, values: Paired, n: int, *, stands: bool) -> Difference:
    difference, better = values.after - values.before, MEASURES[name].better
    changed = stands if better else values.low > 0 or values.high < 0
    return Difference(
        metric=name,
        before=values.before,
        after=values.after,
        difference=difference,
        low=values.low,
        high=values.high,
        n=n,
        p=values.p,
        significant=changed and abs(difference) >= _SHOWN,
        better=better,
    )


def shared(before: Result, after: Result) -> list[tuple[Row, Row]]:
    """Return the rows of the questions that both results have, in pairs by question id.

    Raises:
        QAError: the results are of different sets, share no question, or judge one by different gold.
    """
    check_alike(before, after)
    later = {row.id: row for row in after.rows}
    pairs = [(row, later[row.id]) for row in before.rows if row.id in later]
    if not pairs:
        raise QAError(f"cannot compare: the two results of {_name(before)} share no question")
    for one, other in pairs:
        if gold_digest(one) != gold_digest(other):
            raise QAError(f"cannot compare: question {one.id!r} has other gold now; run the earlier result again")
    return pairs


def check_alike(before: Result, after: Result) -> None:
    """Refuse results that cannot be compared.

    Raises:
        QAError: they are of different sets, or were asked with different options.
    """
    if (before.set, before.options) != (after.set, after.options):
        raise QAError(f"cannot compare {_name(before)} with {_name(after)}: run the same set with the same options")


def gold_digest(row: Row) -> str:
    """Return 8 hexadecimal digits that change with the question or anything that it is judged by."""
    if row.gold:
        return row.gold
    gold = (row.question, row.answers, row.answerable, row.relevant, row.relevance, row.false_answers)
    return hashlib.sha256(json.dumps(to_dict(gold), sort_keys=True).encode()).hexdigest()[:8]


def _name(result: Result) -> str:
    return f"{result.set!r} ({result.options})" if result.options else repr(result.set)
