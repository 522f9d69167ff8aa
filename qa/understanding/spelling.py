"""Finds the collection's own spelling of a word that a question misspells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from qa.text import STOP_WORDS, terms

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"[’']s?$")
_SHORTENED = re.compile(r"[’'](?:d|ll|m|re|t|ve)$", re.IGNORECASE)
# Characters: a shorter word is like too many others.
_LEAST = 5
# From this length on, two letters may be wrong.
_LONG = 7


def correct_spelling(
    question: str,
    vocabulary: Mapping[str, int],
    is_known: Callable[[str], bool],
    spelt: Callable[[str], str],
) -> str:
    """Return a question in which misspelt words are the words of the articles nearest to them.

    Source for the distance: optimal string alignment, as `rapidfuzz` computes it.

    Args:
        question: on one line.
        vocabulary: stem -> number of passages that hold it.
        is_known: whether a word in lower case is a word of the language.
        spelt: stem -> the word of the articles.
    """
    parts, at = [], 0
    for match in _WORD.finditer(question):
        word = _POSSESSIVE.sub("", match.group())
        # `what'll` is short for two words.
        if len(word) < _LEAST or word.lower() in STOP_WORDS or _SHORTENED.search(word):
            continue
        stems = terms(word)
        if not stems or any(stem in vocabulary for stem in stems) or is_known(word.lower()):
            continue
        if meant := _nearest(word.lower(), stems[0], vocabulary):
            parts += [question[at : match.start()], spelt(meant)]
            at = match.start() + len(word)
    return "".join([*parts, question[at:]])


def _nearest(word: str, stem: str, vocabulary: Mapping[str, int]) -> str:
    """Return the stem that comes nearest to a misspelt word, the most frequent of several."""
    from rapidfuzz.distance import OSA

    most = 1 if len(word) < _LONG else 2
    best: Sequence[tuple[int, int, str]] = [
        (distance, -count, other)
        for other, count in vocabulary.items()
        if other[:1] == stem[:1]
        and abs(len(other) - len(stem)) <= most
        and (distance := OSA.distance(stem, other, score_cutoff=most)) <= most
    ]
    return min(best)[2] if best else ""
