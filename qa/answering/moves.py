"""Answers the moves that want something of the answer before, searching where that does not do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

from qa.answering.about import HELD, About, Told
from qa.answering.challenges import Challenge
from qa.answering.composer import Composer
from qa.answering.searching import DEEP, Retrieved, Search
from qa.answering.stories import Stories
from qa.index import Snapshot
from qa.models.moves import Move
from qa.protocols import Encoder, Retriever
from qa.query import Intent, Query
from qa.types import UNCITED, Filter, Found, Statement
from qa.understanding.followups import Resolved
from qa.understanding.understand import Understanding

# "compare" reads widely, and is composed as any question.
_INTENTS: Mapping[Move, Intent] = {"sure": "compare", "still": "latest"}
_STORIES: frozenset[Move] = frozenset({"more", "then", "before"})
_MOST = 4
# Passages that may have a figure that is put against an answer.
_STATING = 10


@dataclass(frozen=True, slots=True)
class MoveAnswers:
    """Answers moves.

    Attributes:
        search: searches and reads.
        retriever: ranks passages.
        understanding: understands the question that was answered before.
        encoder: embeds sentences.
    """

    search: Search
    retriever: Retriever
    understanding: Understanding
    encoder: Encoder

    def answer(
        self,
        snapshot: Snapshot,
        message: str,
        resolved: Resolved,
        where: Filter | None,
        lap: Callable[[str], None],
    ) -> Generator[Found, None, tuple[Query, Told | None, Retrieved]]:
        """Return the question before, what answers the move, if anything, and what was searched.

        Args:
            snapshot: of the index.
            message: as it was sent.
            resolved: the same, with the answer before.
            where: which articles the caller asks.
            lap: called with the name of each stage that is done.
        """
        before, move = resolved.before, resolved.move
        assert before is not None  # noqa: S101 - else it is a question
        asked = before.standalone_question or before.question
        query = self.understanding.understand(snapshot, asked, asked, where)
        about = About(snapshot, before, message)
        if move in HELD or before.form in UNCITED:
            return query, about.told(move), Retrieved((), about.articles)
        if move == "before" and (states := about.earlier_states()):
            return query, states, Retrieved((), about.articles)
        intent = _INTENTS.get(move, query.intent)
        wanted = dataclasses.replace(query, intent=intent)
        found = yield from self.search.find(snapshot, wanted, lap)
        if resolved.stated:
            text = f"{query.text} {resolved.stated}"
            hits = self.retriever.retrieve(snapshot, text, _STATING, query.where)
            challenge = Challenge(resolved.stated, query, about, self.encoder)
            return query, challenge.told(found, hits), found
        if move in _STORIES:
            return query, self._continued(snapshot, about, move, wanted, found), found
        return query, _composed(about, move, wanted, found), found

    def _continued(
        self, snapshot: Snapshot, about: About, move: Move, query: Query, found: Retrieved
    ) -> Told | None:
        """Tell of the same story what was not told: all of it, what came later, or before.

        More is what the articles that were cited say besides, before it is what others say.
        """
        stories = Stories(snapshot, self.encoder, dict(found.articles))
        if move == "more":
            wanted = dataclasses.replace(query, intent="summary")
            more = about.unsaid(stories.of(wanted, [*about.articles], found.accepted, ()))
            if more:
                return _told(more)
        deep = self.retriever.retrieve(snapshot, query.topic, DEEP, query.where)
        told = dataclasses.replace(query, intent="summary")
        _, statements = stories.answer(told, found.accepted, deep)
        if move == "then":
            return _told(about.after(statements))
        if move == "before":
            return _told(about.earlier(statements))
        return _told(about.unsaid(statements))


def _composed(about: About, move: Move, query: Query, found: Retrieved) -> Told | None:
    """Answer the question before once more, in the light of what is wanted now."""
    if not found.accepted:
        return None
    about.articles |= found.articles
    composer = Composer(found.articles, about.citations, max_quotes=_MOST)
    form, statements = composer.compose(query.type, found.accepted, query.intent)
    if move == "who_else":
        return _told(about.unsaid(statements))
    if move == "sure" and form != "accounts":
        return Told(form, statements, _agreement(statements))
    return Told(form, statements, "The newest about it:" if move == "still" else "")


def _told(statements: Sequence[Statement]) -> Told | None:
    return Told("summary", statements[:_MOST]) if statements else None


def _agreement(statements: Sequence[Statement]) -> str:
    """Return how many articles say so, and whether as somebody's claim."""
    count = len({c.article_id for each in statements for c in each.citations})
    claimants = dict.fromkeys(each.claimant for each in statements if each.claimant)
    said = f"{count} articles say so" if count > 1 else "One article says so"
    as_claim = f", as what {' and '.join(claimants)} said" if claimants else ""
    return f"{said}{as_claim}; I found none that says otherwise:"
