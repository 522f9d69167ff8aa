"""Dates as articles and filters write them: read without guessing, and as numbers that compare."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from qa import foreign_dates
from qa.lexicon import MONTHS, WEEKDAYS

_MONTH_NUMBERS = {
    name: number
    for number, month in enumerate(MONTHS, 1)
    for name in (month.lower(), month[:3].lower())
} | {"sept": 9}
_MONTH = rf"(?P<name>{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})\b\.?"
_WEEKDAYS = "|".join(f"{day[:3]}(?:{day[3:]})?" for day in WEEKDAYS)
_WEEKDAY = rf"(?:(?:{_WEEKDAYS}|tues|thurs|thur)\b\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_ZONES = {"z": 0, "gmt": 0, "utc": 0, "ut": 0, "bst": 1, "ist": None, "cet": 1, "cest": 2, "eet": 2}
_ZONES |= {"eest": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6}
_ZONES |= {"pst": -8, "pdt": -7}
_TIME = (
    r"(?:,?\s*(?:\bat\b|T|[-–|·])?\s*(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?"
    r"(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"(?:\s*\(?(?P<zone>z|[a-z]{2,5}|(?:gmt|utc)?[+-]\d{2}:?\d{2})\)?)?)?"
)
_FORMS = tuple(
    re.compile(rf"{_WEEKDAY}{form}{_TIME}", re.IGNORECASE)
    for form in (
        rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})",
        rf"{_DAY}(?:\s+of)?[\s-]+{_MONTH}[,\s-]+{_YEAR}",
        rf"{_MONTH}[\s-]+{_DAY}[,\s-]+{_YEAR}",
        r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<other>\d{1,2})(?P=mark)(?P<year>\d{4})",
    )
)
_C_TIME = re.compile(
    rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+(?P<clock>\d\d:\d\d:\d\d)(?:\s+(?P<zone>[a-z]+))?\s+{_YEAR}",
    re.IGNORECASE,
)
_MONTH_ONLY = re.compile(
    rf"(?:{_YEAR}[-/](?P<month>\d{{1,2}})|{_MONTH},?\s+(?P<late>\d{{4}}))", re.IGNORECASE
)
_COMPACT = re.compile(r"\d{4}[01]\d[0-3]\d", re.ASCII)
_EPOCH = re.compile(r"(?P<seconds>\d{9,10})(?P<rest>\d{3}|\d{6})?(?:\.\d+)?")
_SLASHED = re.compile(r"(?<![\d/.-])(\d{1,2})([-/])(\d{1,2})\2(?:19|20)\d\d(?![\d/-])")
_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_/]?)([01]\d)\2([0-3]\d)(?!\d)")
_MIDDAY, _MONTHS_A_YEAR = 12, 12


def days(written: str) -> tuple[int, int] | None:
    """Return the first and the last day of a date, as numbers like 20240131; None for other text.

    Every form of `iso` is understood, also a month or a year. A time of day is ignored.
    """
    date = iso(written)[:10]
    if not date:
        return None
    parts = list(map(int, date.split("-")))
    if len(parts) == 3:
        day = _number(*parts)
        return day, day
    first, last = (parts[1], parts[1]) if len(parts) == 2 else (1, _MONTHS_A_YEAR)
    return _number(parts[0], first, 1), _number(
        parts[0], last, calendar.monthrange(parts[0], last)[1]
    )


def written(published: str) -> str:
    """Return a date as text has it, "5 September 2025"; what is not understood comes back as it is.

    A month or a year stays one.
    """
    known = days(published)
    if known is None or known[0] != known[1]:
        return published
    day = known[0]
    return f"{day % 100} {MONTHS[day // 100 % 100 - 1]} {day // 10000}"


def iso(written: str, *, day_first: bool | None = None) -> str:
    """Return a date, and its time if it has one, as ISO 8601 writes it; empty for any other text.

    Dates with the year first, dates with the month's name in any of some seventy languages, those
    of RFC 5322 and of C, months, years and seconds since 1970 are understood. Nothing is guessed:
    there is no date in `03/04/2025` unless the caller knows better, in `tomorrow`, or in `11/2/25`.

    Args:
        written: the date alone. What ISO 8601 says already stays as it is.
        day_first: whether the day comes before the month in dates such as `03/04/2025`; None if
            only a day after the twelfth tells. Between full stops it always does.
    """
    written = " ".join(written.split())
    return _understood(written, day_first) or foreign_dates.iso(written)


def _understood(written: str, day_first: bool | None) -> str:  # noqa: FBT001 - as `iso` has it
    """Return what `iso` does, of a date in English or in figures."""
    if _is_iso(written):
        return written
    for form in _FORMS:
        if found := form.fullmatch(written):
            return _dated(found, day_first=day_first)
    if found := _C_TIME.fullmatch(written):
        return iso(
            f"{found['day']} {found['name']} {found['year']} {found['clock']} {found['zone'] or ''}"
        )
    if found := _MONTH_ONLY.fullmatch(written):
        month = int(found["month"] or _MONTH_NUMBERS[found["name"].lower()])
        year = found["year"] or found["late"]
        return f"{year}-{month:02}" if _is_iso(f"{year}-{month:02}-01") else ""
    if found := _EPOCH.fullmatch(written):
        return dt.datetime.fromtimestamp(int(found["seconds"]), dt.UTC).isoformat()
    compact = "-".join(filter(None, (written[:4], written[4:6], written[6:])))
    return compact if _COMPACT.fullmatch(written) and _is_iso(compact) else ""


def is_ambiguous(written: str) -> bool:
    """Return whether a date's day and month could be either way round: `03/04/2025`."""
    both = iso(written, day_first=True), iso(written, day_first=False)
    return not iso(written) and all(both)


def tells_day_first(text: str) -> bool | None:
    """Return whether the day comes first in the dates of a text with slashes or hyphens.

    None if no date of the text tells, or if two of them tell otherwise.
    """
    told = set[bool]()
    for match in _SLASHED.finditer(text):
        first, other = int(match[1]), int(match[3])
        if first <= _MONTHS_A_YEAR < other:
            told.add(False)
        elif other <= _MONTHS_A_YEAR < first:
            told.add(True)
    return told.pop() if len(told) == 1 else None


def in_name(name: str) -> str:
    """Return the one day that a file's name holds: `2025-05-04-lido.md`, `nw-20250504.txt`."""
    found = {f"{year}-{month}-{day}" for year, _, month, day in _IN_NAME.findall(name)}
    dates = [each for each in found if _is_iso(each)]
    return dates[0] if len(dates) == 1 else ""


def _is_iso(written: str) -> bool:
    if len(written) == 4:
        return written.isascii() and written.isdigit() and written > "0000"
    try:
        dt.datetime.fromisoformat(f"{written}-01" if len(written) == 7 else written)
    except ValueError:
        return False
    return "W" not in written and written[4:5] == "-"


def _dated(found: re.Match[str], *, day_first: bool | None) -> str:
    """Return the date and the time that one of the forms has found; empty if there is no such."""
    parts = found.groupdict()
    if parts.get("first"):
        first, other = int(parts["first"]), int(parts["other"])
        if parts["mark"] == ".":
            day_first = True
        elif day_first is None and max(first, other) > _MONTHS_A_YEAR:
            day_first = first > _MONTHS_A_YEAR
        elif first == other:
            day_first = True
        if day_first is None:
            return ""
        day, month = (first, other) if day_first else (other, first)
    else:
        day = int(parts["day"])
        month = int(parts.get("month") or _MONTH_NUMBERS[parts.get("name", "").lower()])
    date = f"{parts['year']}-{month:02}-{day:02}"
    return f"{date}{_time(parts)}" if _is_iso(date) else ""


def _time(parts: dict[str, str | None]) -> str:
    """Return a time with its zone, as ISO 8601 writes it; empty if it is uncertain."""
    if not parts["hour"] or not (parts["minute"] or parts["half"]):
        return ""
    hour, minute = int(parts["hour"]), int(parts["minute"] or 0)
    if parts["half"]:
        hour = hour % _MIDDAY + (_MIDDAY if parts["half"][0] in "pP" else 0)
    zone = (parts["zone"] or "").lower()
    offset = ""
    if zone[-4:].replace(":", "").isdigit():
        digits = zone.lstrip("gmtuc")
        offset = f"{digits[0]}{digits[1:3]}:{digits[-2:]}"
    elif zone:
        hours = _ZONES.get(zone)
        if hours is None:
            return ""
        offset = f"{hours:+03}:00"
    time = f"T{hour:02}:{minute:02}:{parts['second'] or '00'}{offset}"
    return time if _is_iso(f"2000-01-01{time}") else ""


def number_of(day: dt.date) -> int:
    """Return a day as a number like 20240131, as `days` gives it."""
    return _number(day.year, day.month, day.day)


def date_of(number: int) -> dt.date:
    """Return the day of a number like 20240131."""
    return dt.date(number // 10000, number // 100 % 100, number % 100)


def _number(year: int, month: int, day: int) -> int:
    return year * 10000 + month * 100 + day
