"""Dates as articles and filters write them, turned into numbers that compare."""

from __future__ import annotations

import calendar
import contextlib
import datetime as dt
import email.utils

from qa.lexicon import MONTHS


def days(written: str) -> tuple[int, int] | None:
    """Return the first and the last day of a date, as numbers like 20240131; None for other text.

    ISO 8601 is understood, also for a month or a year, and the dates of RFC 5322 (`31 January
    2024`). A time of day is ignored.
    """
    written = written.strip()
    for form in ("%Y-%m-%d", "%Y-%m", "%Y"):
        with contextlib.suppress(ValueError):
            first = dt.datetime.strptime(written, form).date()  # noqa: DTZ007 - a day has no time zone
            last_month = first.month if "%m" in form else 12
            last_day = first.day if "%d" in form else calendar.monthrange(first.year, last_month)[1]
            return _number(first), _number(first.replace(month=last_month, day=last_day))
    with contextlib.suppress(ValueError):
        day = _number(dt.datetime.fromisoformat(written))
        return day, day
    with contextlib.suppress(ValueError):
        if parsed := email.utils.parsedate(f"{written} 00:00:00"):
            day = _number(dt.date(*parsed[:3]))
            return day, day
    return None


def written(published: str) -> str:
    """Return a date as text has it, "5 September 2025"; what is not understood comes back as it is.

    A month or a year stays one.
    """
    known = days(published)
    if known is None or known[0] != known[1]:
        return published
    day = known[0]
    return f"{day % 100} {MONTHS[day // 100 % 100 - 1]} {day // 10000}"


def _number(day: dt.date) -> int:
    return day.year * 10000 + day.month * 100 + day.day
