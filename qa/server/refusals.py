"""How a request is refused: in plain words on the page, as problem+json to programs."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.types import Scope

PROGRAMS = ("/api/", "/v1/", "/mcp", "/metrics", "/openapi.json")
"""Beginnings of the paths that programs ask for."""


def refusal(
    scope: Scope, status: int, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a refusal that whoever asked can read."""
    path = str(scope.get("path", ""))
    if path.startswith("/v1/"):
        return openai_error(status, message, headers)
    if path.startswith(PROGRAMS):
        return problem(status, message, headers)
    return PlainTextResponse(message, status, dict(headers or {}))


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    """Return an error as application/problem+json.

    Source: RFC 9457.
    """
    return JSONResponse(
        problem_body(status, detail, **more),
        status,
        dict(headers or {}),
        media_type="application/problem+json",
    )


def problem_body(status: int, detail: str, **more: object) -> dict[str, object]:
    """Return the members of a problem."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}


def openai_error(
    status: int, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return an error in the form in which OpenAI's clients expect it."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    body = {"error": {"message": message, "type": kind, "param": None, "code": None}}
    return JSONResponse(body, status, dict(headers or {}))
