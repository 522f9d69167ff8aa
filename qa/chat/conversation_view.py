"""The conversation on the page: asking, reopening, and the list of conversations."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from qa.chat.conversation import conversation, newest_exchange
from qa.chat.i18n import spoken
from qa.chat.page_language import language_of
from qa.chat.rendering import macro
from qa.chat.sources import newest_sources, panel
from qa.conversations.requests import (
    AskRequest,
    CancelRequest,
    ConversationRequest,
    ExportRequest,
    RenameRequest,
    VerdictRequest,
    VisitorRequest,
    checked,
    parse,
)
from qa.conversations.service import ChatService


class ConversationView:
    """Shows conversations, and passes on what visitors do with them.

    A change to the page is `number`, `html` and whether the conversation is `busy`: for number 0
    `html` is a whole conversation, else the exchange of that number, or its sources.

    Args:
        service: holds the conversations.
        addable: whether visitors can add articles.
    """

    def __init__(self, service: ChatService, *, addable: bool = True) -> None:
        self._service = service
        self._addable = addable
        self._openings = itertools.count(1)

    def ask(self, event: gr.EventData, request: gr.Request | None = None) -> Iterator[list[Any]]:
        """Yield the changes to the conversation and its sources while a question is answered."""
        shown, code = None, language_of(request)
        for update in self._service.ask(parse(AskRequest, event._data)):  # noqa: SLF001 - all of it
            exchange, reading = update.exchange, update.exchange.reading
            change = {"number": update.number, "busy": not exchange.finished}
            sources: object = gr.skip()
            if exchange.finished or (reading is not None and reading is not shown and reading.hits):
                with spoken(code):
                    sources = change | {"html": newest_sources(update.number, exchange)}
                shown = reading
            with spoken(code):
                html = newest_exchange(update.earlier, exchange, addable=self._addable)
            yield [change | {"html": html}, sources]

    def reopen(
        self, event: gr.EventData, request: gr.Request | None = None
    ) -> list[dict[str, Any]]:
        """Return the changes that show a stored conversation and its sources."""
        exchanges = self._service.open(parse(ConversationRequest, event._data))  # noqa: SLF001 - the same
        # Gradio passes on no value that equals the one before: each opening has its own number.
        change = {"number": 0, "busy": False, "opening": next(self._openings)}
        with spoken(language_of(request)):
            html = conversation(exchanges, addable=self._addable)
            return [change | {"html": html}, change | {"html": panel(exchanges)}]

    def functions(self) -> list[Callable[[object], dict[str, Any]]]:
        """Return what the page's scripts may call."""
        return [
            checked(CancelRequest, self._service.cancel),
            checked(VerdictRequest, self._service.judge),
            checked(ExportRequest, self._service.export),
            checked(VisitorRequest, self.conversations),
            checked(RenameRequest, self.rename),
            checked(ConversationRequest, self.delete),
        ]

    def conversations(self, request: VisitorRequest) -> str:
        """Return a visitor's conversations as the items of a list."""
        return macro("conversation_list.html", "items", self._service.conversations(request))

    def rename(self, request: RenameRequest) -> str:
        """Give a conversation another title, and return the list."""
        self._service.rename(request)
        return self.conversations(request)

    def delete(self, request: ConversationRequest) -> str:
        """Delete a conversation, and return the list."""
        self._service.delete(request)
        return self.conversations(request)
