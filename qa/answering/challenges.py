"""Answers a doubt that names another figure, day or name: what the articles say of that one.

The sentences that have it come first, then what the articles give for the question itself. Where no
article has it, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.answering.about import About, Told, origin
from qa.answering.citations import Citations
from qa.answering.composer import Composer
from qa.answering.context import with_next
from qa.answering.grounding.facts import contains_facts
from qa.answering.searching import Retrieved
from qa.protocols import Encoder
from qa.query import Query
from qa.text import Span, sentence_spans
from qa.types import Article, Hit, Statement

_MOST_GIVEN, _MOST_STATING = 3, 2
# A sentence that has the figure is about the question from this similarity; one of an article that
# the answer before cites is so much nearer.
_LEAST, _CITED = 0.25, 0.15
_MOST_COMPARED = 40

Sentence = tuple[str, Span]
"""An article's id and the span of a sentence."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A figure, day or name that is put against an answer.

    Attributes:
        stated: what is put against it, in the words of the message.
        query: the question that was answered.
        about: the answer.
        encoder: embeds sentences.
    """

    stated: str
    query: Query
    about: About
    encoder: Encoder

    def told(self, found: Retrieved, hits: Sequence[Hit]) -> Told:
        """Return what the articles say of it, and what they give.

        Args:
            found: what was read for the question that was answered.
            hits: passages found for it with what is stated.
        """
        about = self.about
        about.articles |= found.articles
        ids = {hit.passage.article_id for hit in hits} - set(about.articles)
        about.articles |= about.snapshot.articles(ids)
        spans = self._stating(hits)
        stating = [about.citations.quoted(name, span) for name, span in spans]
        given = self._given(found, spans)
        about.citations = Citations(about.articles)  # numbers only what is told
        said = about.cited([*stating, *given])
        if not stating:
            note = f"No article that I found gives “{self.stated}” for it. What they give:"
            return Told("summary", said, note)
        places = dict.fromkeys(origin(about.articles[name]) for name, _ in spans)
        return Told("summary", said, f"“{self.stated}” is in {' and in '.join(places)}:")

    def _given(self, found: Retrieved, spans: Sequence[Sentence]) -> list[Statement]:
        """Return what answers the question, or what answered it before, but for some sentences."""
        statements: Sequence[Statement] = self.about.cited(self.about.before.statements)
        if found.accepted:
            composer = Composer(found.articles, self.about.citations, max_quotes=_MOST_GIVEN)
            _, statements = composer.compose(self.query.type, found.accepted, "compare")
        told = [
            each
            for each in statements
            if not any(
                name == c.article_id and start <= c.start < end
                for c in each.citations
                for name, (start, end) in spans
            )
        ]
        return told[:_MOST_GIVEN] or list(statements[:_MOST_GIVEN] if not spans else ())

    def _stating(self, hits: Sequence[Hit]) -> list[Sentence]:
        """Return the sentences nearest to the question that have what is stated, one an article."""
        articles, cited = self.about.articles, {c.article_id for c in self.about.before.citations}
        within = {hit.passage.article_id: list[Span]() for hit in hits}
        for hit in hits:
            within[hit.passage.article_id].append((hit.passage.start, hit.passage.end))
        claim = f"it {self.stated}"  # the first word of a claim is no name
        found = [
            (name, span)
            for name in [*cited, *(each for each in within if each not in cited)]
            if name in articles
            for span in _sentences(articles[name], None if name in cited else within[name])
            if contains_facts(articles[name].text[slice(*span)], claim)
        ][:_MOST_COMPARED]
        if not found:
            return []
        texts = [articles[name].text[slice(*span)] for name, span in found]
        asked, *vectors = self.encoder.encode([self.query.text, *texts])
        scores = {
            sentence: float(asked @ vector) + _CITED * (sentence[0] in cited)
            for sentence, vector in zip(found, vectors, strict=True)
        }
        return _best_of_each(scores, articles)


def _sentences(article: Article, within: Sequence[Span] | None) -> list[Span]:
    """Return the sentences of an article, or those within some of its spans."""
    spans = sentence_spans(article.text)
    if within is None:
        return list(spans)
    return [(a, b) for a, b in spans if any(start <= a and b <= end for start, end in within)]


def _best_of_each(
    scores: Mapping[Sentence, float], articles: Mapping[str, Article]
) -> list[Sentence]:
    """Return the best sentence of each of the best articles, with the next one if that is short."""
    best: dict[str, Sentence] = {}
    for sentence in sorted(scores, key=scores.__getitem__, reverse=True):
        if scores[sentence] >= _LEAST:
            best.setdefault(sentence[0], sentence)
    chosen = list(best.values())[:_MOST_STATING]
    return [(name, with_next(articles[name].text, span)) for name, span in chosen]
