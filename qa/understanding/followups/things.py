"""Learns from the articles which words name things: `the dam` and `her boats`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.lexicon import NUMBER_WORDS
from qa.text import terms

_DETERMINERS = frozenset(
    "the a an this that these those his her its their our my no any some each every".split()
)
_POSSESSED = re.compile(r"[’']s?$")
_WORD = re.compile(r"[\w’'-]+")
# A noun follows a determiner, or a word behind one, at least this often: `the dam`, `the old dam`.
_LEAST = 0.2
_FIGURE = re.compile(rf"(?:\W*\d|(?:{'|'.join(NUMBER_WORDS)})\b)", re.IGNORECASE)


def is_thing(phrase: str, texts: Sequence[str]) -> bool:
    """Return whether some texts have the last word of a phrase as a noun, or do not have it.

    So `the two sisters` are something to talk about, and `alive` and `instead` are not.
    """
    stems = terms(phrase.rsplit(maxsplit=1)[-1])
    determined = found = 0
    for text in texts:
        words = _WORD.findall(text)
        for at, word in enumerate(words):
            if word and terms(word) == stems:
                found += 1
                determined += any(map(_determines, words[max(at - 2, 0) : at]))
    return not found or determined >= _LEAST * found


def is_figure(phrase: str) -> bool:
    """Return whether a phrase starts with a number: `two years`, `£1,900`."""
    return _FIGURE.match(phrase) is not None


def _determines(word: str) -> bool:
    return word.casefold() in _DETERMINERS or _POSSESSED.search(word) is not None
