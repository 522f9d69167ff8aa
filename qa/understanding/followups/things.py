"""Learns from the articles which words name things: `the dam` and `her boats`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.lexicon import FINITE_AUXILIARIES, NUMBER_WORDS
from qa.text import STOP_WORDS, terms

_DETERMINERS = frozenset(
    "the a an this that these those his her its their our my no any some each every".split()
)
_POSSESSED = re.compile(r"[’']s?$")
_WORD = re.compile(r"[\w’'-]+|[^\w\s]")
# A noun follows a determiner, or a word behind one, and before no other word of content, at
# least this often: `the old dam was`, and not `a bad harvest`.
_LEAST = 0.15
_CLOSED = STOP_WORDS | FINITE_AUXILIARIES
_FIGURE = re.compile(rf"(?:\W*\d|(?:{'|'.join(NUMBER_WORDS)})\b)", re.IGNORECASE)


def is_thing(phrase: str, texts: Sequence[str]) -> bool:
    """Return whether some texts have the last word of a phrase as a noun, or do not have it.

    So `the two sisters` are something to talk about, and `alive`, `bad` and `instead` are not.
    """
    stems = terms(phrase.rsplit(maxsplit=1)[-1])
    nouns = found = 0
    for text in texts:
        words = _WORD.findall(text)
        for at, word in enumerate(words):
            if terms(word) == stems:
                found += 1
                ends = not any(map(_has_content, words[at + 1 : at + 2]))
                nouns += ends and any(map(_determines, words[max(at - 2, 0) : at]))
    return not found or nouns >= _LEAST * found


def is_figure(phrase: str) -> bool:
    """Return whether a phrase starts with a number: `two years`, `£1,900`."""
    return _FIGURE.match(phrase) is not None


def _has_content(word: str) -> bool:
    return word[0].isalnum() and word.casefold() not in _CLOSED


def _determines(word: str) -> bool:
    return word.casefold() in _DETERMINERS or _POSSESSED.search(word) is not None
