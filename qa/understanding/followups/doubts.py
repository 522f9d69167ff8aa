"""Finds the figure, day or name that a message puts against an answer: `wasn't it forty?`."""

from __future__ import annotations

from collections.abc import Collection

from qa.lexicon import MONTHS, NUMBER_WORDS, SCALES, WEEKDAYS
from qa.text import terms
from qa.understanding.followups.mentions import names

# "One" is more often a pronoun.
_NUMERALS = (NUMBER_WORDS.keys() | SCALES.keys()) - {"one"}
_DAYS = frozenset((*MONTHS, *WEEKDAYS))
_UNITS = frozenset("per cent percent %".split())
_MARKS = " ,.;:?!“”\"'‘’()"


def stated(message: str, known: Collection[str]) -> str:
    """Return what a message states: the first figure or date in it, or else a name that is new.

    Args:
        message: with names as the articles write them.
        known: stems that are nothing new: of what was said, and of outlets.
    """
    tokens = [token.strip(_MARKS) for token in message.split()]
    figure: list[str] = []
    for token in tokens:
        if _is_figure(token) or (figure and token.casefold() in _UNITS):
            figure.append(token)
        elif figure:
            break
    if figure:
        return " ".join(figure)
    return next((name for name in names(message) if set(terms(name)).isdisjoint(known)), "")


def _is_figure(token: str) -> bool:
    parts = token.casefold().split("-")
    digits = any(char.isdecimal() for char in token)
    return digits or token in _DAYS or all(part in _NUMERALS for part in parts)
