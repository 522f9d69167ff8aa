"""Answers words as typed into a search box with the sentence that comes closest to them."""

from __future__ import annotations

from qa.answering.citations import Citations
from qa.answering.rendering import one_line
from qa.answering.searching import Retrieved
from qa.lexicon import FINITE_AUXILIARIES, QUESTION_WORDS
from qa.protocols import Encoder, Snapshot
from qa.retrieval.overlap import idf, term_overlap
from qa.text import sentence_spans, terms, words
from qa.types import Statement

CLOSEST = "Closest to these words:"
"""What such an answer says first."""

# More words are a sentence.
_MOST_WORDS = 6
_MOST_PASSAGES = 3


def is_keywords(text: str) -> bool:
    """Return whether a message is a few words that ask nothing: `tunnel toll cars`."""
    used = words(text)
    asks = "?" in text or not {*QUESTION_WORDS, *FINITE_AUXILIARIES}.isdisjoint(used)
    return bool(terms(text)) and len(used) <= _MOST_WORDS and not asks


def closest_statement(
    text: str, found: Retrieved, snapshot: Snapshot, encoder: Encoder
) -> Statement | None:
    """Return the sentence of the best passages that has most of some words, or similar ones.

    Args:
        text: the message.
        found: the passages, best first, and their articles.
        snapshot: of the index that holds the passages.
        encoder: whose word vectors tell which words are similar.

    Returns:
        It with its citation; None where the message asks something, or there is no sentence.
    """
    spans = [
        (article.id, span)
        for hit in found.hits[:_MOST_PASSAGES]
        for article in [found.articles[hit.passage.article_id]]
        for span in sentence_spans(article.text)
        if hit.passage.start <= span[0] and span[1] <= hit.passage.end
    ]
    if not spans or not is_keywords(text):
        return None
    stems = terms(text)
    weights = idf(stems, snapshot.frequencies(stems), snapshot.passage_count())
    texts = [found.articles[article_id].text[slice(*span)] for article_id, span in spans]
    shares = term_overlap(words(text), list(map(words, texts)), weights, encoder.word_vectors)
    best = max(range(len(spans)), key=shares.__getitem__)
    cited = Citations(found.articles).cite(*spans[best])
    return Statement(
        one_line(texts[best]), (cited,), source=cited.source, published=cited.published
    )
