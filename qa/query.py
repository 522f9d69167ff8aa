"""A question as the pipeline understands it: one value that flows through all its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa.types import Filter, QuestionType

Intent = Literal[
    "question",
    "latest",
    "changes",
    "differ",
    "compare",
    "summary",
    "summary_article",
    "story_latest",
    "news",
    "catalogue_count",
    "catalogue_sources",
    "catalogue_authors",
    "catalogue_newest",
    "catalogue_oldest",
    "catalogue_articles",
    "catalogue_written",
    "talk_greeting",
    "talk_thanks",
    "talk_bye",
    "talk_help",
]
"""What a message wants: an answer, several told in time, a summary, the catalogue, or only talk."""

STORIES: frozenset[Intent] = frozenset({"summary", "summary_article", "story_latest", "news"})
"""The intents that want to be told what happened."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Articles that a question asks for in words: "last week", "according to the Courier".

    Attributes:
        where: which articles.
        words: the same as an answer says it: "3 to 9 November 2025".
    """

    where: Filter
    words: str

    @property
    def names(self) -> bool:
        """Whether it names an outlet or an author."""
        return bool(self.where.source or self.where.author)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the pipeline understood it.

    Attributes:
        question: the question as it was asked.
        text: the standalone question on one line: a follow-up with what it left unsaid filled in.
        type: what kind of answer it asks for.
        where: the articles it is asked of; None for all.
        intent: what the message wants.
        scopes: the articles that its own words ask for, the best guess first; each lies within
            `where`. Where none of them answers, all articles of `where` are asked.
        topic: the question without the words that name its scope.
        near: the articles that the answers before cite, where the question goes on from them.
        said: the short answers before.
        foreign: it is in another language than English, so that no rule for English words reads it.
    """

    question: str
    text: str
    type: QuestionType = "fact"
    where: Filter | None = None
    intent: Intent = "question"
    scopes: tuple[Scope, ...] = ()
    topic: str = ""
    near: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    foreign: bool = False
