"""Folds near duplicates: of passages that say almost the same, the best lists the others.

Two passages are near duplicates if most of their shingles of three words are common (Broder, "On
the resemblance and containment of documents", 1997) and if they have the same numbers and the same
negations: a news agency's story with another toll, or with its claim denied, is another account and
stays separate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from qa.lexicon import NEGATED_AUXILIARIES, NEGATIONS, NUMBER_WORDS, SCALES
from qa.text import words
from qa.types import Passage

_SHINGLE_WORDS = 3
# The least Jaccard similarity of near duplicates. One word changed in a passage of 100 changes
# three shingles.
_SIMILARITY = 0.7
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
class _Signature:
    """What is compared of a passage: its shingles, and its numbers and negations."""

    shingles: frozenset[tuple[str, ...]]
    facts: Counter[str]

    def is_duplicate(self, other: _Signature, common: int) -> bool:
        """Return whether two passages with this many common shingles say the same."""
        union = len(self.shingles) + len(other.shingles) - common
        return common >= _SIMILARITY * union and self.facts == other.facts


def fold_duplicates(
    scored: Iterable[tuple[Passage, float]], k: int
) -> list[tuple[Passage, float, tuple[Passage, ...]]]:
    """Return the k best passages, each with its near duplicates in other articles, best first.

    Args:
        scored: passages with their scores, best first.
        k: how many to keep.
    """
    kept: list[tuple[Passage, float, list[Passage]]] = []
    signatures: list[_Signature] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for passage, score in scored:
        signature = _signature(passage.text)
        common = Counter(i for shingle in signature.shingles for i in holders.get(shingle, ()))
        twin = next(
            (i for i, n in common.most_common() if signatures[i].is_duplicate(signature, n)), None
        )
        group = [] if twin is None else [kept[twin][0], *kept[twin][2]]
        if twin is not None and all(passage.article_id != p.article_id for p in group):
            kept[twin][2].append(passage)
        elif len(kept) < k:
            for shingle in signature.shingles:
                holders.setdefault(shingle, []).append(len(kept))
            kept.append((passage, score, []))
            signatures.append(signature)
    return [(passage, score, tuple(duplicates)) for passage, score, duplicates in kept]


def _signature(text: str) -> _Signature:
    tokens = words(text)
    starts = range(max(1, len(tokens) - _SHINGLE_WORDS + 1))
    shingles = frozenset(tuple(tokens[i : i + _SHINGLE_WORDS]) for i in starts)
    facts = Counter(t for t in tokens if t in _FACTS or any(map(str.isdigit, t)))
    return _Signature(shingles, facts)
