"""`POST /v1/chat/completions` in OpenAI's form, for chat front ends that know nothing else.

Source: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import time
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from qa.answering.rendering import statement_text
from qa.conversations.asking import Question
from qa.conversations.cancel import QuestionCancelledError
from qa.conversations.messages import told
from qa.errors import QAError
from qa.server.access import current
from qa.server.collections import path_of
from qa.server.rest.bodies import MAX_TURN_CHARS, MAX_TURNS
from qa.server.rest.problems import OPENAI_RESPONSES
from qa.server.rest.questions import Asking, streamed
from qa.types import Answer, Citation, Partial, Role, Statement, Turn, to_dict

if TYPE_CHECKING:
    from fastapi import FastAPI

MODEL = "qa-articles"
"""The one model that there is."""

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The completion; with `stream`, its chunks, and `[DONE]` at the end.",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "required": ["data"],
                    "properties": {"data": {"type": "string"}},
                }
            }
        },
    }
}
_MARKER = re.compile(r"\[(\d+)\]")


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="ignore")

    type: str
    text: Annotated[str, Field(max_length=MAX_TURN_CHARS)] = ""


class ChatMessage(BaseModel):
    """A message of the conversation."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str, Field(max_length=MAX_TURN_CHARS)] | list[Part] | None = None

    @property
    def text(self) -> str:
        """The text of all its parts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class Completion(BaseModel):
    """A request; what has no meaning here, such as a temperature, is ignored."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [{"role": "user", "content": "Who wants to close the ferry?"}],
                }
            ]
        },
    )

    model: Annotated[str, Field(max_length=200)] = MODEL
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=MAX_TURNS)]
    stream: bool | None = False

    def question(self) -> Question:
        """Return the last message as a question, those before it as its history.

        Raises:
            QAError: the last message is not the user's.
        """
        if self.messages[-1].role != "user":
            raise QAError("the last message must be the user's question")
        names: dict[str, Role] = {"user": "user", "assistant": "assistant"}
        earlier = (m for m in self.messages[:-1] if m.role in names)
        turns = tuple(Turn(names[m.role], m.text) for m in earlier if m.text.strip())
        return Question(self.messages[-1].text, turns)


def add_routes(api: FastAPI, asking: Asking) -> None:
    """Add the routes to an app."""

    @api.get("/v1/models", responses=OPENAI_RESPONSES, tags=["OpenAI"])
    async def models() -> dict[str, Any]:
        """List the one model that there is."""
        entry = {"id": MODEL, "object": "model", "created": 0, "owned_by": "qa"}
        return {"object": "list", "data": [entry]}

    @api.post(
        "/v1/chat/completions",
        response_model=dict[str, Any],
        responses=OPENAI_RESPONSES | _STREAM,
        tags=["OpenAI"],
    )
    async def complete(body: Completion) -> Response:
        """Answer the last message; citations are annotations of the answer's message."""
        question = body.question()
        if body.stream:
            return await streamed(_chunks(asking, question, body.model))
        answer = await asking.answer(question)
        message = {
            "role": "assistant",
            "content": answer.text,
            "refusal": None,
            "annotations": url_citations(answer.text, answer.citations),
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        head = _head("chat.completion", body.model)
        return JSONResponse(head | {"choices": [choice], "usage": _usage(answer)})


def url_citations(text: str, citations: tuple[Citation, ...]) -> list[dict[str, Any]]:
    """Return the citations of a text as annotations: one for each of its `[n]` markers.

    `start_index` and `end_index` are the marker's place in the text; the quote and its place in the
    article come beside OpenAI's own fields.
    """
    root = path_of(current.get().collection)
    numbered = {citation.number: citation for citation in citations}
    found = ((match, numbered.get(int(match[1]))) for match in _MARKER.finditer(text))
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": match.start(),
                "end_index": match.end(),
                "title": cited.title or cited.article_id,
                "url": cited.url or f"{root}/api/v1/articles/{quote(cited.article_id)}",
                "citation": to_dict(cited),
            },
        }
        for match, cited in found
        if cited is not None
    ]


async def _chunks(asking: Asking, question: Question, model: str) -> AsyncGenerator[str, None]:
    """Yield an answer in chunks: a line for each statement as it comes; annotations last."""
    head = _head("chat.completion.chunk", model)
    said, begun = "", False
    try:
        async with contextlib.aclosing(asking.events(question)) as happening:
            async for event in happening:
                if not begun:
                    begun = True
                    yield _chunk(head, {"role": "assistant", "content": ""})
                if isinstance(event, Partial):
                    yield ": writing\n\n"
                elif isinstance(event, Statement):
                    line = f"{chr(10) if said else ''}{statement_text(event)}"
                    said += line
                    yield _chunk(head, {"content": line})
                elif isinstance(event, Answer):
                    for chunk in _end(head, said, event):
                        yield chunk
    except (QAError, QuestionCancelledError) as error:
        if not begun:
            raise
        yield f"data: {json.dumps({'error': {'message': told(error), 'type': 'server_error'}})}\n\n"
    yield "data: [DONE]\n\n"


def _end(head: dict[str, Any], said: str, answer: Answer) -> Iterator[str]:
    """Yield the last chunks: what no statement said, the annotations, the end."""
    rest = answer.fallback_reason or answer.note if said else answer.text
    if rest:
        line = f"{chr(10) if said else ''}{rest}"
        said += line
        yield _chunk(head, {"content": line})
    yield _chunk(head, {"annotations": url_citations(said, answer.citations)})
    yield _chunk(head, {}, finish="stop")


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return f"data: {json.dumps(head | {'choices': [choice]}, ensure_ascii=False)}\n\n"


def _head(kind: str, model: str) -> dict[str, Any]:
    identifier = f"chatcmpl-{secrets.token_hex(12)}"
    return {"id": identifier, "object": kind, "created": int(time.time()), "model": model}


def _usage(answer: Answer) -> dict[str, int]:
    """Return the tokens of a chat model, where one was asked."""
    read, written = (int(answer.timings.get(name, 0)) for name in ("tokens_in", "tokens_out"))
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
    }
