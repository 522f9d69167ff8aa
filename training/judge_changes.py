"""Changes in what a story tells, so that a judge learns to compare and not to remember.

Names or figures exchanged in the articles make a true claim false, and a story with all of its
names replaced is another one (as the symmetric pairs of Schuster et al., 2019, do for FEVER).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence

from qa.lexicon import MONTHS

_PROPER = re.compile(r"\b[A-Z][\w-]{2,}")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

Quoted = Sequence[tuple[str, str]]


def lower_case(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that occur in lower case: none of them is a name."""
    return frozenset(word for text in texts for word in re.findall(r"\b[a-z][\w-]+", text))


def names(text: str, known: frozenset[str]) -> list[str]:
    """Return the capitalised words of a text that are names, each once.

    Args:
        text: any text.
        known: words that occur in lower case elsewhere.
    """
    found = dict.fromkeys(_PROPER.findall(text))
    return [w for w in found if w.lower() not in known and w not in (*MONTHS, *_DAYS)]


def replaced(text: str, mapping: Mapping[str, str]) -> str:
    """Return a text with names replaced."""
    return _PROPER.sub(lambda match: mapping.get(match[0], match[0]), text)


def exchanged(text: str, one: str, other: str) -> str:
    """Return a text with two words or numbers exchanged."""
    swap = {one: other, other: one}
    pattern = "|".join(map(re.escape, sorted(swap, key=len, reverse=True)))
    return re.sub(rf"(?<![\w.,])(?:{pattern})(?!\w|[.,]\d)", lambda m: swap[m[0]], text)


def made_false(
    claim: str,
    texts: Mapping[str, str],
    quoted: Quoted,
    known: frozenset[str],
    rng: random.Random,
) -> dict[str, str] | None:
    """Return texts in which a name or figure that a true claim rests on is another one.

    None if nothing can be changed.
    """
    evidence = " ".join(quote for _, quote in quoted)
    whole = " ".join(texts.values())
    pairs = [
        (name, other)
        for name in names(claim, known)
        if name in evidence
        for other in names(whole, known)
        if other not in claim and not _adjoin(name, other, whole)
    ]
    figures = [
        (number, _another(number, whole, rng))
        for number in _NUMBER.findall(claim)
        if number in _NUMBER.findall(evidence)
    ]
    chosen = figures if figures and (not pairs or rng.random() < 0.5) else pairs
    if not chosen:
        return None
    one, other = rng.choice(chosen)
    return {name: exchanged(text, one, other) for name, text in texts.items()}


def _adjoin(one: str, other: str, text: str) -> bool:
    """Return whether two words stand side by side: they name one person."""
    return f"{one} {other}" in text or f"{other} {one}" in text


def _another(number: str, text: str, rng: random.Random) -> str:
    """Return a number of the same shape that a text does not have, or the first one in it."""
    for _ in range(10):
        digits = [d if not d.isdigit() else str(rng.randint(0, 9)) for d in number[1:]]
        made = str(rng.randint(1, 9)) + "".join(digits)
        if made not in text and made != number:
            return made
    return str(int(number[0]) % 9 + 1) + number[1:]
