"""What became of the questions, counted: right, rightly left unanswered, and each kind of failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.evaluation.failures import Failure, failure, is_right
from qa.evaluation.result import Row

RIGHT, SILENT, UNJUDGED = "right", "rightly-silent", "not-judged"

WORDS = {
    RIGHT: ("Right", "the quote holds a gold answer, and the short answer fits one"),
    SILENT: ("Rightly silent", "the articles have no answer, and none was given"),
    Failure.NOT_RETRIEVED: ("Not retrieved", "the search did not find the passage that holds the answer"),
    Failure.NOT_READ: ("Retrieved, not read", "that passage was there, but the answer quotes another place"),
    Failure.WRONG_SPAN: ("Wrong span", "the right place is quoted, but the answer is not the one wanted"),
    Failure.SHOULD_HAVE_ABSTAINED: ("Should have abstained", "an answer was given where the articles have none"),
    Failure.SHOULD_HAVE_ANSWERED: ("Should have answered", "the passage was there, but no answer was given"),
    UNJUDGED: ("Not judged", "the set does not say what would be right"),
}
"""By outcome, a name and what it means, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """So many questions ended like this; `share` is of all questions."""

    key: str
    name: str
    meaning: str
    count: int
    share: float
    is_failure: bool


def outcomes(rows: Sequence[Row], texts: Mapping[str, str]) -> list[Outcome]:
    """Return the outcomes in the order of `WORDS`; questions that nothing can judge only where there are any."""
    counts = Counter(_outcome(row, texts) for row in rows)
    return [
        Outcome(str(key), *words, counts[key], counts[key] / len(rows), isinstance(key, Failure))
        for key, words in WORDS.items()
        if counts[key] or key != UNJUDGED
    ]


def _outcome(row: Row, texts: Mapping[str, str]) -> str:
    if (kind := failure(row, texts)) is not None:
        return kind
    if is_right(row):
        return RIGHT
    return SILENT if row.answerable is False else UNJUDGED
