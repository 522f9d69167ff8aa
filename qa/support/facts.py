"""The facts of a sentence: numbers, dates, names, quotations; and whether a text holds them, however spelt."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.text import Span, words

Date = frozenset[tuple[str, int]]
"""What a date says of itself, e.g. `{("month", 5), ("year", 2021)}`."""

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_UNITS = {word: n for n, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ABBREVIATED = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12}
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|[^\W\d_]+")
# Far more often a pronoun than a number.
_PRONOUN = "one"

MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "(?P<month>" + "|".join(rf"{name.title()}|{name[:3].title()}\b\.?" for name in MONTHS) + r"|Sept\b\.?)"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>[12]\d{3})"
_DATES = [
    re.compile(pattern)
    for pattern in (
        r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b",
        rf"\b{_DAY}\s(?:of\s)?{_MONTH},?(?:\s{_YEAR})?(?!\d)",
        rf"\b{_MONTH}\s{_DAY}(?!\d)(?:,?\s{_YEAR}(?!\d))?",
        rf"\b{_MONTH},?\s(?:of\s)?{_YEAR}(?!\d)",
    )
]

_CAPITALISED = r"[A-Z]\w*(?:[’'.-]\w+)*"
_NAME = re.compile(rf"(?<!^)(?<![.!?:] )(?<![\w’'-])(?<!\w\.){_CAPITALISED}(?:[ ]{_CAPITALISED})*")
# What makes of a country its people or language.
_OF_A_COUNTRY = ("", "n", "an", "ian", "ish", "ese", "i", "s", "ns", "ans", "ians")
_QUOTED = re.compile(r"[“\"]([^”\"]{4,})[”\"]")
_PLAIN = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "\u00a0": " "})
_NEVER_SEEN = re.compile(
    r"[\u00ad\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef\u200b-\u200f\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return `text` without the characters that nobody sees: of no width, tags, or selectors of a variant."""
    return _NEVER_SEEN.sub("", text)


def holds(evidence: str, claim: str) -> bool:
    """Tell whether every number, date, name and quotation of `claim` occurs in `evidence`.

    The first word of a sentence is not taken for a name: its capital says nothing.
    """
    evidence, claim = visible(evidence), visible(claim)
    there = dates(evidence)
    if not all(any(date <= other for other, _ in there) for date, _ in dates(claim)):
        return False
    years = {value for date, _ in there for part, value in date if part == "year"}
    if not numbers(_without_dates(claim)) <= numbers(evidence) | years:
        return False
    return _names_occur(claim, evidence) and all(quotation in _flat(evidence) for quotation in quotations(claim))


def numbers(text: str) -> set[float]:
    """Return the values of the numbers of `text`: `30,000`, `30 thousand` and `thirty thousand` are one."""
    found: set[float] = set()
    run: list[str] = []
    last = 0
    for match in _TOKEN.finditer(text):
        word = match.group().casefold()
        if run and text[last : match.start()] not in {" ", "-", ""}:
            found |= _value(run)
            run = []
        if word[0].isdigit() or word in _UNITS or (run and (word in SCALES or word in _ABBREVIATED)):
            run.append(word)
        elif not (run and word == "and"):
            found |= _value(run)
            run = []
        last = match.end()
    return found | _value(run)


def _value(run: list[str]) -> set[float]:
    """Return the value of a run of numerals and number words; several where they form no one number."""
    values: set[float] = set()
    total, part, open_ = 0.0, 0.0, False
    for word in run:
        scale = SCALES.get(word) or _ABBREVIATED.get(word)
        if scale == 100:
            part *= scale
        elif scale:
            total, part = total + part * scale, 0.0
        else:
            value = float(word.replace(",", "")) if word[0].isdigit() else float(_UNITS[word])
            if open_ and not (part % 10 == 0 and value < 10 and part) and not (part % 100 == 0 and value < 100):
                values.add(total + part)
                total, part = 0.0, 0.0
            part += value
        open_ = True
    return values if not run or run == [_PRONOUN] else values | {total + part}


def dates(text: str) -> list[tuple[Date, Span]]:
    """Return the dates of `text` that name a month, each with its span."""
    found: list[tuple[Date, Span]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if not any(start < match.end() and match.start() < end for _, (start, end) in found):
                parts = {name: value for name, value in match.groupdict().items() if value}
                month = parts.pop("month")
                number = int(month) if month.isdigit() else _month(month)
                found.append((frozenset({("month", number), *((n, int(v)) for n, v in parts.items())}), match.span()))
    return found


def _month(name: str) -> int:
    return 1 + next(n for n, month in enumerate(MONTHS) if month.startswith(name[:3].casefold()))


def _without_dates(text: str) -> str:
    for _, (start, end) in dates(text):
        text = text[:start] + "·" * (end - start) + text[end:]
    return text


def names(text: str) -> Iterator[str]:
    """Yield the runs of capitalised words that do not open a sentence, without months that are part of a date."""
    for match in _NAME.finditer(_without_dates(text)):
        yield match.group()


def _names_occur(claim: str, evidence: str) -> bool:
    available = set(words(evidence))
    initials = "".join(word[0] for word in re.findall(r"\b[A-Z]\w*", evidence))
    return all(
        same_name(word, available) or (name.isupper() and len(name) > 1 and name in initials)
        for name in names(claim)
        for word in words(name)
    )


def same_name(word: str, available: set[str]) -> bool:
    """Tell whether a name, or the country that it is derived from, is among the available words."""
    return word in available or any(
        long.startswith(short) and long[len(short) :] in _OF_A_COUNTRY
        for other in available
        if len(other) > 3 and len(word) > 3
        for short, long in [sorted((word, other), key=len)]
    )


def quotations(text: str) -> Iterator[str]:
    """Yield what `text` has in quotation marks, flattened: spaces single, marks plain, without a last comma or stop."""
    for match in _QUOTED.finditer(text):
        yield _flat(match.group(1)).rstrip(",.")


def _flat(text: str) -> str:
    return " ".join(text.translate(_PLAIN).split())
