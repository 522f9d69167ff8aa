"""`POST ask` and `POST search`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from qa.conversations.asking import Question, events
from qa.conversations.cancel import CancelToken, QuestionCancelledError
from qa.conversations.messages import told
from qa.conversations.requests import ConversationRequest
from qa.errors import QAError
from qa.server.access import Caller, current
from qa.server.refusals import problem_body
from qa.server.rest.admission import Admission
from qa.server.rest.bodies import AnswerBody, Ask, Search
from qa.server.rest.problems import RESPONSES, status_of
from qa.server.turns import Waiting
from qa.types import Answer, Found, Hit, Partial, Statement, StreamEvent, to_dict

if TYPE_CHECKING:
    from fastapi import FastAPI

    from qa.server.backend import Backend

ASK_SECONDS = 300.0
"""Seconds that an answer may take; then it is given up."""

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; with `stream`, server-sent events: `found`, then each "
        "`statement`, and last the `answer` or an `error`.",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "required": ["event", "data"],
                    "properties": {
                        "event": {"enum": ["found", "statement", "answer", "error"]},
                        "data": {"type": "string", "contentMediaType": "application/json"},
                    },
                }
            }
        },
    }
}


class Asking:
    """Answers the questions of programs.

    Args:
        backend: answers.
        admission: lets them in.
        seconds: that an answer may take.
    """

    def __init__(
        self, backend: Backend, admission: Admission, seconds: float = ASK_SECONDS
    ) -> None:
        self._backend = backend
        self._admission = admission
        self._seconds = seconds

    async def events(self, question: Question) -> AsyncGenerator[StreamEvent, None]:
        """Yield what happens while a question is answered, and the answer last.

        Whoever stops listening ends the work.

        Raises:
            QuestionCancelledError: it took too long.
            QAError: too many wait, or whatever answering raised.
        """
        cancel, caller = CancelToken(), current.get()
        async with self._admission.enter(*_waiting(caller)):
            timer = asyncio.get_running_loop().call_later(self._seconds, cancel.cancel)
            try:
                found = events(self._backend.pipeline, question, cancel)
                async for event in iterate_in_threadpool(found):
                    yield event
            finally:
                timer.cancel()
                cancel.cancel()

    async def answer(self, question: Question) -> Answer:
        """Return the answer to a question; see `events`."""
        async with contextlib.aclosing(self.events(question)) as happening:
            async for event in happening:
                if isinstance(event, Answer):
                    return event
        raise RuntimeError("the stream ended without an answer")

    def question_of(self, ask: Ask, request: ConversationRequest | None) -> Question:
        """Return what a program asks, with what came before in its conversation."""
        turns = tuple(self._backend.chat.history(request)) if request else ask.turns()
        return Question(ask.question, turns, ask.where.filter(), ask.quotes)

    def conversation_of(self, ask: Ask) -> ConversationRequest | None:
        """Return the stored conversation that a question belongs to; None for none."""
        if ask.conversation is None:
            return None
        visitor = self._backend.visitor_of(current.get())
        return ConversationRequest(visitor=visitor, conversation=ask.conversation)

    def body(self, answer: Answer, request: ConversationRequest | None) -> dict[str, Any]:
        """Return an answer as it is sent, once it is stored."""
        body: dict[str, Any] = to_dict(answer)
        if request is None:
            return body
        number = self._backend.chat.record(request, answer)
        return body | {"conversation": request.conversation, "exchange": number}


def add_routes(api: FastAPI, asking: Asking, backend: Backend) -> None:
    """Add the routes to an app."""

    @api.post("/api/v1/ask", response_model=AnswerBody, responses=RESPONSES | _STREAM, tags=["ask"])
    async def ask(body: Ask) -> Response:
        """Answer a question from the articles, with citations, or abstain."""
        request = asking.conversation_of(body)
        question = await run_in_threadpool(asking.question_of, body, request)
        if body.stream:
            return await streamed(_sent(asking, question, request))
        answer = await asking.answer(question)
        return JSONResponse(await run_in_threadpool(asking.body, answer, request))

    @api.post("/api/v1/search", response_model=list[Hit], responses=RESPONSES, tags=["ask"])
    def search(body: Search) -> Response:
        """Return the best passages for a query, best first."""
        found = backend.pipeline.get().search(body.query, k=body.k, where=body.where.filter())
        return JSONResponse(to_dict(found))


def _waiting(caller: Caller) -> Waiting:
    return Waiting(caller.principal.name or caller.client, caller.visitor)


async def streamed(events: AsyncGenerator[str, None]) -> Response:
    """Return server-sent events as a response; what goes wrong before the first is raised."""
    first = await anext(events)

    async def all_of_them() -> AsyncGenerator[str, None]:
        async with contextlib.aclosing(events):
            yield first
            async for event in events:
                yield event

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(all_of_them(), media_type="text/event-stream", headers=headers)


async def _sent(
    asking: Asking, question: Question, request: ConversationRequest | None
) -> AsyncGenerator[str, None]:
    """Yield what happens as server-sent events."""
    begun = False
    try:
        async with contextlib.aclosing(asking.events(question)) as happening:
            async for event in happening:
                begun = True
                match event:
                    case Found(hits=hits):
                        ids = dict.fromkeys(hit.passage.article_id for hit in hits)
                        yield _event("found", {"passages": len(hits), "article_ids": list(ids)})
                    case Partial():
                        yield ": writing\n\n"  # a comment, which keeps the connection alive
                    case Statement():
                        yield _event("statement", to_dict(event))
                    case Answer():
                        body = await run_in_threadpool(asking.body, event, request)
                        yield _event("answer", body)
    except (QAError, QuestionCancelledError) as error:
        if not begun:
            raise
        status = status_of(error) if isinstance(error, QAError) else 504
        yield _event("error", problem_body(status, told(error)))


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
