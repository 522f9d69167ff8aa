"""What every importer gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from qa.evaluation.questions import QuestionSetError

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """A question set that was read from another format.

    Attributes:
        questions: the lines of its `questions.jsonl`.
        articles: the lines of its `articles.jsonl`; empty where the format carries no texts.
        notes: what was left out, in words for the user.
    """

    questions: tuple[Record, ...]
    articles: tuple[Record, ...] = ()
    notes: tuple[str, ...] = ()


def checked(questions: Iterable[tuple[str, Record]], source: str) -> Iterator[Record]:
    """Yield questions that come with their places, if each has a text and an id of its own.

    Raises:
        QuestionSetError: naming the place of one that has not, or the source if it holds none.
    """
    firsts: dict[str, str] = {}
    for where, question in questions:
        for name in ("id", "question"):
            if not question[name].strip():
                raise QuestionSetError(where, f"{name!r} is empty")
        if (first := firsts.setdefault(question["id"], where)) != where:
            raise QuestionSetError(where, f"the id {question['id']!r} is that of {first} already")
        yield question
    if not firsts:
        raise QuestionSetError(source, "holds no question")


def without_empty(values: Record) -> Record:
    """Return a line without the keys that say nothing."""
    return {key: value for key, value in values.items() if value not in (None, [], {})}
