"""Finds the sentences that answer a question, with the probability that they do.

Each sentence of the retrieved passages is described by a few features of evidence: how near its vector is
to the question's, how much of the question's words it and its surroundings hold, whether it holds the kind
of thing that is asked for. A logistic regression, fitted on question sets (see `qa/models/README.md`), turns
them into a probability.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from qa.index import Index
from qa.text import Span, sentence_spans, terms, words
from qa.types import Article, Evidence, Hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES = (
    "similarity",  # cosine of the question's and the sentence's vectors
    "coverage",  # share of the question's words in the sentence, rare words counting more
    "passage_coverage",  # the same in the passage and its title
    "missing",  # the rarest word of the question that neither passage nor title holds
    "rank",  # 1 / rank of the passage
    "kind",  # the sentence holds the kind of thing that is asked for
    "kind_similarity",  # kind x similarity
    "similarity_coverage",  # similarity x passage coverage
    "length",  # logarithm of the number of words
)
# The sentences whose vectors are computed; chosen by the words they share with the question.
_LOOK_AT = 24

_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[^\W\d_a-z][\w’'-]+")
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|"
    r"millions?|billions?|half|twice|once)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:1\d|20)\d\d\b|\b\d{1,2}(?::\d\d| ?[ap]\.?m\b)|\b(?:january|february|march|april|may|june|july|august|"
    r"september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|today|"
    r"tomorrow|century|decade|spring|summer|autumn|winter|midnight|noon|morning|evening|night|week|month|year)s?\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"\b(?:because|since|due|so that|in order|to \w+|after|caus\w+|reason\w*|as)\b", re.IGNORECASE)
_QUESTION = re.compile(r"[?？؟][\s”’\"')\]*_]*\Z")
_KINDS = (
    (re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE), _NAME),
    (re.compile(r"\bwhere\b", re.IGNORECASE), _NAME),
    (re.compile(r"\bwhen\b|\b(?:what|which|in which) (?:year|date|day|month|time|century)\b", re.IGNORECASE), _TIME),
    (re.compile(r"\bhow (?:many|much|long|far|old|often|high|tall|large|big|fast)\b", re.IGNORECASE), _NUMBER),
    (re.compile(r"\bwhy\b", re.IGNORECASE), _REASON),
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The fitted model: one weight for each of `FEATURES`, a bias, and the threshold for abstaining."""

    weights: tuple[float, ...]
    bias: float
    threshold: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    hit: Hit
    span: Span
    text: str
    coverage: float


class Reader:
    """Scores the sentences of passages as evidence for an answer."""

    def __init__(self, index: Index) -> None:
        self._index = index

    @property
    def threshold(self) -> float:
        """The probability below which an answer should not be given."""
        return _model().threshold

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> list[Evidence]:
        """Return the sentences of the passages as evidence, best first.

        Args:
            question: standing for itself.
            hits: the passages to read.
            articles: article id -> article, for all hits.
        """
        sentences, features = self.features(question, hits, articles)
        if not sentences:
            return []
        model = _model()
        scores = _sigmoid(features @ _array(model.weights) + model.bias)
        found = [
            Evidence(s.hit.passage.article_id, *s.span, *s.span, float(score))
            for s, score in zip(sentences, scores, strict=True)
        ]
        return sorted(found, key=lambda e: (-e.score, e.article_id, e.start))

    def features(
        self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]
    ) -> tuple[list[_Sentence], NDArray[np.float64]]:
        """Return the sentences looked at and their features, shape (sentences, len(FEATURES))."""
        weights = self._word_weights(question)
        sentences = _sentences(hits, articles, weights)
        if not sentences:
            return [], _array([]).reshape(0, len(FEATURES))
        vectors = self._index.encoder.encode([question, *(s.text for s in sentences)])
        similarities = vectors[1:] @ vectors[0]
        kind = _kind(question)
        rows = [
            _row(s, float(similarity), kind, weights, articles[s.hit.passage.article_id].title)
            for s, similarity in zip(sentences, similarities, strict=True)
        ]
        return sentences, _array(rows)

    def _word_weights(self, question: str) -> dict[str, float]:
        """Return term -> inverse document frequency, scaled to [0, 1], of the question's words."""
        query = list(dict.fromkeys(terms(question)))
        total = max(self._index.store.size(), 1)
        frequencies = self._index.store.frequencies(query)
        return {t: math.log1p(total / (1 + frequencies.get(t, 0))) / math.log1p(total) for t in query}


def _sentences(hits: Sequence[Hit], articles: Mapping[str, Article], weights: Mapping[str, float]) -> list[_Sentence]:
    """Return the sentences of the hits' passages that share most with the question, in the order of the hits.

    Questions are left out: an interviewer's words may be just those that were asked, and answer nothing.
    """
    found = []
    spans_of = {id_: sentence_spans(article.text) for id_, article in articles.items()}
    for hit in hits:
        passage = hit.passage
        for span in spans_of[passage.article_id]:
            start, end = max(span[0], passage.start), min(span[1], passage.end)
            text = articles[passage.article_id].text[start:end]
            if start < end and not _QUESTION.search(text):
                found.append(_Sentence(hit, (start, end), text, _coverage(set(terms(text)), weights)))
    kept = sorted(range(len(found)), key=lambda i: (-found[i].coverage, i))[:_LOOK_AT]
    return [found[i] for i in sorted(kept)]


def _row(
    sentence: _Sentence, similarity: float, kind: re.Pattern[str] | None, weights: Mapping[str, float], title: str
) -> list[float]:
    around = set(terms(f"{title}\n{sentence.hit.passage.text}"))
    passage_coverage = _coverage(around, weights)
    has_kind = 0.5 if kind is None else float(bool(kind.search(sentence.text)))
    return [
        similarity,
        sentence.coverage,
        passage_coverage,
        max((weight for term, weight in weights.items() if term not in around), default=0.0),
        1.0 / sentence.hit.rank,
        has_kind,
        has_kind * similarity,
        similarity * passage_coverage,
        math.log1p(len(words(sentence.text))),
    ]


def _coverage(found: set[str], weights: Mapping[str, float]) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def _kind(question: str) -> re.Pattern[str] | None:
    return next((answer for asked, answer in _KINDS if asked.search(question)), None)


@functools.cache
def _model() -> Weights:
    data = json.loads(resources.files("qa.models").joinpath("evidence.json").read_text("utf-8"))
    weights = tuple(float(data["weights"][name]) for name in FEATURES)
    return Weights(weights, float(data["bias"]), float(data["threshold"]))


def _array(values: Any) -> NDArray[np.float64]:
    import numpy as np

    return np.asarray(values, dtype=np.float64)


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-values))
    return result
