"""Tells words as typed into a search box from questions and sentences."""

from __future__ import annotations

from qa.lexicon import FINITE_AUXILIARIES, QUESTION_WORDS
from qa.text import terms, words

# More words are a sentence.
_MOST_WORDS = 6


def is_keywords(text: str) -> bool:
    """Return whether a message is a few words that ask nothing: `tunnel toll cars`."""
    used = words(text)
    asks = "?" in text or not {*QUESTION_WORDS, *FINITE_AUXILIARIES}.isdisjoint(used)
    return bool(terms(text)) and len(used) <= _MOST_WORDS and not asks
