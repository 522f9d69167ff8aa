"""Asks the question before of another time: `and in October?`, `and the week before?`."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from qa.lexicon import MONTHS
from qa.understanding.followups.ellipsis import ABOUT, OPENING
from qa.understanding.timespan import TimeSpan, time_span

_DAY = dt.timedelta(days=1)
_SHIFT = re.compile(
    r"(?:in |on |during )?(?:the |a )?(?:"
    r"(?P<which>previous|preceding|following|next) (?P<unit>day|week|month|year)|"
    r"(?P<unit2>day|week|month|year) (?P<way>before|after)(?: that)?)",
    re.IGNORECASE,
)
_BACKWARDS = frozenset({"previous", "preceding", "before"})


def at_another_time(question: str, before: str, newest: dt.date) -> str:
    """Return the question before, asked of the time that is all that this one names; or nothing.

    Args:
        question: as it was asked, on one line.
        before: the question before, resolved.
        newest: the day of the newest article, from which `last week` counts.
    """
    part = ABOUT.sub("", OPENING.sub("", question)).strip(" ?!.")
    old = time_span(before, newest)
    if shift := _SHIFT.fullmatch(part):
        when = _written(_shifted(old, shift)) if old else ""
    else:
        named = time_span(part, newest)
        whole = named is not None and not (part[: named.start] + part[named.end :]).strip()
        when = _with_preposition(part, named) if named is not None and whole else ""
    if not when:
        return ""
    if old is None:
        return f"{before.rstrip(' ?!.')} {when}?"
    return f"{before[: old.start].rstrip()} {when}{before[old.end :]}".strip()


def _shifted(span: TimeSpan, shift: re.Match[str]) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the day, week, month or year beside a span of time."""
    unit = (shift["unit"] or shift["unit2"]).lower()
    back = (shift["which"] or shift["way"]).lower() in _BACKWARDS
    near = span.first - _DAY if back else span.last + _DAY
    if unit == "month":
        length = calendar.monthrange(near.year, near.month)[1]
        return near.replace(day=1), near.replace(day=length)
    if unit == "year":
        return near.replace(month=1, day=1), near.replace(month=12, day=31)
    far = near + (-1 if back else 1) * (6 if unit == "week" else 0) * _DAY
    return min(near, far), max(near, far)


def _written(days: tuple[dt.date, dt.date]) -> str:
    first, last = (f"{day.day} {MONTHS[day.month - 1]} {day.year}" for day in days)
    return f"on {first}" if first == last else f"from {first} to {last}"


def _with_preposition(part: str, span: TimeSpan) -> str:
    """Return a time as it is appended to a question: `October` needs an `in`."""
    if span.relation or not (part[0].isupper() or part[0].isdigit()):
        return part[0].lower() + part[1:]
    return f"{'on' if span.is_day else 'in'} {part}"
