"""Finds passages for a query: by vectors, by words, or by both."""

from __future__ import annotations

from collections.abc import Sequence

from qa.index import Index
from qa.text import terms
from qa.types import Hit, Passage, Stage

Scored = Sequence[tuple[Passage, float]]


class Retriever:
    """Retrieval over one index. Each method returns at most k hits, best first, with ranks 1..n."""

    def __init__(self, index: Index, *, candidates: int, lexical_weight: float) -> None:
        self._index = index
        self._candidates = candidates
        self._lexical_weight = lexical_weight

    def dense(self, query: str, k: int) -> list[Hit]:
        """Rank by the cosine similarity of query and passage vectors."""
        return _hits(self._index.dense(query, k), "dense") if query.strip() else []

    def lexical(self, query: str, k: int) -> list[Hit]:
        """Rank by BM25 over the stems of title and text."""
        return _hits(self._index.store.match(terms(query), k), "lexical")

    def hybrid(self, query: str, k: int) -> list[Hit]:
        """Rank by a weighted mean of both scores."""
        depth = max(k, self._candidates)
        fused = fuse(self.dense(query, depth), self.lexical(query, depth), lexical_weight=self._lexical_weight)
        return _hits(fused[:k], "hybrid")


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
