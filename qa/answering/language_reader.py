"""Reads other languages than English by a network, beside the nearest sentence.

The network, on the multilingual encoder (`qa.models.language_spans`), scores each token as the
start or the end of the answer. How surely it finds one in a sentence, how near the sentence is and
how many of the question's words it has tell together, by a logistic regression, how likely it
answers. Of a question in another language than the article, words tell nothing: it has a regression
without them. `training.nearest --network` fits both. Where the network's weights do not come with
the package, the nearest sentence decides alone.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from qa import protocols
from qa.answering.nearest import NearestSentence, Sentence, sentences_within
from qa.answering.reader import Reader, best_spans
from qa.languages import code_of, identify
from qa.models.logistic import LogisticModel
from qa.models.multilingual import Multilingual, is_installed
from qa.models.reader_manifest import LANGUAGES, reader_manifest, reads_languages
from qa.models.span_model import Network, SpanModel, WindowLogits
from qa.models.threads import window_readers
from qa.protocols import MultilingualEncoder, Snapshot
from qa.text import Span
from qa.types import Article, Hit

FEATURES = ("margin", "answerable", "sentence", "passage", "sentence_words", "passage_words")
"""The logits of the sentence's best span less those of no answer, and the second head's opinion;
then those of the nearest sentence."""

ACROSS = FEATURES[:4]
"""The features that do not need the question's words in the text: the first ones."""

# A sentence without a token that the network read has this margin.
_NONE = -20.0


class LanguageReader(NearestSentence):
    """Reads English by one network, and other languages by another and the nearest sentence.

    Args:
        encoder: embeds questions and sentences.
        reader: of English.
        any_question: whether questions may be in another language than English; else only the
            articles' language decides who reads them.
        model: the network of other languages; by default the one that comes with the package.
    """

    features = FEATURES

    def __init__(
        self,
        encoder: MultilingualEncoder,
        reader: protocols.Reader | None = None,
        *,
        any_question: bool = True,
        model: SpanModel | None = None,
    ) -> None:
        super().__init__(encoder, reader, any_question=any_question)
        self._model = model or SpanModel(_network)

    def regression(self, *, across: bool) -> LogisticModel:
        """Return the regression that ships; `across`: where the question is in another language."""
        return _regression(across=across)

    def sentences(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> Iterator[Sentence]:
        """Yield each sentence of the passages, with its best span for a short answer."""
        asked_in = identify(question)

        def windows(hit: Hit) -> list[WindowLogits]:
            title = articles[hit.passage.article_id].title
            return list(self._model.read(question, hit.passage.text, title))

        read = window_readers().map(windows, hits)
        near = super().sentences(snapshot, question, hits, articles)
        known = {(found.article_id, found.span): found for found in near}
        for hit, logits in zip(hits, read, strict=True):
            passage, article = hit.passage, articles[hit.passage.article_id]
            across = bool(asked_in) and asked_in != (code_of(article.language) or "en")
            for span in sentences_within(article, (passage.start, passage.end)):
                found = known[article.id, span]
                short, margin, answerable = best_of(logits, passage.start, span, article.text)
                short = short if margin > 0 else span
                features = (margin, answerable, *found.features)
                yield replace(found, short=short, features=features, across=across)


def best_of(
    windows: Sequence[WindowLogits], offset: int, sentence: Span, text: str
) -> tuple[Span, float, float]:
    """Return the best span of a sentence, its margin, and the opinion of the second head.

    Args:
        windows: of the passage that holds the sentence.
        offset: where the passage starts in the article's text.
        sentence: in that text.
        text: the article's.
    """
    best = (sentence, _NONE, _NONE)
    for logits in windows:
        within = _within(logits, sentence[0] - offset, sentence[1] - offset)
        for (start, end), margin in best_spans(within, 1):
            if margin > best[1]:
                span = _stripped(text, (offset + start, offset + end))
                best = (span, margin, logits.answerable)
    return best


def _within(logits: WindowLogits, first: int, last: int) -> WindowLogits:
    """Return the logits of the tokens that touch some characters."""
    starts, ends = logits.offsets[:, 0], logits.offsets[:, 1]
    inside = (starts < last) & (ends > first)
    return replace(
        logits,
        offsets=logits.offsets[inside].clip(first, last),
        start=logits.start[inside],
        end=logits.end[inside],
    )


def _stripped(text: str, span: Span) -> Span:
    """Return a span without the white space at its ends: a token may begin with a space."""
    start, end = span
    inside = text[start:end]
    return end - len(inside.lstrip()), start + len(inside.rstrip())


@functools.cache
def _regression(*, across: bool) -> LogisticModel:
    manifest = reader_manifest(LANGUAGES)
    return manifest.across if across and manifest.across else manifest.calibration


def _network() -> Network:
    from qa.models.language_spans import LanguageNetwork

    return LanguageNetwork()


def open_reader(
    encoder: protocols.Encoder, english: protocols.Reader | None = None
) -> protocols.Reader:
    """Return what reads the articles of an index that this encoder embedded.

    Args:
        encoder: of the index.
        english: reads English; by default the packaged reader.
    """
    english = english or Reader()
    multilingual = encoder if isinstance(encoder, MultilingualEncoder) else None
    if reads_languages() and is_installed():
        any_question = multilingual is not None
        return LanguageReader(multilingual or Multilingual(), english, any_question=any_question)
    return NearestSentence(multilingual, english) if multilingual else english
