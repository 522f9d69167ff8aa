"""Classifies wrong answers: the first step of the pipeline that failed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from qa.evaluation.metrics import quote_contains_answer
from qa.evaluation.metrics.confidence import judged
from qa.evaluation.metrics.retrieval import Span, overlap
from qa.evaluation.metrics.rubric import judgement
from qa.evaluation.result import Row
from qa.evaluation.rubric import stem


class Failure(StrEnum):
    """The kinds of failure, in the order of the pipeline."""

    NOT_RETRIEVED = "not-retrieved"
    NOT_READ = "not-read"
    WRONG_SPAN = "wrong-span"
    SHOULD_HAVE_ABSTAINED = "should-have-abstained"
    SHOULD_HAVE_ANSWERED = "should-have-answered"


def failure(row: Row, texts: Mapping[str, str]) -> Failure | None:
    """Return how a question failed; None if it did not, or if the set gives nothing to judge by.

    Args:
        row: the question and what came back.
        texts: article id -> text. Only used where a question has answers and no gold place.
    """
    if row.answerable is False:
        silent = row.abstained or is_right(row)
        return None if silent else Failure.SHOULD_HAVE_ABSTAINED
    cite = bool(row.rubric and row.rubric.cite)
    has_place = bool(row.relevant or row.relevance or row.answers or cite)
    if is_right(row) or not (has_place or row.rubric):
        return None
    if has_place and was_searched(row) and not any(is_gold(hit, row, texts) for hit in row.hits):
        return Failure.NOT_RETRIEVED
    if row.abstained:
        return Failure.SHOULD_HAVE_ANSWERED if row.answerable else None
    if not (row.answers or row.rubric):
        return None
    cites_gold = any(is_gold(citation, row, texts) for citation in row.citations)
    return Failure.WRONG_SPAN if cites_gold or not has_place else Failure.NOT_READ


def is_right(row: Row) -> bool:
    """Return whether an answer is right.

    It must have passed its rubric, where it has one. Else its first quote must contain a gold
    answer, and its short answer must share a word with one, or, in languages without spaces between
    words, contain one.
    """
    if (by_facts := judgement(row)) is not None:
        return by_facts.passed and not row.abstained
    found = judged(row)
    shares = row.scores.get("f1", 0.0) > 0 or quote_contains_answer(row.short, row.answers)
    return found is not None and found[1] == 1.0 and shares


def was_searched(row: Row) -> bool:
    """Return whether there is a ranking; there is none where the text to read was given."""
    return bool(row.hits) or "recall@10" in row.scores


def is_gold(place: Span, row: Row, texts: Mapping[str, str]) -> bool:
    """Return whether a passage or quote is where the answer is, as exactly as the set says it.

    Decided by the articles that an answer has to cite, if the question names some, else by its gold
    spans, else by its gold articles, else by whether the place contains a gold answer.
    """
    if row.rubric is not None and row.rubric.cite:
        return stem(place.article_id) in {stem(name) for group in row.rubric.cite for name in group}
    if row.relevant:
        return any(overlap(place, span) for span in row.relevant)
    if row.relevance:
        return row.relevance.get(place.article_id, 0) > 0
    return quote_contains_answer(
        texts.get(place.article_id, "")[place.start : place.end], row.answers
    )
