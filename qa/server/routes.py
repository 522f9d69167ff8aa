"""Only the routes that are needed exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocketClose

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class RouteAllowlistMiddleware:
    """Answers 404 to every request outside a list of routes, and refuses WebSockets.

    Args:
        app: the ASGI app behind it.
        read: pattern of the paths that may be requested with GET or HEAD, matched as a whole.
        write: pattern of the paths that may be requested with POST.
    """

    def __init__(self, app: ASGIApp, *, read: str, write: str) -> None:
        self._app = app
        patterns = {"GET": re.compile(read), "POST": re.compile(write)}
        self._patterns = patterns | {"HEAD": patterns["GET"]}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if its route is on the list."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        if scope["type"] == "http":
            pattern = self._patterns.get(scope["method"])
            if pattern is None or not pattern.fullmatch(scope["path"]):
                await PlainTextResponse("Not found", 404)(scope, receive, send)
                return
        await self._app(scope, receive, send)
