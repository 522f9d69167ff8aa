"""Finds the span of time that a question names: "in March", "last week", "since 10 April".

What is relative counts from the newest article. A date without a year is the one that comes nearest
to the newest article.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import re
from dataclasses import dataclass

from qa.lexicon import MONTHS, NUMBER_WORDS, WEEKDAYS

# A date this far after the newest article may still be meant: what is announced lies ahead.
_AHEAD = dt.timedelta(days=180)
# An event is reported on its day or soon after.
_REPORTED_WITHIN = dt.timedelta(days=2)
_EARLIEST, _LATEST = dt.date(1, 1, 1), dt.date(9999, 12, 31)
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3}

_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?\\.?" if len(name) > 3 else name for name in MONTHS)
_WEEKDAY = "|".join(WEEKDAYS)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_PARTS = {
    "early": (1, 10),
    "the beginning of": (1, 10),
    "the start of": (1, 10),
    "mid": (11, 20),
    "the middle of": (11, 20),
    "late": (21, 31),
    "the end of": (21, 31),
}
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_DATE = re.compile(
    rf"""
    (?:(?:{_WEEKDAY}),?\ )?(?:the\ )?                                   # 3 to 9 May 2025
        (?:(?P<from>{_DAY})(?:\ and\ |\ to\ |–|-))?(?P<day>{_DAY})\ (?:of\ )?
        (?P<month>{_MONTH})\b(?:,?\ (?P<year>{_YEAR}))? |
    (?:(?:{_WEEKDAY}),?\ )?(?P<month2>{_MONTH})\ (?P<day2>{_DAY})\b(?!:)  # May 9, 2025
        (?:,?\ (?P<year2>{_YEAR}))? |
    (?P<iso>{_YEAR}-\d\d-\d\d)\b |
    (?:the\ )?(?P<nth>{"|".join(_ORDINALS)}|last)\ week\ (?:of|in)\ (?P<month3>{_MONTH})\b
        (?:\ (?P<year3>{_YEAR}))? |
    (?:the\ )?week\ of\ (?:the\ )?(?P<day4>{_DAY})\ (?:of\ )?(?P<month4>{_MONTH})\b
        (?:\ (?P<year4>{_YEAR}))? |
    (?:(?P<part>{"|".join(_PARTS).replace(" ", chr(92) + " ")})[ -])?(?P<month5>{_MONTH})\b
        (?:,?\ (?P<year5>{_YEAR}))? |
    (?P<year6>{_YEAR})\b |
    (?:the\ )?(?:last|past)\ (?P<count>\d{{1,3}}|{"|".join(NUMBER_WORDS)})
        \ (?P<unit>day|week|month)s\b |
    (?:the\ )?(?P<which>this|last|past|previous)\ (?P<unit2>week|month|year)\b(?!\ of) |
    (?P<near>yesterday|today|(?<!the\ )last\ night)\b(?!\ of) |
    (?:last\ )?(?P<weekday>{_WEEKDAY})\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_RELATION = re.compile(
    r"\b(?P<relation>in|during|on|of|from|since|after|before|until|till|by|up to|around|for|"
    r"between|as of|at)\s+$|"
    r"\b(?P<event>since|after|before|until|till|by|up to) the (?:\w+ ){1,2}?(?:on|of|in)\s+$",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"\s*(?:and|to|until|till|–|-)\s*$", re.IGNORECASE)
# These are words of another kind as well, so that only a preposition or a year makes them months.
_AMBIGUOUS = frozenset({"may", "march", "mar", "dec", "sun"})
_NAMES_A_THING = frozenset({"for", "by", "of", "at"})


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A span of time in a question.

    Attributes:
        first: its first day.
        last: its last day.
        start: where its words start in the question.
        end: where they end.
        relation: the preposition before it, in lower case; or empty.
    """

    first: dt.date
    last: dt.date
    start: int
    end: int
    relation: str = ""

    @property
    def is_day(self) -> bool:
        """Whether it is a single day."""
        return self.first == self.last

    def reported(self, newest: dt.date) -> tuple[dt.date, dt.date]:
        """Return the first and last day on which articles tell of it."""
        late = self.last + _REPORTED_WITHIN if self.is_day else self.last
        return self.first, min(late, newest) if self.first <= newest else late

    def __str__(self) -> str:
        """Return it in words."""
        if self.first == _EARLIEST:
            return f"up to {_written(self.last)}"
        if self.last == _LATEST:
            return f"since {_written(self.first)}"
        if self.is_day:
            return _written(self.first)
        first = str(self.first.day)
        if (self.first.year, self.first.month) != (self.last.year, self.last.month):
            first += f" {MONTHS[self.first.month - 1]}"
            first += f" {self.first.year}" if self.first.year != self.last.year else ""
        return f"{first} to {_written(self.last)}"


def time_spans(text: str, day: dt.date) -> list[TimeSpan]:
    """Return the spans of time that a text names, in its order.

    Args:
        text: a sentence.
        day: what is relative counts from it.
    """
    spans = []
    for match in _DATE.finditer(text):
        before = _RELATION.search(text[: match.start()])
        relation = (before["event"] or before["relation"]).lower() if before else ""
        if _is_date(text, match, relation) and (found := _days(match, day)):
            start = before.start() if before else match.start()
            spans.append(TimeSpan(*found, start, match.end(), relation))
    return spans


def time_span(question: str, newest: dt.date) -> TimeSpan | None:
    """Return the span of time that a question names; None if it names none.

    Args:
        question: on one line.
        newest: the day of the newest article.
    """
    found = time_spans(question, newest)
    if not found:
        return None
    first = found[0]
    if len(found) > 1 and _UNTIL.fullmatch(question[first.end : found[1].start]):
        last = found[1]
        return TimeSpan(first.first, last.last, first.start, last.end, "between")
    day = dt.timedelta(days=1)
    days = {
        "since": (first.first, _LATEST),
        "from": (first.first, _LATEST),
        "after": (first.last + day, _LATEST),
        "before": (_EARLIEST, first.first - day),
        **dict.fromkeys(("until", "till", "by", "up to", "as of"), (_EARLIEST, first.last)),
    }.get(first.relation, (first.first, first.last))
    return dataclasses.replace(first, first=days[0], last=days[1])


def _is_date(question: str, match: re.Match[str], relation: str) -> bool:
    """Return whether what looks like a date is one: `in May`, but not `may` or `cup 2024`."""
    if match.start() and question[match.start() - 1] not in " (,":
        return False
    if month := match["month5"]:
        named = month[:1].isupper() and month.lower().rstrip(".") not in _AMBIGUOUS
        return bool(match["year5"] or match["part"] or relation or named)
    if match["weekday"] or match["year6"]:
        return bool(relation) and relation not in _NAMES_A_THING
    return True


def _days(match: re.Match[str], newest: dt.date) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day of a match; None if there is no such date."""
    try:
        if match["iso"]:
            day = dt.date.fromisoformat(match["iso"])
            return day, day
        if match["year6"]:
            year = int(match["year6"])
            return dt.date(year, 1, 1), dt.date(year, 12, 31)
        return _of_calendar(match, newest) or _relative(match, newest)
    except ValueError:
        return None


def _of_calendar(match: re.Match[str], newest: dt.date) -> tuple[dt.date, dt.date] | None:
    """Return the days of a date that names its month."""
    suffix = next((s for s in ("", "2", "3", "4", "5") if match[f"month{s}"]), None)
    if suffix is None:
        return None
    month, written = _month(match[f"month{suffix}"]), match[f"year{suffix}"]
    number = _number(match[f"day{suffix}"]) if suffix in {"", "2", "4"} else 1
    year = int(written) if written else _year(month, number, newest)
    length = calendar.monthrange(year, month)[1]
    if suffix == "3":
        nth = match["nth"].lower()
        first = length - 6 if nth == "last" else 7 * _ORDINALS[nth] + 1
        return dt.date(year, month, first), dt.date(year, month, first + 6)
    if suffix == "5":
        first, last = _PARTS[match["part"].lower()] if match["part"] else (1, 31)
        return dt.date(year, month, first), dt.date(year, month, min(last, length))
    day = dt.date(year, month, number)
    if suffix == "4":
        return day, day + dt.timedelta(days=6)
    start = match["from"] if suffix == "" else None
    return (day.replace(day=_number(start)) if start else day), day


def _relative(match: re.Match[str], newest: dt.date) -> tuple[dt.date, dt.date]:
    """Return the days of a date that counts from the newest article."""
    day = dt.timedelta(days=1)
    if match["near"]:
        newest -= 0 * day if match["near"].lower() == "today" else day
        return newest, newest
    if match["weekday"]:
        number = [name.lower() for name in WEEKDAYS].index(match["weekday"].lower())
        newest -= (newest.weekday() - number) % 7 * day
        return newest, newest
    if count := match["count"]:
        number = int(count) if count.isdecimal() else NUMBER_WORDS[count.lower()]
        return newest - number * _DAYS[match["unit"].lower()] * day, newest
    which, unit = match["which"].lower(), match["unit2"].lower()
    if which == "past":
        return newest - (_DAYS[unit] - 1) * day, newest
    start = {
        "week": newest - newest.weekday() * day,
        "month": newest.replace(day=1),
        "year": newest.replace(month=1, day=1),
    }[unit]
    if which == "this":
        return start, newest
    end = start - day
    lengths = {"week": end - 6 * day, "month": end.replace(day=1)}
    return lengths.get(unit, end.replace(month=1, day=1)), end


def _number(written: str) -> int:
    return int(re.sub(r"\D", "", written))


def _month(name: str) -> int:
    return [month[:3].lower() for month in MONTHS].index(name[:3].lower()) + 1


def _year(month: int, day: int, newest: dt.date) -> int:
    """Return the year of a date that names none."""
    length = calendar.monthrange(newest.year, month)[1]
    this = dt.date(newest.year, month, min(day, length))
    return newest.year - 1 if this > newest + _AHEAD else newest.year


def _written(day: dt.date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
