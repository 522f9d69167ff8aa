"""Finds passages for a query: by vectors, by words, or by both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qa.index import Index
from qa.text import terms
from qa.types import Hit, Passage, Stage

Scored = Sequence[tuple[Passage, float]]


class Retriever:
    """Retrieval over one index. Each method returns at most k hits, best first, with ranks 1..n."""

    def __init__(self, index: Index, *, candidates: int, rrf_k: int) -> None:
        self._index = index
        self._candidates = candidates
        self._rrf_k = rrf_k

    def dense(self, query: str, k: int) -> list[Hit]:
        """Rank by the cosine similarity of query and passage vectors."""
        return _hits(self._index.dense(query, k), "dense") if query.strip() else []

    def lexical(self, query: str, k: int) -> list[Hit]:
        """Rank by BM25 over the stems of title and text."""
        return _hits(self._index.store.match(terms(query), k), "lexical")

    def hybrid(self, query: str, k: int) -> list[Hit]:
        """Rank by the reciprocal rank fusion of both."""
        depth = max(k, self._candidates)
        runs = [self.dense(query, depth), self.lexical(query, depth)]
        return _hits(fuse(runs, rrf_k=self._rrf_k)[:k], "hybrid")


def fuse(runs: Iterable[Sequence[Hit]], *, rrf_k: int) -> list[tuple[Passage, float]]:
    """Return each passage with the sum of 1 / (rrf_k + rank) over the runs that found it, best first.

    Source: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank
    learning methods", SIGIR 2009.
    """
    passages: dict[str, Passage] = {}
    scores: dict[str, float] = {}
    for run in runs:
        for hit in run:
            passages[hit.passage.id] = hit.passage
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + 1.0 / (rrf_k + hit.rank)
    best = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))
    return [(passages[passage_id], scores[passage_id]) for passage_id in best]


def _hits(scored: Scored, stage: Stage) -> list[Hit]:
    return [Hit(passage, score, rank, stage) for rank, (passage, score) in enumerate(scored, 1)]
