"""Finds passages for a query: by vectors, by words, or by both."""

from __future__ import annotations

from collections.abc import Sequence

from qa.folding import fold
from qa.index import Index
from qa.text import terms
from qa.types import Filter, Hit, Passage, Stage

# How often a search begins again when somebody writes faster than it searches.
_TRIES = 5

Scored = Sequence[tuple[Passage, float]]


class Retriever:
    """Retrieval over one index. Each method returns at most k hits, best first, with ranks 1..n.

    Where a filter is given, only its articles are searched: the k best of them, not what is left of the k best.
    """

    def __init__(self, index: Index, *, candidates: int, lexical_weight: float) -> None:
        self._index = index
        self._candidates = candidates
        self._lexical_weight = lexical_weight

    def dense(self, query: str, k: int, where: Filter | None = None) -> list[Hit]:
        """Rank by the cosine similarity of query and passage vectors."""
        return _hits(self._index.dense(query, k, where), "dense") if query.strip() else []

    def lexical(self, query: str, k: int, where: Filter | None = None) -> list[Hit]:
        """Rank by BM25 over the stems of title and text."""
        return _hits(self._index.store.match(terms(query), k, where), "lexical")

    def hybrid(self, query: str, k: int, where: Filter | None = None) -> list[Hit]:
        """Rank by a weighted mean of both scores; reprints of a passage are folded into its hit."""
        dense, lexical = self._both(query, max(k, self._candidates), where)
        best = fold(fuse(dense, lexical, lexical_weight=self._lexical_weight), k)
        return [Hit(passage, score, rank, "hybrid", also) for rank, (passage, score, also) in enumerate(best, 1)]

    def _both(self, query: str, depth: int, where: Filter | None) -> tuple[list[Hit], list[Hit]]:
        """Return both runs over one state of the index: where a write came between them, they are made again."""
        store = self._index.store
        for _ in range(_TRIES):
            generation = store.generation()
            runs = self.dense(query, depth, where), self.lexical(query, depth, where)
            if generation == store.generation():
                return runs
        return runs


def fuse(dense: Sequence[Hit], lexical: Sequence[Hit], *, lexical_weight: float) -> list[tuple[Passage, float]]:
    """Return each passage with (1 - w) cosine + w BM25 / (highest BM25), best first, for the lexical weight w.

    A passage that only BM25 found has a cosine of at most the lowest of the dense run: it is given that. One that
    only the vectors found has a BM25 of 0, or one too low to matter.

    Source: Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid retrieval", ACM TOIS, 2023.
    """
    passages = {hit.passage.id: hit.passage for hit in (*lexical, *dense)}
    cosines = {hit.passage.id: hit.score for hit in dense}
    unseen = min(cosines.values(), default=0.0)
    highest = max((hit.score for hit in lexical), default=1.0) or 1.0
    shares = {hit.passage.id: hit.score / highest for hit in lexical}
    scores = {
        id_: (1 - lexical_weight) * cosines.get(id_, unseen) + lexical_weight * shares.get(id_, 0.0) for id_ in passages
    }
    best = sorted(scores, key=lambda id_: (-scores[id_], id_))
    return [(passages[id_], scores[id_]) for id_ in best]


def _hits(scored: Scored, stage: Stage) -> list[Hit]:
    return [Hit(passage, score, rank, stage) for rank, (passage, score) in enumerate(scored, 1)]
