"""Folds near duplicates: of passages that say almost the same, the best lists the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from qa.shingles import Signature
from qa.types import Passage

Folded = tuple[Passage, float, tuple[Passage, ...]]
"""A passage, its score, and its near duplicates in other articles."""


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
    alike = _Alike(stories or {})
    for passage, score in scored:
        twin = alike.find(passage)
        group = [] if twin is None else [kept[twin][0], *kept[twin][2]]
        if twin is not None and all(passage.article_id != p.article_id for p in group):
            kept[twin][2].append(passage)
        elif len(kept) < k:
            alike.add(passage)
            kept.append((passage, score, []))
    return [(passage, score, tuple(duplicates)) for passage, score, duplicates in kept]


class _Alike:
    """Finds which of the passages kept so far says the same as another."""

    def __init__(self, stories: Mapping[str, str]) -> None:
        self._stories = stories
        self._signatures: list[tuple[Signature, str | None]] = []
        self._texts: dict[str, int] = {}
        self._holders: dict[tuple[str, ...], list[int]] = {}

    def add(self, passage: Passage) -> None:
        """Note a passage that is kept."""
        number, signature = len(self._signatures), Signature.of(passage.text)
        self._signatures.append((signature, self._stories.get(passage.article_id)))
        self._texts.setdefault(passage.text, number)
        for shingle in signature.shingles:
            self._holders.setdefault(shingle, []).append(number)

    def find(self, passage: Passage) -> int | None:
        """Return the number of the kept passage that shares the most with this one, if any."""
        if (same := self._texts.get(passage.text)) is not None:
            return same
        signature = Signature.of(passage.text)
        common = Counter(i for each in signature.shingles for i in self._holders.get(each, ()))
        story = self._stories.get(passage.article_id)
        for number, shared in common.most_common():
            kept, told = self._signatures[number]
            if kept.is_duplicate(signature, shared):
                return number
            if story is not None and story == told and kept.is_reprint(signature):
                return number
        return None


def with_reprints(
    folded: Sequence[Folded], stories: Mapping[str, str], printed: Mapping[str, Sequence[Passage]]
) -> list[Folded]:
    """Return passages with the near duplicates that the search itself did not find.

    Args:
        folded: what `fold_duplicates` returned.
        stories: article id -> the story that it prints, for articles that others print, too.
        printed: story -> the passages of articles that print it.
    """
    found = list[Folded]()
    for passage, score, duplicates in folded:
        more = list(duplicates)
        if passage.article_id in stories:
            same = printed.get(stories[passage.article_id], ())
            told = {p.article_id for p in (passage, *duplicates)}
            # Most reprints are word for word: only for the others are shingles made.
            more += _untold((p for p in same if p.text == passage.text), told)
            mine = Signature.of(passage.text)
            others = (p for p in same if p.article_id not in told)
            more += _untold((p for p in others if mine.is_reprint(Signature.of(p.text))), told)
        found.append((passage, score, tuple(more)))
    return found


def _untold(passages: Iterable[Passage], told: set[str]) -> list[Passage]:
    """Return the first passage of each article that is not yet told of, and note the article."""
    found = []
    for passage in passages:
        if passage.article_id not in told:
            told.add(passage.article_id)
            found.append(passage)
    return found
