"""Counts and logs every request, by its route: never by what was asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from qa.server.access import API_ROUTES, route_of
from qa.server.collections import collection_of
from qa.server.metrics import Metrics
from qa.types import Answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PROGRAMS = frozenset(API_ROUTES)

_log = logging.getLogger(__name__)


def observer(metrics: Metrics, *, questions: bool = False) -> Callable[[Answer], None]:
    """Return what counts and logs an answer.

    Args:
        metrics: counts it.
        questions: whether to log the question, too.
    """

    def observe(answer: Answer) -> None:
        metrics.answered(answer)
        fields: dict[str, object] = {
            "form": answer.form,
            "confidence": round(answer.confidence, 3),
            "citations": len(answer.citations),
        }
        asked = {"question": answer.question} if questions else {}
        _log.info("answer", extra={"fields": fields | asked})

    return observe


class ObservingMiddleware:
    """Counts and logs every request.

    Args:
        app: the ASGI app behind it.
        metrics: counts them.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it once its response is complete."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = route_of(scope["method"], scope["path"], collection_of(scope))
        name = route.path if route in _PROGRAMS else "page" if route else "unknown"
        status, begun = 500, time.perf_counter()

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        finally:
            seconds = time.perf_counter() - begun
            # A client may send any word as its method.
            method = scope["method"] if route else "other"
            self._metrics.requested(name, method, status, seconds)
            about = {"method": method, "route": name, "status": status}
            _log.info("request", extra={"fields": about | {"seconds": round(seconds, 3)}})
