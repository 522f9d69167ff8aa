"""Errors as application/problem+json."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from qa.conversations.cancel import QuestionCancelledError
from qa.conversations.lazy_pipeline import EndingError
from qa.conversations.messages import told
from qa.errors import (
    ArticleError,
    IndexDamagedError,
    IndexLockedError,
    IndexNotFoundError,
    IndexStaleError,
    ModelError,
    QAError,
)
from qa.server.access import ForbiddenError
from qa.server.refusals import openai_error, problem
from qa.server.rest.bodies import Problem

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

_FAULT = "Something went wrong. The server has noted the details in its log; you can try again."
_TOO_LONG = "The answer took too long, and was given up: ask something narrower."

RETRY_SECONDS = 2
"""After which to come again where nothing better is known."""

_log = logging.getLogger(__name__)


class NotFoundError(QAError):
    """There is no such thing."""


class BusyError(QAError):
    """Too many are asking at once.

    Attributes:
        seconds: after which to come again.
    """

    def __init__(self, reason: str, seconds: int = RETRY_SECONDS) -> None:
        super().__init__(f"{reason}: try again in {seconds} s")
        self.seconds = seconds


class TooManyError(BusyError):
    """One client asks too much at once."""


_STATUS: tuple[tuple[type[QAError], int], ...] = (
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ArticleError, 404),
    (IndexLockedError, 409),
    (TooManyError, 429),
    (BusyError, 503),
    (EndingError, 503),
    (IndexNotFoundError, 503),
    (IndexStaleError, 503),
    (IndexDamagedError, 503),
    (ModelError, 503),
)

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }
    for status, description in {
        400: "The request could not be read.",
        401: "Sign in, or send an API key.",
        403: "The role, or the scopes of the key, do not allow this.",
        404: "There is no such thing.",
        409: "Another process is writing: try again.",
        413: "The content is too large.",
        415: "The content must be application/json.",
        422: "The request says something that cannot be.",
        429: "Too many requests: see Retry-After.",
        503: "The service is busy, or has no index yet: see Retry-After.",
        504: "The answer took too long.",
    }.items()
}
"""What every route may answer besides what it promises."""

OPENAI_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": said["description"],
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {
                        "error": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {"message": {"type": "string"}},
                        }
                    },
                }
            }
        },
    }
    for status, said in RESPONSES.items()
}
"""The same for the routes in OpenAI's form."""


def status_of(error: QAError) -> int:
    """Return the status of the response to an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 422)


def install(api: FastAPI) -> None:
    """Have an app answer its errors so."""

    async def on_error(request: Request, error: Exception) -> Response:
        status, detail, more = _told(error)
        seconds = error.seconds if isinstance(error, BusyError) else RETRY_SECONDS
        headers = {"Retry-After": str(seconds)} if status in {429, 503} else None
        if request.url.path.startswith("/v1/"):
            return openai_error(status, detail, headers)
        return problem(status, detail, headers, **more)

    kinds = (QAError, QuestionCancelledError, RequestValidationError, HTTPException)
    for kind in (*kinds, UnicodeError, Exception):
        api.add_exception_handler(kind, on_error)


def _told(error: Exception) -> tuple[int, str, dict[str, object]]:
    """Return the status, what happened, and more about it."""
    if isinstance(error, QAError):
        return status_of(error), told(error), {}
    if isinstance(error, QuestionCancelledError):
        return 504, _TOO_LONG, {}
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail), {}
    if isinstance(error, RequestValidationError):
        # What was sent is not sent back: it may be anything.
        faults = [
            {"where": ".".join(map(str, fault["loc"])), "what": str(fault["msg"])}
            for fault in error.errors()
        ]
        listed = "; ".join(f"{fault['where']}: {fault['what']}" for fault in faults[:3])
        return 422, listed.encode("utf-8", "replace").decode(), {"errors": faults[:20]}
    if isinstance(error, UnicodeError):
        return 422, "The content is not valid Unicode.", {}
    _log.error("a request failed", exc_info=error)
    return 500, _FAULT, {}
