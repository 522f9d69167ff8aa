"""Quotes the sentences that come closest to what was asked, where nothing answers it for certain.

So it is for words as typed into a search box, and where one outlet or author is asked what it says
of a thing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answering.citations import Citations
from qa.answering.reported_speech.lexicon import CLAIM, CLAIM_THAT, SAY, TELL
from qa.answering.searching import Retrieved, Search, is_near
from qa.index import Snapshot
from qa.protocols import Encoder
from qa.query import Query
from qa.retrieval.overlap import idf, term_overlap
from qa.text import Span, sentence_spans, terms, words
from qa.types import Statement
from qa.understanding.keywords import is_keywords

_MOST_PASSAGES, _MOST_SENTENCES = 3, 3
# What one outlet says is quoted if it has this share of the question's words, or similar ones, and
# further sentences if they have nearly as much as the best.
_LEAST, _NEARLY = 0.5, 0.8
_ASKS_WHAT = re.compile(r"\bwhat\s+(?:do|does|did|has|have|had)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Close:
    """What comes close to a question.

    Attributes:
        statements: the sentences, in reading order; none where none comes close.
        found: what they were found in.
        note: what the answer says first; empty for what it always says of its articles.
    """

    statements: Sequence[Statement]
    found: Retrieved
    note: str = ""


def closest(
    search: Search, snapshot: Snapshot, encoder: Encoder, query: Query, found: Retrieved
) -> Close:
    """Return what comes closest to keywords, or what an outlet or author says of a thing.

    Args:
        search: finds the outlet's or author's passages.
        snapshot: of the index.
        encoder: whose word vectors tell which words are similar.
        query: that nothing answers for certain.
        found: what was found for it.
    """
    scope = query.scopes[0] if query.scopes else None
    if is_keywords(query.text) and is_near(query, found):
        spans = _closest(query.text, found, snapshot, encoder, 0.0)[:1]
        return Close(_quoted(spans, found), found, "Closest to these words:")
    if scope and scope.names and _ASKS_WHAT.search(query.topic):
        found = search.passages(snapshot, query, scope)
        return Close(_quoted(_closest(query.topic, found, snapshot, encoder, _LEAST), found), found)
    return Close((), found)


def _closest(
    text: str, found: Retrieved, snapshot: Snapshot, encoder: Encoder, least: float
) -> list[tuple[str, Span]]:
    """Return the sentences of the best passages that have most of some words, the best first."""
    spans = [
        (article.id, span)
        for hit in found.hits[:_MOST_PASSAGES]
        for article in [found.articles[hit.passage.article_id]]
        for span in sentence_spans(article.text)
        if hit.passage.start <= span[0] and span[1] <= hit.passage.end
    ]
    stems = [stem for stem in terms(text) if stem not in _saying()]
    weights = idf(stems, snapshot.frequencies(stems), snapshot.passage_count())
    texts = [words(found.articles[article_id].text[slice(*span)]) for article_id, span in spans]
    shares = term_overlap(words(text), texts, weights, encoder.word_vectors)
    order = sorted(range(len(spans)), key=shares.__getitem__, reverse=True)[:_MOST_SENTENCES]
    return [spans[at] for at in order if shares[at] >= max(least, _NEARLY * shares[order[0]])]


@functools.cache
def _saying() -> frozenset[str]:
    """Return the stems of verbs that say who speaks, and nothing of what."""
    return frozenset(terms(" ".join(SAY | TELL | CLAIM | CLAIM_THAT)))


def _quoted(spans: Sequence[tuple[str, Span]], found: Retrieved) -> list[Statement]:
    """Return sentences as statements, those of one article in its order."""
    citations = Citations(found.articles)
    return [citations.quoted(article_id, span) for article_id, span in sorted(spans)]
