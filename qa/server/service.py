"""The interfaces for programs beside the page: REST and MCP, each made when it is first asked."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from qa.server.backend import Backend
from qa.server.refusals import PROGRAMS, refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from qa.server.rest.admission import Admission

_MCP = "/mcp"


class ProgramsMiddleware:
    """Passes the requests of programs to REST and MCP, all others to the page.

    Args:
        app: the page.
        backend: what all of them share; None where there is only a page.
    """

    def __init__(self, app: ASGIApp, *, backend: Backend | None = None) -> None:
        self._app = app
        self._backend = backend
        self._making = asyncio.Lock()
        self._admission: Admission | None = None
        self._rest: ASGIApp | None = None
        self._mcp: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(PROGRAMS):
            await self._app(scope, receive, send)
        elif self._backend is None:
            await refusal(scope, 404, "Not found")(scope, receive, send)
        elif path == _MCP and scope["method"] != "POST":
            # No sessions are kept, so there is no stream to listen to and nothing to end.
            await refusal(scope, 405, "MCP is posted here.", {"Allow": "POST"})(
                scope, receive, send
            )
        elif path == _MCP:
            await (await self._mcp_app(self._backend))(scope, receive, send)
        else:
            await (await self._rest_app(self._backend))(scope, receive, send)

    async def _rest_app(self, backend: Backend) -> ASGIApp:
        async with self._making:
            if self._rest is None:
                from qa.server.rest import build

                self._rest = build(backend, self._admitting())
            return self._rest

    async def _mcp_app(self, backend: Backend) -> ASGIApp:
        async with self._making:
            if self._mcp is None:
                with contextlib.suppress(ModuleNotFoundError):
                    from qa.server.mcp import http_app

                    self._mcp = await http_app(backend, self._admitting())
            return self._mcp or refusal(
                {"path": _MCP}, 501, "MCP is not installed here: pip install 'qa-articles[mcp]'"
            )

    def _admitting(self) -> Admission:
        """Return what lets questions in, one for both."""
        from qa.server.rest.admission import Admission

        self._admission = self._admission or Admission()
        return self._admission
