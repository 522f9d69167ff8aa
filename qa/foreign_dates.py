"""Dates that name a month in another language than English, read without guessing.

`15 de marzo de 2024`, `Пятница, 15 марта 2024 г.`, `2024年3月15日`. The names of months and of
weekdays are Babel's. What is one month in one language and another in the next is none.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Sequence

import regex

from qa.languages import NAMES

_TOKEN = regex.compile(r"(?P<time>\d{1,2}[:h]\d{2}(?::\d{2})?(?!\d))|(?P<number>\d+)|[\p{L}\p{M}]+")
_NUMBERED = regex.compile(
    r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日号일]"
    r"|(?:ngày\s+)?(?P<day>\d{1,2})\s+tháng\s+(?P<month>\d{1,2}),?\s+(?:năm\s+)?(?P<year>\d{4})",
    regex.IGNORECASE,
)
# Words around the parts of a date: articles, "of", "day", "year", "at", ends of ordinals.
_AROUND = frozenset(
    "a al alle am as às at à d da dan dato datum de del den der di die dia dne do du e el em en er "
    "ers gada gads h i il kl klo l la las le les lo m na năm ngày o och of om on ore pe r rok roka "
    "roku st th um uhr v ve y в во г год года году го е й на о от року рік р у від ב ዓ ም في "
    "من".split()
)
# Other countries' names of months than those of a language's first country.
_LOCALES = (
    *(code for code in NAMES if code != "en"),
    "ar_DZ",
    "ar_MA",
    "ar_SY",
    "de_AT",
    "sr_Latn",
)
_LATEST = 2199


def iso(written: str) -> str:
    """Return a date, and its time if it has one, as ISO 8601 writes it; empty for other text."""
    written = written.strip()
    if found := _NUMBERED.match(written):
        rest = _words(written[found.end() :])
        if set(rest) <= _weekdays() and not regex.search(r"\d", written[found.end() :]):
            return _checked(*(int(found[part]) for part in ("year", "month", "day")))
        return ""
    numbers, times = list[int](), list[str]()
    for token in _TOKEN.finditer(written):
        if token["time"]:
            times.append(token["time"])
        elif token["number"]:
            numbers.append(int(token["number"]))
    years = [number for number in numbers if 1000 <= number <= _LATEST]
    if len(numbers) != len(years) + 1 or len(years) != 1 or len(times) > 1:
        return ""
    day = next(number for number in numbers if number not in years)
    month = _month(_words(written))
    date = _checked(years[0], month, day) if month else ""
    return date + _time(times[0]) if date and times else date


def _words(text: str) -> list[str]:
    """Return the words of a text but for those around the parts of a date."""
    found = (token for token in _TOKEN.finditer(text.casefold()))
    words = [token[0] for token in found if not (token["time"] or token["number"])]
    return [word for word in words if word not in _AROUND]


def _month(words: Sequence[str]) -> int | None:
    """Return the month that some words name, if all others are names of weekdays."""
    told = set[int]()
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            others = {*words[:first], *words[last:]}
            number = _months().get(" ".join(words[first:last]))
            if number and others <= _weekdays():
                told.add(number)
    return told.pop() if len(told) == 1 else None


def _checked(year: int, month: int, day: int) -> str:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return ""


def _time(written: str) -> str:
    hour, minute, *second = (int(part) for part in regex.split("[:h]", written))
    try:
        return f"T{dt.time(hour, minute, second[0] if second else 0).isoformat()}"
    except ValueError:
        return ""


@functools.cache
def _months() -> dict[str, int]:
    """Return name -> number, of all languages; without names that are several months'."""
    told: dict[str, set[int]] = {}
    for number, name in _named("months"):
        told.setdefault(" ".join(_words(name)), set()).add(number)
    return {name: numbers.pop() for name, numbers in told.items() if name and len(numbers) == 1}


@functools.cache
def _weekdays() -> frozenset[str]:
    """Return the words that names of weekdays consist of."""
    return frozenset(word for _, name in _named("days") for word in _words(name))


def _named(what: str) -> Iterator[tuple[int, str]]:
    """Yield the numbers and the names of months or of days; numbers for names are left out."""
    import babel  # loaded only where a date is not understood otherwise

    for code in _LOCALES:
        try:
            locale = babel.Locale.parse(code)
        except babel.UnknownLocaleError:
            continue
        names = getattr(locale, what)
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in names[form].get(width, {}).items():
                    if not any(map(str.isdigit, name)):
                        yield number, name
                        # "On" and "in" are written as one word with the name.
                        yield from [(number, f"ב{name}")] if locale.language == "he" else []
