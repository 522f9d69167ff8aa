"""The facts of a sentence (numbers, dates, names, quotations), however they are spelt."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    evidence, claim = strip_invisible(evidence), strip_invisible(claim)
    known = dates(evidence)
    if not all(any(date <= other for other, _ in known) for date, _ in dates(claim)):
        return False
    available = numbers(evidence) | {
        value for date, _ in known for part, value in date if part == "year"
    }
    if not _contains_numbers(available, _without_dates(claim)):
        return False
    flat = _flat(evidence).casefold()
    return _contains_names(evidence, claim) and all(
        quote.casefold() in flat for quote in quotations(claim)
    )


def _contains_numbers(available: set[float], claim: str) -> bool:
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


def _contains_names(evidence: str, claim: str) -> bool:
    available = {_plain_name(word) for word in words(evidence)}
    months = {value for date, _ in dates(evidence) for part, value in date if part == "month"}
    available |= {MONTHS[month - 1].casefold() for month in months if 0 < month <= len(MONTHS)}
    acronyms = {match.group().replace(".", "") for match in _ACRONYM.finditer(evidence)}
    available |= {_plain_name(acronym.casefold()) for acronym in acronyms}
    initials = "".join(word[0] for word in re.findall(r"\b[A-Z]\w*", evidence))
    return all(
        _abbreviates(name, initials)
        or _initials(name) in acronyms
        or all(same_name(word, available) for word in _name_words(name))
        for name in names(claim)
    )


def _name_words(name: str) -> Iterator[str]:
    """Yield the words of a name that are capitalised: of "AI-driven", only the first."""
    for part in re.split(r"[ -]", name):
        if part[:1].isupper():
            yield from words(part)


def _abbreviates(name: str, initials: str) -> bool:
    plain = name.replace(".", "")
    return plain.isupper() and len(plain) > 1 and plain in initials


def _initials(name: str) -> str:
    """Return the initials of a name of several words, else ""."""
    parts = name.split(" ")
    return "".join(part[0] for part in parts) if len(parts) > 1 else ""


def same_name(word: str, available: set[str]) -> bool:
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
