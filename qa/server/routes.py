"""Only the routes that are needed exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.websockets import WebSocketClose

from qa.server.access import route_of
from qa.server.collections import collection_of
from qa.server.refusals import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class RouteAllowlistMiddleware:
    """Answers 404 to every request that `qa.server.access` does not know; refuses WebSockets.

    Args:
        app: the ASGI app behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if its route is known."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        if scope["type"] == "http":
            route = route_of(scope["method"], scope["path"], collection_of(scope))
            if route is None:
                await refusal(scope, 404, "Not found")(scope, receive, send)
                return
        await self._app(scope, receive, send)
