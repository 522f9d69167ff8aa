"""Finds passages for a query: by vectors, by words, or by both, with the best of both re-ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.languages import is_english
from qa.protocols import Encoder, MultilingualEncoder, Snapshot
from qa.retrieval.near_duplicates import Folded, fold_duplicates, with_reprints
from qa.retrieval.overlap import bigram_overlap, idf, stem_overlap, term_overlap
from qa.text import query_terms, terms, words
from qa.types import Filter, Hit, Passage, Stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Only this many top candidates are re-ranked.
_RERANK_DEPTH = 12
# This many times as much is searched where reprints crowd the others out.
_DEEPER = 5

Scored = Sequence[tuple[Passage, float]]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each feature of re-ranking adds to a passage's fused score, if the feature is 1.

    Chosen from a grid around what a softmax over the best candidates of 3,000 questions of SQuAD's
    training set (44 of its articles) and every second question of qed-nq (lower-case search
    queries) fitted, by looking at the development sets xquad-en and qed-nq: no blind figures of
    these two exist.

    Attributes:
        terms: share of the query's words that the passage has, or has similar words for, weighted
            by inverse document frequency.
        bigrams: share of the query's pairs of neighbouring words that the passage has.
        article: cosine of the article's best passage: what surrounds a passage tells its topic.
    """

    terms: float = 0.35
    bigrams: float = 0.2
    article: float = 0.6


class Retriever:
    """Retrieval over snapshots of an index.

    Each method returns at most k hits, best first, with ranks 1..n. A filter is applied before the
    search: the result is the k best of its articles, not what it leaves of the k best.

    Args:
        encoder: embeds queries; the one that the index was built with.
        first_stage_k: hits taken from each of the two searches before fusion.
        lexical_weight: share of BM25 in the fused score.
        weights: of the features of re-ranking.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        first_stage_k: int,
        lexical_weight: float,
        weights: Weights = Weights(),
    ) -> None:
        self._encoder = encoder
        self._first_stage_k = first_stage_k
        self._lexical_weight = lexical_weight
        self._weights = weights

    def retrieve(
        self, snapshot: Snapshot, query: str, k: int, where: Filter | None = None
    ) -> list[Hit]:
        """Rank by both scores, fused, and re-rank the best; near duplicates share one hit.

        Where reprints crowd the others out, more is searched.
        """
        vector = self._vector(query)

        def folded(depth: int) -> tuple[list[Folded], dict[str, str]]:
            dense = self._nearest(snapshot, vector, depth, where)
            lexical = self.lexical(snapshot, query, depth, where)
            fused = fuse(dense, lexical, lexical_weight=self._lexical_weight)
            ranked = self._rerank(snapshot, query, fused, dense)
            stories = snapshot.stories({passage.article_id for passage, _ in ranked})
            return fold_duplicates(ranked, k, stories), stories

        depth = max(k, self._first_stage_k)
        best, stories = folded(depth)
        crowded = sum(1 + len(duplicates) for *_, duplicates in best) >= depth
        if len(best) < k and crowded:
            best, stories = folded(_DEEPER * depth)
        told = {stories[p.article_id] for p, *_ in best if p.article_id in stories}
        printed = snapshot.printed(told, where)
        return [
            Hit(passage, score, rank, "hybrid", duplicates)
            for rank, (passage, score, duplicates) in enumerate(
                with_reprints(best, stories, printed), 1
            )
        ]

    def dense(
        self, snapshot: Snapshot, query: str, k: int, where: Filter | None = None
    ) -> list[Hit]:
        """Rank by the cosine similarity of query and passage vectors.

        A multilingual encoder's is stretched, so that unrelated texts have about 0.
        """
        return self._nearest(snapshot, self._vector(query), k, where)

    def _vector(self, query: str) -> NDArray[np.float32] | None:
        if not query.strip():
            return None
        if isinstance(self._encoder, MultilingualEncoder):
            return self._encoder.encode_questions([query]).reshape(-1)
        return self._encoder.encode([query]).reshape(-1)

    def _nearest(
        self, snapshot: Snapshot, vector: NDArray[np.float32] | None, k: int, where: Filter | None
    ) -> list[Hit]:
        if vector is None:
            return []
        found = snapshot.nearest(vector, k, where)
        if isinstance(self._encoder, MultilingualEncoder):
            # Such cosines differ less than those that the weights are for.
            least = self._encoder.unrelated
            found = [(passage, (cosine - least) / (1 - least)) for passage, cosine in found]
        return _hits(found, "dense")

    def lexical(
        self, snapshot: Snapshot, query: str, k: int, where: Filter | None = None
    ) -> list[Hit]:
        """Rank by BM25 over the stems of title and text."""
        return _hits(snapshot.match(query_terms(query, snapshot.languages()), k, where), "lexical")

    def _rerank(
        self, snapshot: Snapshot, query: str, fused: Scored, dense: Sequence[Hit]
    ) -> Scored:
        """Re-rank the best of `fused`; the others follow as they are, since features only add."""
        best, others = fused[:_RERANK_DEPTH], fused[_RERANK_DEPTH:]
        articles: dict[str, float] = {}
        for hit in dense:  # best first
            articles.setdefault(hit.passage.article_id, max(0.0, hit.score))
        titles = snapshot.titles({passage.article_id for passage, _ in best})
        texts = [words(f"{titles.get(p.article_id, '')}\n{p.text}") for p, _ in best]
        query_words, stems = words(query), query_terms(query, snapshot.languages())
        weights = idf(stems, snapshot.frequencies(stems), snapshot.passage_count())
        by_terms = term_overlap(query_words, texts, weights, self._encoder.word_vectors)
        languages = snapshot.languages_of({passage.article_id for passage, _ in best})
        for i, (passage, _) in enumerate(best):
            if not is_english(language := languages[passage.article_id]):
                text = f"{titles.get(passage.article_id, '')}\n{passage.text}"
                by_terms[i] = stem_overlap(terms(query, language), terms(text, language), weights)
        by_bigrams = bigram_overlap(query_words, texts)
        scored = [
            (
                passage,
                score
                + self._weights.terms * by_terms[i]
                + self._weights.bigrams * by_bigrams[i]
                + self._weights.article * articles.get(passage.article_id, 0.0),
            )
            for i, (passage, score) in enumerate(best)
        ]
        return [*sorted(scored, key=lambda item: (-item[1], item[0].id)), *others]


def fuse(
    dense: Sequence[Hit], lexical: Sequence[Hit], *, lexical_weight: float
) -> list[tuple[Passage, float]]:
    """Return each passage with (1 - w) cosine + w BM25 / (highest BM25), best first.

    A passage that only BM25 found has a cosine of at most the lowest of the dense run, and is given
    that. One that only the vectors found has a BM25 of 0, or one too low to matter.

    Source: Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid retrieval", ACM TOIS,
    2023.

    Args:
        dense: a run by cosine similarity.
        lexical: a run by BM25.
        lexical_weight: w.
    """
    passages = {hit.passage.id: hit.passage for hit in (*lexical, *dense)}
    cosines = {hit.passage.id: hit.score for hit in dense}
    unseen = min(cosines.values(), default=0.0)
    highest = max((hit.score for hit in lexical), default=1.0) or 1.0
    portions = {hit.passage.id: hit.score / highest for hit in lexical}
    scores = {
        id_: (1 - lexical_weight) * cosines.get(id_, unseen)
        + lexical_weight * portions.get(id_, 0.0)
        for id_ in passages
    }
    best = sorted(scores, key=lambda id_: (-scores[id_], id_))
    return [(passages[id_], scores[id_]) for id_ in best]


def _hits(scored: Scored, stage: Stage) -> list[Hit]:
    return [Hit(passage, score, rank, stage) for rank, (passage, score) in enumerate(scored, 1)]
