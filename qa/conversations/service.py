"""The chat as a service, for any interface: asking, conversations, feedback, export."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.conversations.cancel import CancelTokens
from qa.conversations.conversation import (
    ConversationTurn,
    Exchange,
    Verdict,
    history,
    shown_article_ids,
    take_turn,
)
from qa.conversations.export import as_json, markdown
from qa.conversations.feedback import Feedback, gold
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.requests import (
    AskRequest,
    CancelRequest,
    ConversationRequest,
    ExportRequest,
    RenameRequest,
    VerdictRequest,
    VisitorRequest,
)
from qa.conversations.store import ConversationStore, ConversationSummary
from qa.errors import QAError
from qa.types import Answer, Article, Turn

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExchangeUpdate:
    """The newest exchange of a conversation as it is now, while its question is answered.

    Attributes:
        earlier: the exchanges before it, which do not change.
        exchange: replaces the one that the update before it brought.
    """

    earlier: tuple[Exchange, ...]
    exchange: Exchange

    @property
    def number(self) -> int:
        """The exchange's number in its conversation, from 1."""
        return len(self.earlier) + 1


class ChatService:
    """The conversations of all visitors, and the questions in progress.

    Args:
        pipeline: answers the questions.
        folder: where conversations and feedback are stored.
    """

    def __init__(self, pipeline: LazyPipeline, folder: Path) -> None:
        self._pipeline = pipeline
        self._store = ConversationStore(folder / "conversations.sqlite")
        self._feedback = Feedback(folder / "feedback")
        self._cancel_tokens = CancelTokens()

    def ask(self, request: AskRequest) -> Iterator[ExchangeUpdate]:
        """Yield a question's exchange again and again while it is answered; store it at the end.

        Nothing is yielded for a blank question. Failures end as an exchange with an `error`.
        """
        past = self._load(request)
        turn = ConversationTurn(
            request.question,
            past[:-1] if request.replaces else past,
            literal=request.literal,
            where=request.where.model_dump(),
            quotes=request.quotes,
        )
        try:
            for exchange in take_turn(self._pipeline, turn, self._cancel_tokens.get(request.token)):
                update = ExchangeUpdate(turn.earlier, exchange)
                if exchange.finished:
                    self._save(request, update)
                yield update
        finally:
            self._cancel_tokens.discard(request.token)

    def history(self, request: ConversationRequest) -> list[Turn]:
        """Return the turns of a stored conversation, oldest first; none if it does not exist."""
        return history(self._load(request))

    def record(self, request: ConversationRequest, answer: Answer) -> int:
        """Store an answer that was given outside `ask`; return its number in the conversation.

        Raises:
            QAError: it cannot be stored.
        """
        exchange = Exchange(answer.question, answer=answer)
        return self._store.append(request.visitor, request.conversation, exchange)

    def cancel(self, request: CancelRequest) -> None:
        """Cancel a question, also one that has not arrived yet."""
        self._cancel_tokens.get(request.token).cancel()

    def open(self, request: ConversationRequest) -> tuple[Exchange, ...]:
        """Return a stored conversation with the articles of its answers; empty if there is none.

        An article that has changed where an answer quotes it is left out.
        """
        exchanges = self._load(request)
        answers = [exchange.answer for exchange in exchanges if exchange.answer]
        articles = self._articles({i for answer in answers for i in shown_article_ids(answer)})
        return tuple(
            dataclasses.replace(e, articles=_unchanged(e.answer, articles)) if e.answer else e
            for e in exchanges
        )

    def conversations(self, request: VisitorRequest) -> list[ConversationSummary]:
        """Return a visitor's conversations, the most recent first."""
        return self._store.summaries(request.visitor)

    def rename(self, request: RenameRequest) -> None:
        """Give a conversation another title; a blank one changes nothing."""
        self._store.rename(request.visitor, request.conversation, request.title)

    def delete(self, request: ConversationRequest) -> None:
        """Delete a conversation with all its exchanges, and what feedback says of them."""
        if self._store.delete(request.visitor, request.conversation):
            self._feedback.forget(request.conversation)

    def judge(self, request: VerdictRequest) -> Verdict:
        """Store a visitor's verdict on an answer, also in the question set of feedback; return it.

        Raises:
            QAError: the visitor has no such answer, or the verdict cannot be stored.
        """
        visitor, conversation, number = request.visitor, request.conversation, request.exchange
        exchange = self._store.judge(visitor, conversation, number, request.verdict)
        earlier = self._store.load(visitor, conversation)[: number - 1]
        line = gold(exchange, earlier, correct=request.correct, unanswerable=request.unanswerable)
        self._feedback.note(f"{conversation}-{number}", line)
        return exchange.verdict

    def export(self, request: ExportRequest) -> str:
        """Return a conversation as Markdown or JSON.

        Raises:
            QAError: there is no such conversation, or it cannot be read.
        """
        title = self._store.title(request.visitor, request.conversation)
        if not title:
            raise QAError("there is nothing to export yet: ask something first")
        write = markdown if request.format == "md" else as_json
        return write(title, self._store.load(request.visitor, request.conversation))

    def _load(self, request: ConversationRequest) -> tuple[Exchange, ...]:
        """Return a stored conversation without articles; empty if it is missing or unreadable."""
        try:
            return self._store.load(request.visitor, request.conversation)
        except QAError:
            _log.exception("a conversation could not be read")
            return ()

    def _save(self, request: AskRequest, update: ExchangeUpdate) -> None:
        """Store an exchange; a failure is no reason to withhold the answer."""
        try:
            self._store.save(request.visitor, request.conversation, update.number, update.exchange)
        except QAError:
            _log.exception("a conversation could not be stored")

    def _articles(self, ids: set[str]) -> dict[str, Article]:
        """Return those of the articles that the index has, by id; none if it cannot be read."""
        try:
            return self._pipeline.get().index.articles_by_id(ids) if ids else {}
        except QAError:
            return {}


def _unchanged(answer: Answer, articles: dict[str, Article]) -> tuple[Article, ...]:
    """Return the articles to show beside an answer that still read as it quotes them."""
    changed = {
        c.article_id
        for c in answer.citations
        if c.article_id in articles and articles[c.article_id].text[c.start : c.end] != c.quote
    }
    return tuple(
        articles[article_id]
        for article_id in shown_article_ids(answer)
        if article_id in articles and article_id not in changed
    )
