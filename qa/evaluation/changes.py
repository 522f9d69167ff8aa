"""Which questions got better and which got worse between two results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.errors import one_line
from qa.evaluation.comparison import shared
from qa.evaluation.result import Result, Row
from qa.evaluation.summary import MEASURES

# The first of them whose value changed says how a question fared.
_TELLING = ("f1_all", "both_accounts", "quote_contains_answer", "ndcg@10")
_TINY = 1e-4


@dataclass(frozen=True, slots=True)
class Change:
    """One question that scored otherwise.

    Attributes:
        metric: what changed; `f1_all` of an unanswerable question is 1 when it was abstained from.
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
        """How much better the question is answered now; negative: worse."""
        return self.values[1] - self.values[0]


def question_changes(before: Result, after: Result) -> list[Change]:
    """Return the questions that score otherwise now: the greatest losses first, the greatest gains last.

    Raises:
        QAError: as `compare` does.
    """
    found = [change for one, other in shared(before, after) if (change := _change(one, other)) is not None]
    return sorted(found, key=lambda change: change.gain)


def _change(before: Row, after: Row) -> Change | None:
    for metric in _TELLING:
        values = _figure(metric, before), _figure(metric, after)
        if None not in values and abs((values[1] or 0) - (values[0] or 0)) > _TINY:
            return Change(metric, before, after, (values[0] or 0, values[1] or 0))
    return None


def _figure(metric: str, row: Row) -> float | None:
    figures = MEASURES[metric].figures(row)
    return figures[0] if figures else None


def changes_list(found: Sequence[Change], *, limit: int = 10) -> str:
    """Return how many questions got worse and better, and the first `limit` of each by name."""
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
    if change.metric != "ndcg@10":
        lines.append(f"        before: {_said(change.before)}, now: {_said(row)}")
    return lines


def _said(row: Row) -> str:
    if row.abstained:
        return "abstained"
    return f"“{one_line(row.short)}”" if row.short else "answered"
