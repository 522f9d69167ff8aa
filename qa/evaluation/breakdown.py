"""What passed and what was wrong by kind of question, and by place in the dialogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa.evaluation.metrics import METRICS, summarise
from qa.evaluation.result import Estimate, Row

# The first of these turns in each group; the last group has no end.
_DEPTHS = {1: "turn 1", 2: "turns 2 and 3", 4: "turn 4 and later"}


@dataclass(frozen=True, slots=True)
class Group:
    """The questions that have something in common.

    Attributes:
        name: what they have in common.
        count: how many there are.
        passed: share that passed.
        wrong: share that was wrong.
    """

    name: str
    count: int
    passed: Estimate
    wrong: Estimate


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A way to group the questions; `title` says by what."""

    title: str
    groups: tuple[Group, ...]


def breakdowns(rows: Sequence[Row]) -> list[Breakdown]:
    """Return the groups of the rows that were judged by a rubric; nothing if there is none.

    Questions that stand alone are grouped by kind; turns of dialogues by depth, by move and by
    kind.
    """
    judged = [row for row in rows if row.rubric is not None]
    alone = [row for row in judged if not row.turn]
    turns = [row for row in judged if row.turn]
    found = [
        _grouped("kind of question", alone, lambda row: row.kind, total="all questions"),
        _grouped("place in the dialogue", turns, _depth, total="all turns"),
        _grouped("move in the dialogue", turns, lambda row: row.move),
        _grouped("kind of question, in dialogues", turns, lambda row: row.kind),
    ]
    return [one for one in found if one.groups]


def groups_of(row: Row) -> list[str]:
    """Return the names of a row's groups: kind, depth, move."""
    return list(filter(None, [row.kind, _depth(row) if row.turn else "", row.move]))


def _grouped(
    title: str, rows: Sequence[Row], name: Callable[[Row], str], *, total: str = ""
) -> Breakdown:
    names = sorted({name(row) for row in rows} - {""}, key=_order)
    groups = [_group(one, [row for row in rows if name(row) == one]) for one in names]
    if rows and total:
        groups.append(_group(total, rows))
    return Breakdown(title, tuple(groups))


def _group(name: str, rows: Sequence[Row]) -> Group:
    metrics = summarise(rows, [METRICS["passed"], METRICS["wrong"]])
    return Group(name, len(rows), metrics["passed"], metrics["wrong"])


def _depth(row: Row) -> str:
    return _DEPTHS[max(first for first in _DEPTHS if first <= row.turn)]


def _order(name: str) -> tuple[int, str]:
    depths = list(_DEPTHS.values())
    return (depths.index(name) if name in depths else len(depths), name)


def cells(group: Group) -> Iterator[str]:
    """Yield a group as the cells of a table: name, count, passed and wrong with their intervals."""
    yield from (group.name, str(group.count))
    for share in (group.passed, group.wrong):
        yield f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f})"
