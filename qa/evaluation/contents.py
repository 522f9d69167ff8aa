"""What a reviewer can change about a question, when it is whole, and how it is written down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa.errors import QAError
from qa.evaluation.metrics import token_f1
from qa.text import Span, has_surrogates, paragraph_spans

Record = dict[str, Any]
# What is changed by a review; all other keys of a line stay as they are.
_REVIEWED = frozenset({"question", "answers", "answerable", "relevant"})
_GOLD = frozenset({"doc_ids", "relevance"})
_PLACES = 20


class ReviewError(QAError):
    """What the reviewer asked for cannot be done: shown beside the question."""


@dataclass(frozen=True, slots=True)
class Content:
    """A question with its answers and where an article gives them; without both where it is not answerable."""

    question: str
    answers: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    answerable: bool = True


def of_record(record: Mapping[str, Any], article_id: str) -> Content:
    """Return the content of a line of a set, as far as it is about one article."""
    spans = [(span["start"], span["end"]) for span in record.get("relevant", ()) if span["article_id"] == article_id]
    answerable = record.get("answerable") is not False
    return Content(record["question"], tuple(record.get("answers", ())), tuple(spans), answerable)


def to_record(record: Mapping[str, Any], content: Content, article: tuple[str, str]) -> Record:
    """Return a line with its reviewed content; what it says about other articles stays.

    Args:
        record: the line as it was.
        content: what it shall say now.
        article: the id and the text of the article that `content` is about.
    """
    article_id, text = article
    left = {key: value for key, value in record.items() if key not in _REVIEWED}
    line = {"id": record["id"], "question": content.question} | left
    if not content.answerable:
        place = _place(record, article_id, text)
        line = {key: value for key, value in line.items() if key not in _GOLD}
        return line | {"answerable": False} | ({"paragraph": place} if place else {})
    spans = [{"article_id": article_id, "start": start, "end": end} for start, end in content.spans]
    spans += [span for span in record.get("relevant", ()) if span["article_id"] != article_id]
    if spans:
        line = {key: value for key, value in line.items() if key not in _GOLD} | {"relevant": spans}
    return line | {"answers": list(content.answers), "answerable": True}


def checked(content: Content, text: str) -> Content:
    """Return what can be written down about a text, in one line and without repeats, whole or not.

    Raises:
        ReviewError: it is not valid Unicode, or marks what is not there.
    """
    question = " ".join(content.question.split())
    answers = tuple(dict.fromkeys(" ".join(answer.split()) for answer in content.answers if answer.strip()))
    if has_surrogates(question) or any(map(has_surrogates, answers)):
        raise ReviewError("The text holds half of a character: write it again.")
    if any(not 0 <= start < end <= len(text) for start, end in content.spans):
        raise ReviewError("The mark lies outside of the article: mark the answer again.")
    return Content(question, answers, tuple(sorted(set(content.spans))), content.answerable)


def complete(content: Content, text: str) -> Content:
    """Return a question that can be asked and judged, given the text of its article.

    Raises:
        ReviewError: saying what is missing.
    """
    content = checked(content, text)
    if not content.question:
        raise ReviewError("Write the question first.")
    if not content.answerable:
        return Content(content.question, answerable=False)
    spans = content.spans or _only_place(text, content.answers)
    marked = [" ".join(text[start:end].split()) for start, end in spans]
    answers = content.answers or tuple(dict.fromkeys(marked))
    for found in marked:
        if not token_f1(found, answers) and not any(answer in found or found in answer for answer in answers):
            raise ReviewError(f"The marked text “{found}” is not the answer: mark it where the answer stands.")
    return Content(content.question, answers, spans)


def places(text: str, answers: Sequence[str]) -> list[Span]:
    """Return where answers stand in a text as whole words, the first so many."""
    found = {
        match.span()
        for answer in answers
        if answer.strip()
        for match in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text)
    }
    return sorted(found)[:_PLACES]


def _only_place(text: str, answers: Sequence[str]) -> tuple[Span, ...]:
    found = places(text, answers)
    if not answers:
        raise ReviewError("Select the answer in the article, or say that there is none.")
    if not found:
        raise ReviewError("The answer does not stand in the article in these words: select it there.")
    if len(found) > 1:
        raise ReviewError(f"The answer stands in {len(found)} places: choose the one that answers the question.")
    return tuple(found)


def _place(record: Mapping[str, Any], article_id: str, text: str) -> Record | None:
    """Return the paragraph where a question was asked that has no answer there, as far as it is known."""
    if record.get("paragraph"):
        return dict(record["paragraph"])
    spans = [span for span in record.get("relevant", ()) if span["article_id"] == article_id]
    held = [span for span in paragraph_spans(text) if spans and span[0] <= spans[0]["start"] < span[1]]
    return {"article_id": article_id, "start": held[0][0], "end": held[0][1]} if held else None
