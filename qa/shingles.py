"""What near duplicates share: their runs of three words, and their numbers and negations.

Two texts are near duplicates if most of their shingles are common (Broder, "On the resemblance and
containment of documents", 1997) and if they have the same numbers and the same negations: a news
agency's story with another toll, or with its claim denied, is another account.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections import Counter
from dataclasses import dataclass

from qa.lexicon import NEGATED_AUXILIARIES, NEGATIONS, NUMBER_WORDS, SCALES
from qa.text import words

_SHINGLE_WORDS = 3
# The least Jaccard similarity of near duplicates. One word changed in a passage of 100 changes
# three shingles.
_SIMILARITY = 0.7
# The least share of the shorter text that the longer one holds.
_CONTAINED = 0.8
_HELD = 0.5
_NAME = re.compile(r"(?<=[\w,] )[^\W\d_a-z][\w’'-]*")
# Characters: signatures of longer texts are not remembered.
_PASSAGE_CHARS = 2_000
# More words than these that only one text has are a part that the other leaves out.
_MOST_EDITED = 8
# As `qa.text.words` gives them.
_FACTS = frozenset(
    [
        *NEGATIONS,
        *(verb.replace("'", "") for verb in NEGATED_AUXILIARIES),
        *NUMBER_WORDS,
        *SCALES,
        "dozen",
        "half",
    ]
)


@dataclass(frozen=True, slots=True)
class Signature:
    """What is compared of a text: its shingles, and its numbers and negations."""

    shingles: frozenset[tuple[str, ...]]
    facts: Counter[str]

    @classmethod
    def of(cls, text: str) -> Signature:
        """Return the signature of a text; those of the last passages are remembered."""
        return _signature(text) if len(text) <= _PASSAGE_CHARS else _made(text)

    def is_duplicate(self, other: Signature, common: int) -> bool:
        """Return whether two texts with this many common shingles say the same."""
        union = len(self.shingles) + len(other.shingles) - common
        return common >= _SIMILARITY * union and self.facts == other.facts

    def shares_most(self, other: Signature) -> bool:
        """Return whether the longer of two texts holds most of the shorter."""
        short, long = sorted((self, other), key=lambda each: len(each.shingles))
        return len(short.shingles & long.shingles) >= _CONTAINED * len(short.shingles)

    def is_reprint(self, other: Signature) -> bool:
        """Return whether the longer of two texts holds most of the shorter, with all its facts."""
        short, long = sorted((self, other), key=lambda each: len(each.shingles))
        return short.facts <= long.facts and self.shares_most(other)


def _made(text: str) -> Signature:
    tokens = words(text)
    starts = range(max(1, len(tokens) - _SHINGLE_WORDS + 1))
    shingles = frozenset(tuple(tokens[i : i + _SHINGLE_WORDS]) for i in starts)
    return Signature(shingles, Counter(filter(_is_fact, tokens)))


# A question compares the same passages several times, and the next one many of them: some 16 MB.
_signature = functools.lru_cache(maxsize=1024)(_made)


def holds(text: str, quote: str) -> bool:
    """Return whether a text holds most of a quote, word for word or nearly so."""
    quoted = Signature.of(quote).shingles
    return len(quoted & Signature.of(text).shingles) >= _HELD * len(quoted)


def tells_otherwise(one: str, other: str) -> bool:
    """Return whether two texts differ in a few words somewhere that tell something else.

    They do where these hold a number or a negation, or have one name in place of another.
    """
    a, b = words(one), words(other)
    named, renamed = _capitalised(one), _capitalised(other)
    for tag, first, last, start, end in difflib.SequenceMatcher(None, a, b).get_opcodes():
        gone, new = a[first:last], b[start:end]
        if tag == "equal" or max(len(gone), len(new)) > _MOST_EDITED:
            continue
        if any(map(_is_fact, (*gone, *new))):
            return True
        if not named.isdisjoint(gone) and not renamed.isdisjoint(new):
            return True
    return False


def _capitalised(text: str) -> set[str]:
    """Return the words that a text writes with a capital, apart from those that open a sentence."""
    return {word for name in _NAME.findall(text) for word in words(name)}


def _is_fact(word: str) -> bool:
    return word in _FACTS or any(map(str.isdigit, word))
