"""Reads what the reader's network cannot: other languages than English.

Of the passages that were found, the sentence nearest to the question is quoted. A logistic
regression over how near it is, and how much of the question's words it has, tells how likely it
answers; `training.nearest` fits it. English questions about English articles are left to `Reader`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa import protocols
from qa.answering.reader import Reader
from qa.languages import is_english, is_english_question
from qa.models.logistic import LogisticModel
from qa.protocols import MultilingualEncoder, Snapshot
from qa.retrieval.overlap import idf, stem_overlap
from qa.text import Span, query_terms, sentence_spans, terms
from qa.types import Article, Evidence, Hit

FILE = "nearest.json"
_MOST = 1 - 1e-9
_HEADING = re.compile(r"#{1,6} ")

FEATURES = ("sentence", "passage", "sentence_words", "passage_words")
"""The cosines of the question with a sentence and its passage, and the shares of its words there.

Cosines are stretched, so that unrelated texts have about 0.
"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that may answer.

    Attributes:
        article_id: the article that holds it.
        span: in the article's text.
        short: the short answer in it; the whole sentence where none was read.
        features: for the regression, in the order of `NearestSentence.features`.
        across: whether the question is in another language.
    """

    article_id: str
    span: Span
    short: Span
    features: tuple[float, ...]
    across: bool = False


class NearestSentence:
    """Reads English by the network, and other languages by the nearest sentence.

    Attributes:
        features: the names of the regression's.

    Args:
        encoder: embeds questions and sentences; the one that the index was built with.
        reader: of English.
        any_question: whether questions may be in another language than English; else only the
            articles' language decides who reads them.
    """

    features: tuple[str, ...] = FEATURES

    def __init__(
        self,
        encoder: MultilingualEncoder,
        reader: protocols.Reader | None = None,
        *,
        any_question: bool = True,
    ) -> None:
        self._encoder = encoder
        self._any_question = any_question
        self._reader = reader or Reader()

    @property
    def threshold(self) -> float:
        """The probability below which an answer should not be given."""
        return self._reader.threshold

    def read(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> list[Evidence]:
        """Return the sentences that may answer, best first; see `Reader.read`."""
        foreign = list(hits)
        evidence = list[Evidence]()
        if not self._any_question or is_english_question(question):
            english = [h for h in hits if is_english(articles[h.passage.article_id].language)]
            evidence += self._reader.read(snapshot, question, english, articles) if english else []
            foreign = [hit for hit in hits if hit not in english]
        for found in self.sentences(snapshot, question, foreign, articles):
            model = self.regression(across=found.across)
            chance = model.probability(found.features[: len(model.weights)])
            score = _moved(chance, model.threshold, self.threshold)
            evidence.append(Evidence(found.article_id, *found.span, *found.short, score))
        return sorted(evidence, key=lambda e: (-e.score, e.article_id, e.start))

    def regression(self, *, across: bool) -> LogisticModel:  # noqa: ARG002 - one for all languages
        """Return the regression that ships; `across`: where the question is in another language."""
        return LogisticModel.shipped(FILE, FEATURES)

    def sentences(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> Iterator[Sentence]:
        """Yield each sentence of the passages."""
        if not hits:
            return
        languages = snapshot.languages()
        stems = query_terms(question, languages)
        weights = idf(stems, snapshot.frequencies(stems), snapshot.passage_count())
        vector = self._encoder.encode_questions([question])[0]
        for hit in hits:
            passage, article = hit.passage, articles[hit.passage.article_id]
            spans = sentences_within(article, (passage.start, passage.end))
            if not spans:
                continue
            whole = (0, len(passage.text))
            inside = [(start - passage.start, end - passage.start) for start, end in spans]
            spans_read = [*inside, whole]
            vectors = self._encoder.encode_sentences(passage.text, spans_read, article.title)
            least = self._encoder.unrelated
            *near, near_passage = ((vectors @ vector - least) / (1 - least)).tolist()
            asked = terms(question, article.language)
            above = terms(f"{article.title}\n{passage.text}", article.language)
            of_passage = stem_overlap(asked, above, weights)
            for span, nearness in zip(spans, near, strict=True):
                said = terms(article.text[slice(*span)], article.language)
                of_sentence = stem_overlap(asked, said, weights)
                features = (nearness, near_passage, of_sentence, of_passage)
                yield Sentence(article.id, span, span, features)


def sentences_within(article: Article, passage: Span) -> list[Span]:
    """Return the sentences of a passage, cut off at its ends; a heading tells nothing."""
    found = sentence_spans(article.text, language=article.language)
    cut = [(max(start, passage[0]), min(end, passage[1])) for start, end in found]
    return [(a, b) for a, b in cut if a < b and not _HEADING.match(article.text, a)]


def _moved(probability: float, threshold: float, other: float) -> float:
    """Return a probability whose odds are changed so that one threshold becomes another."""
    probability = min(probability, _MOST)
    odds = probability / (1 - probability) * (1 - threshold) / threshold * other / (1 - other)
    return odds / (1 + odds)
