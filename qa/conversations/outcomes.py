"""What became of something that a visitor wanted to add, as it is told to them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from qa.conversations.messages import told
from qa.errors import ArticleError, QAError
from qa.index import Report

# Of one file or address; further ones are counted.
_MAX_REFUSALS = 200
_FAULT = "something went wrong; the server has noted the details in its log"

Kind = Literal["added", "changed", "unchanged", "refused"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file, a text or an address.

    Attributes:
        name: as the visitor knows it.
        outcome: what became of its articles; of several, the most that can be said.
        detail: how many there were of each kind, or why it was refused, with the remedy.
        refusals: what of it was refused, where something else was not: each with its reason and
            remedy.
    """

    name: str
    outcome: Kind
    detail: str = ""
    refusals: tuple[str, ...] = ()


def attempted(name: str, add: Callable[[], Outcome]) -> Outcome:
    """Return the outcome of adding something; an error is the outcome "refused"."""
    try:
        return add()
    except ArticleError as error:
        return Outcome(name, "refused", told(error.explanation))
    except QAError as error:
        return Outcome(name, "refused", told(error))
    except OSError as error:
        return Outcome(name, "refused", error.strerror or _FAULT)
    except Exception:  # noqa: BLE001 - outer boundary of a thread: the visitor gets a line
        _log.exception("a file could not be added")
        return Outcome(name, "refused", _FAULT)


def outcome_of(name: str, report: Report, note: str = "") -> Outcome:
    """Return the outcome that a report of an update tells.

    Args:
        name: of what was added, as the visitor knows it.
        report: of the update; it may be of many articles.
        note: what else there is to say.
    """
    counts: dict[Kind, int] = {
        "added": len(report.added),
        "changed": len(report.changed),
        "unchanged": len(report.unchanged),
    }
    outcome: Kind = next((word for word, count in counts.items() if count), "refused")
    reasons = [_reason(error) for error in report.refused]
    if outcome == "refused" and len(reasons) == 1:
        return Outcome(name, outcome, told(report.refused[0].explanation))
    several = sum(counts.values()) > 1
    parts = [note, *(f"{count:,} {word}" for word, count in counts.items() if count and several)]
    parts += [f"{len(report.removed):,} removed"] if report.removed else []
    parts += [f"{len(reasons):,} refused"] if reasons else []
    more = len(reasons) - _MAX_REFUSALS
    shown = (*reasons[:_MAX_REFUSALS], *([f"and {more:,} more"] if more > 0 else []))
    return Outcome(name, outcome, ", ".join(filter(None, parts)), shown)


def _reason(error: ArticleError) -> str:
    place = error.path if "://" in error.path else PurePath(error.path).name
    return f"{place}: {told(error.explanation)}"
