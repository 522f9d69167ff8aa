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


def add_routes(api: FastAPI, backend: Backend) -> None:
    """Add the routes to an app. Each user finds only their own conversations."""
    chat = backend.chat

    def visitor() -> str:
        return backend.visitor_of(current.get())

    def listed() -> list[ConversationItem]:
        found = chat.conversations(VisitorRequest(visitor=visitor()))
        return [ConversationItem(id=c.id, title=c.title, changed=c.changed) for c in found]

    def item(conversation: str) -> ConversationItem:
        for each in listed():
            if each.id == conversation:
                return each
        raise NotFoundError("you have no such conversation: list them to see which there are")

    @api.get("/api/v1/conversations", responses=RESPONSES, tags=["conversations"])
    def conversations() -> list[ConversationItem]:
        """List your conversations, the most recent first."""
        return listed()

    @api.get(
        "/api/v1/conversations/{conversation}",
        response_model=Conversation,
        responses=RESPONSES,
        tags=["conversations"],
    )
    def read(conversation: _Id) -> Response:
        """Return a conversation."""
        title = item(conversation).title
        asked = chat.open(ConversationRequest(visitor=visitor(), conversation=conversation))
        exchanges: list[dict[str, Any]] = [
            {
                "number": number,
                "question": exchange.question,
                "answer": to_dict(exchange.answer),
                "error": exchange.error,
                "verdict": exchange.verdict,
            }
            for number, exchange in enumerate(asked, 1)
        ]
        return JSONResponse({"id": conversation, "title": title, "exchanges": exchanges})

    @api.patch(
        "/api/v1/conversations/{conversation}", responses=RESPONSES, tags=["conversations"]
    )
    def rename(conversation: _Id, body: Rename) -> ConversationItem:
        """Give a conversation another title; a blank one changes nothing."""
        item(conversation)
        chat.rename(
            RenameRequest(visitor=visitor(), conversation=conversation, title=body.title)
        )
        return item(conversation)

    @api.delete(
        "/api/v1/conversations/{conversation}",
        status_code=204,
        responses=RESPONSES,
        tags=["conversations"],
    )
    def delete(conversation: _Id) -> None:
        """Delete a conversation, and what feedback says of it."""
        item(conversation)
        chat.delete(ConversationRequest(visitor=visitor(), conversation=conversation))

    @api.post("/api/v1/feedback", responses=RESPONSES, tags=["conversations"])
    def judge(body: Judge) -> dict[str, str]:
        """Store a verdict on an answer, also in the question set of feedback."""
        item(body.conversation)
        request = VerdictRequest(visitor=visitor(), **body.model_dump())
        try:
            return {"verdict": chat.judge(request)}
        except QAError as error:
            raise NotFoundError("this conversation has no such answer") from error
