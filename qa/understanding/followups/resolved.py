"""A question as it is understood in a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.models.moves import Move
from qa.query import STORIES, Intent, Query
from qa.types import Answer, Filter, Link

# What the catalogue tells of one article.
_OF_ONE: frozenset[Intent] = frozenset({"catalogue_written"})


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that can be understood without the conversation.

    Attributes:
        text: the question.
        about: what was added to it, in the words of the conversation.
        others: the same question with another person or thing for its pronoun, which may be meant.
        move: what is wanted of the answer before; else that it is a question.
        before: the answer before, for such a move.
        stated: for such a move, the figure, day or name that the message puts against it.
        near: the articles that the answers before cite, if the question may go on from them.
        said: the short answers before.
        article: the article of a list that is asked about, of all that the question may be about.
    """

    text: str
    about: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    move: Move = "complete"
    before: Answer | None = None
    stated: str = ""
    near: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    article: Link | None = None

    def continued(self, query: Query) -> Query:
        """Return what was understood of the question with the conversation that it goes on from."""
        query = replace(query, near=self.near, said=self.said)
        where = query.where or Filter()
        one = self.article.article_id if self.article else ""
        if self.article is None or (where.article_ids and one not in where.article_ids):
            return query
        query = replace(query, where=replace(where, article_ids=(one,)), scopes=())
        told = query.intent in STORIES or query.intent.startswith("catalogue")
        if query.intent in _OF_ONE or not told:
            return query
        return replace(query, intent="summary_article", topic=self.article.title or query.topic)


def with_carried(question: str, carried: Sequence[str]) -> str:
    """Return a question with what else is meant in brackets behind it."""
    return f"{question} ({', '.join(carried)})" if carried else question
