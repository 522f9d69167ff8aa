"""Reads SQuAD files, 1.1 and 2.0.

Source: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text" (2016) and "Know What You
Don't Know" (2018), whose files nest questions in paragraphs, and paragraphs in articles.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qa.evaluation.imports.imported import Imported, Record, checked, without_empty
from qa.evaluation.questions import QuestionSetError, explain

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    answer_start: int


@dataclass(frozen=True, slots=True)
class _Question:
    id: str
    question: str
    answers: tuple[_Answer, ...] = ()
    is_impossible: bool = False


@dataclass(frozen=True, slots=True)
class _Paragraph:
    context: str
    qas: tuple[_Question, ...]


@dataclass(frozen=True, slots=True)
class _Article:
    paragraphs: tuple[_Paragraph, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class _File:
    data: tuple[_Article, ...]


def of_value(value: Any, where: str) -> Imported:
    """Return the set in the value of a SQuAD file; each of its articles becomes one, paragraphs after blank lines.

    Raises:
        QuestionSetError: naming the place that is wrong, as `data.0.paragraphs.3`.
    """
    try:
        file = _adapter().validate_python(value)
    except ValidationError as error:
        raise QuestionSetError(where, f"no SQuAD file: {explain(error)}") from None
    identifiers = _identifiers(file.data)
    articles = tuple(
        {
            "id": identifier,
            "title": article.title.replace("_", " "),
            "text": _BETWEEN.join(paragraph.context for paragraph in article.paragraphs),
        }
        for identifier, article in zip(identifiers, file.data, strict=True)
    )
    placed = (
        found
        for number, (identifier, article) in enumerate(zip(identifiers, file.data, strict=True))
        for found in _of_article(article, identifier, f"{where}, data.{number}")
    )
    return Imported(tuple(checked(placed, where)), articles)


@functools.cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def _identifiers(articles: tuple[_Article, ...]) -> list[str]:
    """Return the titles as ids; where titles are missing or repeat, with a number."""
    titles = [article.title for article in articles]
    return [
        title if title and titles.count(title) == 1 else f"{title or 'article'}-{number}"
        for number, title in enumerate(titles, 1)
    ]


def _of_article(article: _Article, identifier: str, where: str) -> Iterator[tuple[str, Record]]:
    start = 0
    for number, paragraph in enumerate(article.paragraphs):
        for question in paragraph.qas:
            place = f"{where}.paragraphs.{number}, question {question.id!r}"
            yield place, _question(question, paragraph.context, identifier, start, place)
        start += len(paragraph.context) + len(_BETWEEN)


def _question(question: _Question, context: str, identifier: str, start: int, where: str) -> Record:
    for answer in question.answers:
        if not answer.text or answer.answer_start < 0 or not context.startswith(answer.text, answer.answer_start):
            raise QuestionSetError(
                where, f"the answer {answer.text!r} is not at {answer.answer_start} of its paragraph"
            )
    answers = [] if question.is_impossible else question.answers
    spans = dict.fromkeys((start + a.answer_start, start + a.answer_start + len(a.text)) for a in answers)
    return without_empty(
        {
            "id": question.id,
            "question": question.question,
            "answers": list(dict.fromkeys(answer.text for answer in answers)),
            "answerable": bool(answers),
            "relevant": [{"article_id": identifier, "start": first, "end": last} for first, last in spans],
            "paragraph": {"article_id": identifier, "start": start, "end": start + len(context)},
        }
    )
