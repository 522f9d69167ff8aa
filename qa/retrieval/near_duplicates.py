"""Folds near duplicates: of passages that say almost the same, the best lists the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from qa.shingles import Signature
from qa.types import Passage

Folded = tuple[Passage, float, tuple[Passage, ...]]
"""A passage, its score, and its near duplicates in other articles."""
_MOST_REPRINTS = 20


def fold_duplicates(
    scored: Iterable[tuple[Passage, float]], k: int, stories: Mapping[str, str] | None = None
) -> list[Folded]:
    """Return the k best passages, each with its near duplicates in other articles, best first.

    Args:
        scored: passages with their scores, best first.
        k: how many to keep.
        stories: article id -> the story that it prints, for articles that others print, too. Of
            these a passage also folds where it holds another or is held by it.
    """
    kept: list[tuple[Passage, float, list[Passage]]] = []
    signatures: list[Signature] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for passage, score in scored:
        signature = Signature.of(passage.text)
        common = Counter(i for shingle in signature.shingles for i in holders.get(shingle, ()))
        told = (stories or {}).get(passage.article_id)
        twin = next(
            (
                i
                for i, n in common.most_common()
                if signatures[i].is_duplicate(signature, n)
                or (
                    told is not None
                    and (stories or {}).get(kept[i][0].article_id) == told
                    and signatures[i].is_reprint(signature)
                )
            ),
            None,
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


def with_reprints(
    folded: Sequence[Folded], stories: Mapping[str, str], everywhere: Sequence[Passage]
) -> list[Folded]:
    """Return passages with the near duplicates that the search itself did not find.

    Args:
        folded: what `fold_duplicates` returned.
        stories: article id -> the story that it prints, for articles that others print, too.
        everywhere: the passages of all articles that print one of these stories.
    """
    found = list[Folded]()
    for passage, score, duplicates in folded:
        more = list(duplicates)
        if passage.article_id in stories:
            told = {p.article_id for p in (passage, *duplicates)}
            # Most reprints are word for word: only for the others are shingles made.
            more += _untold((p for p in everywhere if p.text == passage.text), told)
            mine = Signature.of(passage.text)
            others = (p for p in everywhere if p.article_id not in told)
            more += _untold((p for p in others if mine.is_reprint(Signature.of(p.text))), told)
        found.append((passage, score, tuple(more[: max(_MOST_REPRINTS, len(duplicates))])))
    return found


def _untold(passages: Iterable[Passage], told: set[str]) -> list[Passage]:
    """Return the first passage of each article that is not yet told of, and note the article."""
    found = []
    for passage in passages:
        if passage.article_id not in told:
            told.add(passage.article_id)
            found.append(passage)
    return found
