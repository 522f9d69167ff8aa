"""What the chat does for its visitors: questions, conversations, feedback. The page calls it, nothing here shows."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from qa.chat.asking import Asking, Exchange, converse, shown_articles
from qa.chat.export import as_json, markdown
from qa.chat.feedback import Feedback, gold
from qa.chat.kept import Conversations, Heading
from qa.chat.opening import Opening
from qa.chat.requests import Asked, Exported, Judged, Stopped, Talk, Titled, Visit, checked
from qa.chat.stopping import Stops
from qa.errors import QAError
from qa.types import Article

_NONE = '<p class="note">Your conversations will be listed here. Nobody else sees them.</p>'

_log = logging.getLogger(__name__)


class Desk:
    """The conversations of all visitors, and the questions at work.

    Args:
        opening: of the pipeline that answers.
        folder: where conversations and feedback are kept.
    """

    def __init__(self, opening: Opening, folder: Path) -> None:
        self._opening = opening
        self._kept = Conversations(folder / "conversations.sqlite")
        self._feedback = Feedback(folder / "feedback")
        self._stops = Stops()

    def ask(self, asked: Asked) -> Iterator[tuple[Exchange, ...]]:
        """Yield a conversation again and again while its new question is answered; what is finished is kept."""
        past = self.open(asked)
        asking = Asking(
            asked.question,
            past,
            replaces=asked.replaces,
            literal=asked.literal,
            where=asked.where.model_dump(),
            quotes=asked.quotes,
        )
        try:
            for state in converse(self._opening, asking, self._stops.of(asked.token)):
                if len(state) > len(asking.before) and state[-1].finished:
                    self._keep(asked, state)
                yield state
        finally:
            self._stops.forget(asked.token)

    def open(self, talk: Talk) -> tuple[Exchange, ...]:
        """Return a conversation as it was left; none has been held where there is none, or none can be read."""
        try:
            exchanges = self._kept.load(talk.visitor, talk.talk)
        except QAError:
            _log.exception("a conversation could not be read")
            return ()
        known: dict[str, Article | None] = {}
        return tuple(self._with_articles(exchange, known) for exchange in exchanges)

    def functions(self) -> list[Callable[[object], dict[str, Any]]]:
        """Return what the page may call."""
        return [
            checked(Stopped, self.stop),
            checked(Visit, self.talks),
            checked(Titled, self.rename),
            checked(Talk, self.delete),
            checked(Judged, self.judge),
            checked(Exported, self.export),
        ]

    def stop(self, stopped: Stopped) -> None:
        """Stop a question."""
        self._stops.of(stopped.token)()

    def talks(self, visit: Visit) -> str:
        """Return the list of a visitor's conversations as HTML."""
        return "".join(map(_item, self._kept.headings(visit.visitor))) or _NONE

    def rename(self, titled: Titled) -> str:
        """Give a conversation another title, and return the list."""
        self._kept.rename(titled.visitor, titled.talk, titled.title)
        return self.talks(titled)

    def delete(self, talk: Talk) -> str:
        """Delete a conversation, and return the list."""
        self._kept.delete(talk.visitor, talk.talk)
        return self.talks(talk)

    def judge(self, judged: Judged) -> str:
        """Note what a visitor thinks of an answer in the question set of feedback, and return the verdict."""
        exchange = self._kept.judge(judged.visitor, judged.talk, judged.exchange, judged.verdict)
        before = self._kept.load(judged.visitor, judged.talk)[: judged.exchange - 1]
        line = gold(exchange, before, correct=judged.correct, unanswerable=judged.unanswerable)
        self._feedback.note(f"{judged.talk}-{judged.exchange}", line)
        return exchange.verdict

    def export(self, exported: Exported) -> str:
        """Return a conversation as Markdown or JSON."""
        title = self._kept.title(exported.visitor, exported.talk)
        if not title:
            raise QAError("there is nothing to take away yet: ask something first")
        write = markdown if exported.form == "md" else as_json
        return write(title, self._kept.load(exported.visitor, exported.talk))

    def _keep(self, talk: Talk, exchanges: tuple[Exchange, ...]) -> None:
        """Keep the last exchange; that this fails is no reason to withhold the answer."""
        try:
            self._kept.save(talk.visitor, talk.talk, exchanges)
        except QAError:
            _log.exception("a conversation could not be kept")

    def _with_articles(self, exchange: Exchange, known: dict[str, Article | None]) -> Exchange:
        """Return an exchange with the articles of its answer, but for those that have changed where it quotes them."""
        if exchange.answer is None:
            return exchange
        citations = exchange.answer.citations
        articles = tuple(
            article
            for article in shown_articles(self._opening, exchange.answer, known)
            if all(article.text[c.start : c.end] == c.quote for c in citations if c.article_id == article.id)
        )
        return dataclasses.replace(exchange, articles=articles)


def _item(heading: Heading) -> str:
    title = escape(heading.title)
    return (
        f'<li data-talk="{escape(heading.id)}"><button type="button" class="quiet open" dir="auto">{title}</button>'
        f'<button type="button" class="quiet small" data-rename aria-label="Rename {title}">Rename</button>'
        f'<button type="button" class="quiet small" data-delete aria-label="Delete {title}">Delete</button></li>'
    )
