"""Reads passages for the answer to a question: spans, with the probability that they answer it.

A trained network (`qa.span_model`) says how likely each token begins or ends the answer. The best spans of each passage
become evidence, each in the sentence that holds it. How much likelier a span is than no answer compares across
passages and articles; a logistic regression (fitted on question sets, see `qa/models/README.md`) makes a probability
of that and of how much of the question the passage speaks of.
"""

from __future__ import annotations

import bisect
import functools
import json
import math
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from qa.index import Index
from qa.span_model import Reading, SpanModel
from qa.support.facts import names, same_name
from qa.text import Span, sentence_spans, terms, words
from qa.types import Article, Evidence, Hit

FEATURES = (
    "margin",  # logits of the span less those of no answer
    "answerable",  # the network's second opinion on whether the passage answers
    "coverage",  # share of the question's words in passage and title, rare words counting more
)
# Spans that are kept of each window, and the tokens that the longest may have.
_SPANS = 4
_LONGEST = 30
# What each further token costs: of two spans that are about as likely, the shorter one is the answer.
_PER_TOKEN = 0.05
# Tokens that are tried as first and as last of a span.
_ENDS = 12
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?![\d.,]*\d)")
_QUESTION = re.compile(r"[?？؟][\s”’\"')\]*_]*\Z")


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fitted model: one weight for each of `FEATURES`, a bias, and the threshold for abstaining."""

    weights: tuple[float, ...]
    bias: float
    threshold: float

    def probability(self, features: Sequence[float]) -> float:
        """Return the probability that a span with these features answers."""
        logit = sum(w * x for w, x in zip(self.weights, features, strict=True)) + self.bias
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


@dataclass(frozen=True, slots=True)
class Found:
    """A span that may answer: where it and its sentence lie in the article, and its features."""

    article_id: str
    sentence: Span
    span: Span
    features: tuple[float, ...]


class Reader:
    """Finds the spans of passages that answer a question."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._model = SpanModel()
        # One answer is read with all cores. Several at once would all be late, and take longer together.
        self._turn = threading.Lock()

    @property
    def threshold(self) -> float:
        """The probability below which an answer should not be given."""
        return calibration().threshold

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> list[Evidence]:
        """Return the spans that may answer, best first; of one sentence only the best.

        Args:
            question: standing for itself.
            hits: the passages to read.
            articles: article id -> article, for all hits.

        Raises:
            ModelError: the reader's weights are damaged.
        """
        best: dict[tuple[str, Span], Evidence] = {}
        with self._turn:
            spans = list(self.spans(question, hits, articles))
        strange = {place for place in {found.article_id for found in spans} if is_elsewhere(question, articles[place])}
        for found in spans:
            score = calibration().probability(found.features)
            if found.article_id in strange:
                score /= 2 - score  # half the odds
            key = (found.article_id, found.sentence)
            if key not in best or score > best[key].score:
                best[key] = Evidence(found.article_id, *found.sentence, *found.span, score)
        return sorted(best.values(), key=lambda e: (-e.score, e.article_id, e.start))

    def spans(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Iterator[Found]:
        """Yield the best spans of each passage with their features, in the order of the hits."""
        weights = self._word_weights(question)
        sentences = {hit.passage.article_id: sentence_spans(articles[hit.passage.article_id].text) for hit in hits}
        for hit in hits:
            passage, article = hit.passage, articles[hit.passage.article_id]
            coverage = _coverage(weights, f"{article.title}\n{passage.text}")
            for reading in self._model.read(question, passage.text, article.title):
                for (start, end), margin in best_spans(reading):
                    span = (passage.start + start, passage.start + end)
                    if not any(map(str.isalnum, article.text[slice(*span)])):
                        continue
                    sentence = _sentence_of(span, sentences[article.id], (passage.start, passage.end))
                    if not _QUESTION.search(article.text[slice(*sentence)]):
                        yield Found(article.id, sentence, span, (margin, reading.answerable, coverage))

    def _word_weights(self, question: str) -> dict[str, float]:
        """Return term -> inverse document frequency, scaled to [0, 1], of the question's words."""
        query = list(dict.fromkeys(terms(question)))
        total = max(self._index.store.size(), 1)
        frequencies = self._index.store.frequencies(query)
        return {t: math.log1p(total / (1 + frequencies.get(t, 0))) / math.log1p(total) for t in query}


def is_elsewhere(question: str, article: Article) -> bool:
    """Tell whether a question names a year that its article nowhere has, or names of which the article has none.

    The odds that a span of such an article answers are halved: a round figure, not a fitted one, since development
    questions have few of this kind.
    """
    years, named = _YEAR.findall(question), [word for name in names(question) for word in words(name)]
    if not years and not named:
        return False
    text = f"{article.title}\n{article.text}\n{article.source} {article.author} {article.published}"
    if any(re.search(rf"(?<!\d){year}", text) is None for year in years):
        return True
    there = set(words(text)) if named else set()
    return bool(named) and not any(same_name(word, there) for word in named)


def best_spans(reading: Reading, count: int = _SPANS) -> Iterator[tuple[Span, float]]:
    """Yield the best spans of a window, none overlapping another, with their margins over no answer, best first."""
    starts, ends = (logits.argsort()[::-1][:_ENDS].tolist() for logits in (reading.start, reading.end))
    scored = sorted(
        (
            (float(reading.start[i] + reading.end[j]) - _PER_TOKEN * (j - i), i, j)
            for i in starts
            for j in ends
            if i <= j < i + _LONGEST
        ),
        reverse=True,
    )
    taken: list[tuple[int, int]] = []
    for score, i, j in scored:
        if len(taken) == count:
            return
        if all(j < first or i > last for first, last in taken):
            taken.append((i, j))
            yield (int(reading.offsets[i][0]), int(reading.offsets[j][1])), score - reading.none


def _sentence_of(span: Span, sentences: Sequence[Span], passage: Span) -> Span:
    """Return the sentence that holds a span, or all that it touches, cut at the passage's ends."""
    first = max(bisect.bisect_right(sentences, span[0], key=lambda s: s[0]) - 1, 0)
    last = max(bisect.bisect_left(sentences, span[1], key=lambda s: s[0]) - 1, first)
    return max(sentences[first][0], passage[0]), min(max(sentences[last][1], span[1]), passage[1])


def worth_reading(hits: Sequence[Hit], most: int, within: float) -> Sequence[Hit]:
    """Return the hits to read: the first `most`, without those that score below the best by more than `within`.

    What comes far behind seldom holds the answer, takes as long to read, and may look as if it did.
    """
    return [hit for hit in hits[:most] if hit.score >= hits[0].score - within]


def _coverage(weights: Mapping[str, float], text: str) -> float:
    """Return the share of the question's words that a text holds."""
    inside, total = set(terms(text)), sum(weights.values())
    held = sum(weight for term, weight in weights.items() if term in inside)
    return held / total if total else 0.0


@functools.cache
def calibration() -> Calibration:
    """Return the fitted model that ships."""
    data = json.loads(resources.files("qa.models").joinpath("calibration.json").read_text("utf-8"))
    weights = tuple(float(data["weights"][name]) for name in FEATURES)
    return Calibration(weights, float(data["bias"]), float(data["threshold"]))
