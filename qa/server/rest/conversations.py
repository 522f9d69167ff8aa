"""Stored conversations, and verdicts on their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path
from starlette.responses import JSONResponse, Response

from qa.conversations.requests import (
    ConversationRequest,
    RenameRequest,
    VerdictRequest,
    VisitorRequest,
)
from qa.errors import QAError
from qa.server.access import current
from qa.server.rest.bodies import Conversation, ConversationId, ConversationItem, Judge, Rename
from qa.server.rest.problems import RESPONSES, NotFoundError
from qa.types import to_dict

if TYPE_CHECKING:
    from fastapi import FastAPI

    from qa.server.backend import Backend

_Id = Annotated[ConversationId, Path()]


class _Own:
    """The conversations of whoever asks."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.chat = backend.chat

    def request(self, conversation: str) -> ConversationRequest:
        """Return a request about one of them.

        Raises:
            NotFoundError: there is none of this id.
        """
        self.item(conversation)
        return ConversationRequest(visitor=self._visitor(), conversation=conversation)

    def items(self) -> list[ConversationItem]:
        """Return all of them, the most recent first."""
        found = self.chat.conversations(VisitorRequest(visitor=self._visitor()))
        return [ConversationItem(id=c.id, title=c.title, changed=c.changed) for c in found]

    def item(self, conversation: str) -> ConversationItem:
        """Return one of them.

        Raises:
            NotFoundError: there is none of this id.
        """
        for each in self.items():
            if each.id == conversation:
                return each
        raise NotFoundError("you have no such conversation: list them to see which there are")

    def _visitor(self) -> str:
        return self._backend.visitor_of(current.get())


def add_routes(api: FastAPI, backend: Backend) -> None:
    """Add the routes to an app. Each user finds only their own conversations."""
    own = _Own(backend)
    _add_reading(api, own)

    @api.patch("/api/v1/conversations/{conversation}", responses=RESPONSES, tags=["conversations"])
    def rename(conversation: _Id, body: Rename) -> ConversationItem:
        """Give a conversation another title; a blank one changes nothing."""
        request = own.request(conversation)
        own.chat.rename(RenameRequest(**request.model_dump(), title=body.title))
        return own.item(conversation)

    @api.delete(
        "/api/v1/conversations/{conversation}",
        status_code=204,
        responses=RESPONSES,
        tags=["conversations"],
    )
    def delete(conversation: _Id) -> None:
        """Delete a conversation, and what feedback says of it."""
        own.chat.delete(own.request(conversation))

    @api.post("/api/v1/feedback", responses=RESPONSES, tags=["conversations"])
    def judge(body: Judge) -> dict[str, str]:
        """Store a verdict on an answer, also in the question set of feedback."""
        own.item(body.conversation)
        visitor = backend.visitor_of(current.get())
        try:
            verdict = own.chat.judge(VerdictRequest(visitor=visitor, **body.model_dump()))
        except QAError as error:
            raise NotFoundError("this conversation has no such answer") from error
        return {"verdict": verdict}


def _add_reading(api: FastAPI, own: _Own) -> None:
    @api.get("/api/v1/conversations", responses=RESPONSES, tags=["conversations"])
    def conversations() -> list[ConversationItem]:
        """List your conversations, the most recent first."""
        return own.items()

    @api.get(
        "/api/v1/conversations/{conversation}",
        response_model=Conversation,
        responses=RESPONSES,
        tags=["conversations"],
    )
    def read(conversation: _Id) -> Response:
        """Return a conversation."""
        request, title = own.request(conversation), own.item(conversation).title
        exchanges: list[dict[str, Any]] = [
            {
                "number": number,
                "question": exchange.question,
                "answer": to_dict(exchange.answer),
                "error": exchange.error,
                "verdict": exchange.verdict,
            }
            for number, exchange in enumerate(own.chat.open(request), 1)
        ]
        return JSONResponse({"id": conversation, "title": title, "exchanges": exchanges})
