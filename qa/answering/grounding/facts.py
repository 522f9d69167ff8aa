"""The facts of a sentence (numbers, dates, names, quotations), however they are spelt."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from qa.lexicon import MONTHS, NUMBER_WORDS, SAME_NAMES, SCALES
from qa.text import Span, strip_invisible, words

Date = frozenset[tuple[str, int]]
"""The parts of a date that are given, e.g. `{("month", 5), ("year", 2021)}`."""

_ABBREVIATED_SCALES = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12}
# Digits behind a letter belong to a name: Q3, COVID-19 without its hyphen.
_NUMBER_TOKEN = re.compile(r"(?<![^\W\d_])\d[\d,]*(?:\.\d+)?|[^\W\d_]+")
_DECADE = re.compile(r"\b(?P<first>[12]\d\d0)s\b")
# On its own, "one" is far more often a pronoun than a number.
_PRONOUN = "one"

_MONTH = "|".join([*(rf"{name}|{name[:3]}\b\.?" for name in MONTHS), r"Sept\b\.?"])
_MONTH = f"(?P<month>{_MONTH})"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>[12]\d{3})"
_DATES = [
    re.compile(pattern)
    for pattern in (
        r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\d)",
        # Some texts have a space before each comma.
        rf"\b{_DAY}\s(?:of\s)?{_MONTH}(?:\s?,)?(?:\s{_YEAR})?(?!\d)",
        rf"\b{_MONTH}\s{_DAY}(?!\d)(?:(?:\s?,)?\s{_YEAR}(?!\d))?",
        rf"\b{_MONTH},?\s(?:of\s)?{_YEAR}(?!\d)",
    )
]

_CAPITALISED = r"[A-Z]\w*(?:[’'.-]\w+)*"
_NAME = re.compile(rf"(?<!^)(?<![.!?:] )(?<![\w’'-])(?<!\w\.){_CAPITALISED}(?:[ ]{_CAPITALISED})*")
# Endings of a country, and of its people or language, behind the letters that both share.
_COUNTRY_ENDINGS = ("", "a", "e", "o", "y", "en", "s")
_PEOPLE_ENDINGS = ("", "n", "an", "ian", "ish", "ese", "i", "s", "ns", "ans", "ians")
_SHARED_LETTERS = 4
_ACRONYM = re.compile(r"\b(?:[A-Z]\.?){2,}(?!\w)")
_QUOTED = re.compile(r"[“\"]([^”\"]{4,})[”\"]")
_PLAIN = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "\u00a0": " "})


def contains_facts(evidence: str, claim: str) -> bool:
    """Return whether every number, date, name and quotation of `claim` occurs in `evidence`.

    The first word of a sentence is not taken for a name: its capital says nothing.
    """
    known, claim = _known(strip_invisible(evidence)), strip_invisible(claim)
    return (
        all(any(date <= other for other in known.dates) for date, _ in dates(claim))
        and _contains_numbers(known.numbers, _without_dates(claim))
        and all(known.holds_name(name) for name in names(claim))
        and all(quote.casefold() in known.flat for quote in quotations(claim))
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """The facts of a text: its dates, its numbers with their years, its words, and itself.

    Attributes:
        words: in plain names, with the months of its dates and its acronyms.
        acronyms: without full stops.
        initials: of all capitalised words, in their order.
        flat: the text with single spaces and plain marks, case-folded.
    """

    dates: tuple[Date, ...]
    numbers: frozenset[float]
    words: frozenset[str]
    acronyms: frozenset[str]
    initials: str
    flat: str

    def holds_name(self, name: str) -> bool:
        """Return whether a name is there, perhaps abbreviated, or as the country's people."""
        plain = name.replace(".", "")
        return (
            (plain.isupper() and len(plain) > 1 and plain in self.initials)
            or _initials(name) in self.acronyms
            or all(same_name(word, self.words) for word in _name_words(name))
        )


@functools.lru_cache(maxsize=64)
def _known(evidence: str) -> _Known:
    """Return the facts of a text; the same one is asked about each sentence of an answer."""
    found = [date for date, _ in dates(evidence)]
    parts = [part for date in found for part in date]
    acronyms = {match.group().replace(".", "") for match in _ACRONYM.finditer(evidence)}
    months = {MONTHS[n - 1].casefold() for part, n in parts if part == "month" and 0 < n <= 12}
    plain = {_plain_name(word) for word in (*words(evidence), *map(str.casefold, acronyms))}
    return _Known(
        tuple(found),
        frozenset(numbers(evidence) | {value for part, value in parts if part == "year"}),
        frozenset(plain | months),
        frozenset(acronyms),
        "".join(word[0] for word in re.findall(r"\b[A-Z]\w*", evidence)),
        _flat(evidence).casefold(),
    )


def _contains_numbers(available: frozenset[float], claim: str) -> bool:
    """Return whether the numbers of a claim are available, a decade by any of its years."""
    for match in _DECADE.finditer(claim):
        first = int(match["first"])
        if not any(first <= value < first + 10 for value in available):
            return False
    return numbers(_DECADE.sub("", claim)) <= available


def numbers(text: str) -> set[float]:
    """Return the values of the numbers in `text`: `30,000` and `thirty thousand` are the same."""
    values: set[float] = set()
    run: list[str] = []
    last = 0
    for match in _NUMBER_TOKEN.finditer(text):
        word = match.group().casefold()
        if run and text[last : match.start()] not in {" ", "-", ""}:
            values |= _values(run)
            run = []
        scale = bool(run) and (word in SCALES or word in _ABBREVIATED_SCALES)
        # `isdecimal`, as `①` and `²` are digits, too, but no numerals.
        if word[0].isdecimal() or word in NUMBER_WORDS or scale:
            run.append(word)
        elif not (run and word == "and"):
            values |= _values(run)
            run = []
        last = match.end()
    return values | _values(run)


def _values(run: list[str]) -> set[float]:
    """Return the values of a run of numerals and number words, which may be several numbers."""
    values: set[float] = set()
    total, part, started = 0.0, 0.0, False
    for word in run:
        scale = SCALES.get(word) or _ABBREVIATED_SCALES.get(word)
        if scale == 100:
            part *= scale
        elif scale:
            total, part = total + part * scale, 0.0
        else:
            numeral = word[0].isdecimal()
            value = float(word.replace(",", "")) if numeral else float(NUMBER_WORDS[word])
            completes_tens = part % 10 == 0 and value < 10 and part
            completes_hundreds = part % 100 == 0 and value < 100
            if started and not completes_tens and not completes_hundreds:
                values.add(total + part)
                total, part = 0.0, 0.0
            part += value
        started = True
    return values if not run or run == [_PRONOUN] else values | {total + part}


def dates(text: str) -> list[tuple[Date, Span]]:
    """Return the dates in `text` that name a month, each with its span."""
    found: list[tuple[Date, Span]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if not any(start < match.end() and match.start() < end for _, (start, end) in found):
                parts = {name: value for name, value in match.groupdict().items() if value}
                month = parts.pop("month")
                if not month.isdecimal():
                    month = next(n for n, name in enumerate(MONTHS, 1) if name[:3] == month[:3])
                date = {("month", int(month)), *((name, int(n)) for name, n in parts.items())}
                found.append((frozenset(date), match.span()))
    return found


def _without_dates(text: str) -> str:
    for _, (start, end) in dates(text):
        text = text[:start] + "·" * (end - start) + text[end:]
    return text


def names(text: str) -> Iterator[str]:
    """Yield the runs of capitalised words that do not start a sentence, except months in dates."""
    for match in _NAME.finditer(_without_dates(text)):
        yield match.group()


def _name_words(name: str) -> Iterator[str]:
    """Yield the words of a name that are capitalised: of "AI-driven", only the first."""
    for part in re.split(r"[ -]", name):
        if part[:1].isupper():
            yield from words(part)


def _initials(name: str) -> str:
    """Return the initials of a name of several words, else ""."""
    parts = name.split(" ")
    return "".join(part[0] for part in parts) if len(parts) > 1 else ""


def same_name(word: str, available: Collection[str]) -> bool:
    """Return whether a name, its country or its people is among the available words."""
    word = _plain_name(word)
    return word in available or any(
        _differ_as_people(word, other) or _differ_as_people(other, word)
        for other in available
        if other[:_SHARED_LETTERS] == word[:_SHARED_LETTERS]
    )


def _differ_as_people(country: str, people: str) -> bool:
    """Return whether one word is a country and the other one its people, by their endings."""
    return any(
        len(stem := country.removesuffix(ending)) >= _SHARED_LETTERS
        and country.endswith(ending)
        and people.startswith(stem)
        and people[len(stem) :] in _PEOPLE_ENDINGS
        for ending in _COUNTRY_ENDINGS
    )


def _plain_name(word: str) -> str:
    return SAME_NAMES.get(word, word)


def quotations(text: str) -> Iterator[str]:
    """Yield what `text` quotes: single spaces, plain marks, no comma or full stop at its end."""
    for match in _QUOTED.finditer(text):
        yield _flat(match.group(1)).rstrip(" ,.")


def _flat(text: str) -> str:
    return " ".join(text.translate(_PLAIN).split())
