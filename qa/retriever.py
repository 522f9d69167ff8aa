"""Finds passages for a query: by vectors, by words, or by both, with a closer look at the best of both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.folding import fold
from qa.index import Index
from qa.index.catalogue import titles
from qa.text import terms, words
from qa.types import Filter, Hit, Passage, Stage
from qa.wording import phrases, shares

# How often a search begins again when somebody writes faster than it searches.
_TRIES = 5
# So many of the best are looked at more closely.
_CLOSER = 12

Scored = Sequence[tuple[Passage, float]]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each closer look adds to the fused score of a passage, when it finds all that it looks for.

    Chosen from a grid around what a softmax over the best candidates of 3,000 questions of SQuAD's training set (44 of
    its articles) and every second question of qed-nq (lower-case search queries) fitted, by looking at the development
    sets xquad-en and qed-nq: no blind figures of these two exist.

    Attributes:
        wording: share of the query's words that the passage has, or has words like, rare words counting more.
        phrases: share of the query's pairs of neighbouring words that the passage has.
        article: cosine of the article's best passage: what surrounds a passage tells what it speaks of.
    """

    wording: float = 0.35
    phrases: float = 0.2
    article: float = 0.6


class Retriever:
    """Retrieval over one index. Each method returns at most k hits, best first, with ranks 1..n.

    Where a filter is given, only its articles are searched: the k best of them, not what is left of the k best.
    """

    def __init__(self, index: Index, *, candidates: int, lexical_weight: float, weights: Weights = Weights()) -> None:
        self._index = index
        self._candidates = candidates
        self._lexical_weight = lexical_weight
        self._weights = weights

    def dense(self, query: str, k: int, where: Filter | None = None) -> list[Hit]:
        """Rank by the cosine similarity of query and passage vectors."""
        return _hits(self._index.dense(query, k, where), "dense") if query.strip() else []

    def lexical(self, query: str, k: int, where: Filter | None = None) -> list[Hit]:
        """Rank by BM25 over the stems of title and text."""
        return _hits(self._index.store.match(terms(query), k, where), "lexical")

    def hybrid(self, query: str, k: int, where: Filter | None = None) -> list[Hit]:
        """Rank by both scores and a closer look at the best; reprints of a passage are folded into its hit."""
        dense, lexical = self._both(query, max(k, self._candidates), where)
        fused = fuse(dense, lexical, lexical_weight=self._lexical_weight)
        best = fold(self._closer(query, fused, dense), k)
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

    def _closer(self, query: str, fused: Scored, dense: Sequence[Hit]) -> Scored:
        """Rank the best of `fused` anew; the others follow as they are, for a closer look only ever adds."""
        best, others = fused[:_CLOSER], fused[_CLOSER:]
        store, weights = self._index.store, self._weights
        articles: dict[str, float] = {}
        for hit in dense:  # best first
            articles.setdefault(hit.passage.article_id, max(0.0, hit.score))
        titled = titles(store, {passage.article_id for passage, _ in best})
        texts = [words(f"{titled.get(passage.article_id, '')}\n{passage.text}") for passage, _ in best]
        asked, stems = words(query), terms(query)
        rarity = _rarity(store.size(), store.frequencies(stems), stems)
        wordings = shares(asked, texts, rarity, self._index.encoder.word_vectors)
        added = [
            weights.wording * wording + weights.phrases * phrase + weights.article * articles.get(p.article_id, 0.0)
            for (p, _), wording, phrase in zip(best, wordings, phrases(asked, texts), strict=True)
        ]
        scored = [(passage, score + more) for (passage, score), more in zip(best, added, strict=True)]
        return [*sorted(scored, key=lambda item: (-item[1], item[0].id)), *others]


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
    portions = {hit.passage.id: hit.score / highest for hit in lexical}
    scores = {
        id_: (1 - lexical_weight) * cosines.get(id_, unseen) + lexical_weight * portions.get(id_, 0.0)
        for id_ in passages
    }
    best = sorted(scores, key=lambda id_: (-scores[id_], id_))
    return [(passages[id_], scores[id_]) for id_ in best]


def _rarity(size: int, frequencies: Mapping[str, int], stems: Sequence[str]) -> dict[str, float]:
    """Return stem -> logarithm of how few of the passages hold it; above zero, also while somebody writes."""
    return {
        stem: math.log(max(size, frequencies.get(stem, 0)) + 1) - math.log(frequencies.get(stem, 0) + 0.5)
        for stem in stems
    }


def _hits(scored: Scored, stage: Stage) -> list[Hit]:
    return [Hit(passage, score, rank, stage) for rank, (passage, score) in enumerate(scored, 1)]
