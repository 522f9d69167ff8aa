"""Reading judged apart from search: the passages that a question is read with when they are given."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa import articles as sources
from qa.evaluation.questions import GoldSpan, Question, QuestionSetError
from qa.passages import CountTokens, split
from qa.text import paragraph_spans
from qa.types import Article, Hit, Passage

Given = Literal["article", "paragraph"]

# Nearly every paragraph is one passage, as it is where readers are compared on it.
_PARAGRAPH_TOKENS = 250


@dataclass(frozen=True, slots=True)
class Reading:
    """What each question is read with.

    Attributes:
        hits: the passages by question id, ranked in reading order.
        articles: the articles of all of them, by id.
    """

    hits: Mapping[str, tuple[Hit, ...]]
    articles: Mapping[str, Article]


def read_articles(path: Path, *, max_chars: int) -> dict[str, Article]:
    """Return the articles of a `.jsonl` file by id, as the product reads them.

    Raises:
        QuestionSetError: one of them is refused.
    """
    found = {}
    for reading in sources.read(path, base=path, max_chars=max_chars):
        if reading.error is not None:
            raise QuestionSetError(reading.error.path, reading.error.reason)
        if reading.article is not None:
            found[reading.article.id] = reading.article
    return found


def reading(
    questions: Sequence[Question],
    articles: Mapping[str, Article],
    given: Given,
    *,
    passage_tokens: int,
    count_tokens: CountTokens,
) -> Reading:
    """Return the passages of each question's article, or of its paragraph.

    Args:
        questions: with gold in the offsets of `articles`.
        articles: by id, among them those of the questions.
        given: "article": the whole article that a question is about, in passages of the usual size; "paragraph":
            the paragraph where it was asked, as one passage if it has at most 250 tokens.
        passage_tokens: the usual size.
        count_tokens: texts -> their numbers of tokens.

    Raises:
        QuestionSetError: a question names no article, or no paragraph.
    """

    @functools.cache
    def of_article(article_id: str) -> tuple[Hit, ...]:
        return _ranked(split(articles[article_id], limit=passage_tokens, count_tokens=count_tokens))

    @functools.cache
    def of_paragraph(place: GoldSpan) -> tuple[Hit, ...]:
        return _ranked(_split_paragraph(articles[place.article_id], place, count_tokens))

    hits = {}
    for question in questions:
        if given == "article":
            hits[question.id] = of_article(_article_of(question))
        else:
            hits[question.id] = of_paragraph(_paragraph_of(question, articles))
    return Reading(hits, articles)


def _article_of(question: Question) -> str:
    if question.article_id is None:
        raise _nothing(question, "no article can be given without 'relevant', 'doc_ids' or 'paragraph'")
    return question.article_id


def _paragraph_of(question: Question, articles: Mapping[str, Article]) -> GoldSpan:
    if question.paragraph is not None:
        return question.paragraph
    if not question.relevant:
        raise _nothing(question, "no paragraph can be given without 'paragraph' or 'relevant'")
    gold = question.relevant[0]
    return _around(gold, articles[gold.article_id].text)


def _nothing(question: Question, reason: str) -> QuestionSetError:
    return QuestionSetError(f"question {question.id!r}", reason)


def _around(gold: GoldSpan, text: str) -> GoldSpan:
    """Return the paragraph that holds a gold span; where it runs over several, all of these."""
    held = [(start, end) for start, end in paragraph_spans(text) if start < gold.end and gold.start < end]
    return GoldSpan(gold.article_id, held[0][0], held[-1][1]) if held else gold


def _split_paragraph(article: Article, place: GoldSpan, count_tokens: CountTokens) -> list[Passage]:
    """Split a paragraph as if it were an article, and return its passages with their places in the real one."""
    alone = Article(article.id, "", article.text[place.start : place.end])
    return [
        _moved(passage, place.start) for passage in split(alone, limit=_PARAGRAPH_TOKENS, count_tokens=count_tokens)
    ]


def _moved(passage: Passage, by: int) -> Passage:
    start, end = passage.start + by, passage.end + by
    return Passage(f"{passage.article_id}:{start}-{end}", passage.article_id, start, end, passage.text)


def _ranked(passages: Sequence[Passage]) -> tuple[Hit, ...]:
    """Return passages as hits; nothing was searched for, so the score only repeats the rank."""
    return tuple(Hit(passage, 1.0 / rank, rank, "hybrid") for rank, passage in enumerate(passages, 1))
