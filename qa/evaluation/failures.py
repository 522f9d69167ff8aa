"""What went wrong with a question: one kind of failure each, the first step of the pipeline that failed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from qa.evaluation.metrics import quote_contains_answer
from qa.evaluation.result import Row
from qa.evaluation.summary import judged


class Failure(StrEnum):
    """The kinds of failure, in the order of the pipeline."""

    NOT_RETRIEVED = "not-retrieved"
    NOT_READ = "not-read"
    WRONG_SPAN = "wrong-span"
    SHOULD_HAVE_ABSTAINED = "should-have-abstained"
    SHOULD_HAVE_ANSWERED = "should-have-answered"


class Span(Protocol):
    """A place in an article: gold, hit or citation. Offsets are string indices, end exclusive."""

    @property
    def article_id(self) -> str:
        """The article."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


def failure(row: Row, texts: Mapping[str, str]) -> Failure | None:
    """Return how a question failed; None where it did not, or where the set gives nothing to judge by.

    Args:
        row: the question and what came back.
        texts: the articles by id. They are looked at only where a question has answers and no gold place.
    """
    if row.answerable is False:
        return None if row.abstained else Failure.SHOULD_HAVE_ABSTAINED
    has_place = bool(row.relevant or row.relevance or row.answers)
    if not has_place or is_right(row):
        return None
    if was_searched(row) and not any(is_gold(hit, row, texts) for hit in row.hits):
        return Failure.NOT_RETRIEVED
    if row.abstained:
        return Failure.SHOULD_HAVE_ANSWERED if row.answerable else None
    if not row.answers:
        return None
    cites_gold = any(is_gold(citation, row, texts) for citation in row.citations)
    return Failure.WRONG_SPAN if cites_gold else Failure.NOT_READ


def is_right(row: Row) -> bool:
    """Tell whether an answer is right: its first quote has a gold answer, and its short answer shares a word with one.

    Without spaces between words there is nothing to share: there the short answer is right when it holds a gold answer.
    """
    found = judged(row)
    shares = row.scores.get("f1", 0.0) > 0 or quote_contains_answer(row.short, row.answers)
    return found is not None and found[1] == 1.0 and shares


def was_searched(row: Row) -> bool:
    """Tell whether there is a ranking; there is none where the text to read was given."""
    return bool(row.hits) or "recall@10" in row.scores


def is_gold(place: Span, row: Row, texts: Mapping[str, str]) -> bool:
    """Tell whether a passage or quote is where the answer is, as exactly as the set says it.

    By a gold span where the question has any, else by its gold articles, else by the words of a gold answer.
    """
    if row.relevant:
        return any(share_text(place, span) for span in row.relevant)
    if row.relevance:
        return row.relevance.get(place.article_id, 0) > 0
    return quote_contains_answer(texts.get(place.article_id, "")[place.start : place.end], row.answers)


def share_text(one: Span, other: Span) -> bool:
    """Tell whether two places share at least one character."""
    return one.article_id == other.article_id and one.start < other.end and other.start < one.end
