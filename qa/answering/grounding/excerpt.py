"""Chooses what of the cited texts a judge reads beside a claim: the sentences that cover it.

The judge reads a few hundred tokens at most, and a claim may rest on sentences of several texts. So
sentences are taken one by one, each time the one that holds most of what the claim still lacks, as
in summarisation by maximal coverage (Takamura and Okumura, 2009), until the room is used up.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa.text import Span, sentence_spans, terms

# A word that is covered already counts this much less with each further sentence that holds it.
_REPEATED = 0.6
# What a sentence beside a chosen one counts in addition: it may say who "he" is. In units of the
# claim's rarest word.
_BESIDE = 0.3
# A heading: at most so many lines of at most so many characters.
_HEAD_LINES, _HEAD_CHARS = 2, 150
# Rooms left smaller than this are not filled.
_LEAST = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or heading that the judge reads: the index of its text, and its span there."""

    text: int
    span: Span
    heading: bool = False


def excerpt(
    claim: str,
    texts: Sequence[str],
    room: int,
    count: Callable[[str], int],
    usable: Callable[[str], bool] = bool,
) -> list[Piece]:
    """Return the pieces of `texts` to be read beside `claim`, in their order.

    Args:
        claim: the sentence to be checked.
        texts: what it cites. The lines above a text that look like a title, or like its outlet and
            date, are its heading, which goes before the first piece of each text.
        room: how many tokens the pieces may have.
        count: the number of tokens of a piece.
        usable: whether a sentence may be read.

    Returns:
        The whole of short texts; nothing only if there is no room for any sentence.
    """
    found = [
        Piece(index, span)
        for index, text in enumerate(texts)
        for span in parts(text).sentences
        if usable(text[slice(*span)])
    ]
    headings = [Piece(i, parts(text).heading, heading=True) for i, text in enumerate(texts)]
    chosen: set[int] = set()
    shown: set[str] = set()
    for at in _by_coverage(claim, [texts[p.text][slice(*p.span)] for p in found], found, chosen):
        heading = texts[found[at].text][slice(*headings[found[at].text].span)]
        cost = count(texts[found[at].text][slice(*found[at].span)])
        cost += count(heading) if heading and heading not in shown else 0
        if cost <= room:
            chosen.add(at)
            shown.add(heading)
            room -= cost
        if room < _LEAST:
            break
    return list(_with_headings([found[at] for at in sorted(chosen)], headings, texts))


@dataclass(frozen=True, slots=True)
class Parts:
    """The heading of a text, empty if it has none, and its sentences."""

    heading: Span
    sentences: tuple[Span, ...]


@functools.lru_cache(maxsize=4096)
def parts(text: str) -> Parts:
    """Return the heading and the sentences of a text."""
    end = _heading_end(text)
    return Parts(
        (0, end), tuple((end + start, end + stop) for start, stop in sentence_spans(text[end:]))
    )


def _heading_end(text: str) -> int:
    """Return where the leading lines that look like a title or a date line end."""
    end = 0
    for _ in range(_HEAD_LINES):
        newline = text.find("\n", end + 1)
        line = text[end:newline].strip()
        if newline == -1 or not line or len(line) > _HEAD_CHARS or line[-1] in ".,;:":
            break
        end = newline
    return end


def _by_coverage(
    claim: str, sentences: Sequence[str], found: Sequence[Piece], chosen: set[int]
) -> Iterator[int]:
    """Yield the indices of `sentences`, best first; `chosen` is what the caller took of them."""
    held = [_terms(sentence) for sentence in sentences]
    frequency = Counter(term for one in held for term in one)
    weights = {
        term: math.log(1 + len(held) / frequency[term])
        for term in set(terms(claim))
        if term in frequency
    }
    beside = _BESIDE * max(weights.values(), default=1.0)
    left = dict.fromkeys(range(len(sentences)))
    while left:
        best = max(
            left,
            key=lambda at: (
                sum(weights[term] for term in held[at] & weights.keys())
                + beside
                * any(_adjacent(found, at, other) for other in (at - 1, at + 1) if other in chosen)
            ),
        )
        del left[best]
        yield best
        if best in chosen:
            for term in held[best] & weights.keys():
                weights[term] *= _REPEATED


def _adjacent(found: Sequence[Piece], one: int, other: int) -> bool:
    return found[one].text == found[other].text


@functools.lru_cache(maxsize=16384)
def _terms(sentence: str) -> frozenset[str]:
    return frozenset(terms(sentence))


def _with_headings(
    chosen: Sequence[Piece], headings: Sequence[Piece], texts: Sequence[str]
) -> Iterator[Piece]:
    """Yield the pieces, each text's heading before the first of them, the same one only once."""
    shown = {""}
    for piece in chosen:
        heading = headings[piece.text]
        text = texts[piece.text][slice(*heading.span)]
        if text not in shown:
            yield heading
            shown.add(text)
        yield piece
