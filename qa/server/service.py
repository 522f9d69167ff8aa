"""Who answers a request: REST, MCP or a page. Those for programs are made when first asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from qa.server.access import DEFAULT
from qa.server.backend import Backend
from qa.server.collections import collection_of, path_of
from qa.server.refusals import PROGRAMS, refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from qa.server.rest.admission import Admission

_MCP, _OIDC = "/mcp", "/oidc/"


class ProgramsMiddleware:
    """Passes the requests of programs to REST and MCP, all others to the page of their collection.

    Args:
        app: the page of the default collection.
        backends: collection -> what its interfaces share; empty where there is only a page.
        pages: collection -> its page, for all but the default one.
        provider: signs in whom an identity provider vouches for; None for none.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        backends: Mapping[str, Backend] | None = None,
        pages: Mapping[str, ASGIApp] | None = None,
        provider: ASGIApp | None = None,
    ) -> None:
        self._pages = {} if pages is None else pages
        self._app = app
        self._backends = backends or {}
        self._provider = provider
        self._making = asyncio.Lock()
        self._admission: Admission | None = None
        self._rest: dict[str, ASGIApp] = {}
        self._mcp: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        path, collection = scope.get("path", ""), collection_of(scope)
        root = path_of(collection)
        if scope["type"] != "http":
            app, at = self._app, scope
        elif path.startswith(_OIDC):
            app, at = self._provider or refusal(scope, 404, "Not found"), scope
        elif not path.startswith(PROGRAMS):
            app = self._pages[collection] if root else self._app
            at = {**scope, "path": f"{root}{path}", "root_path": root} if root else scope
        elif collection not in self._backends:
            app, at = refusal(scope, 404, "Not found"), scope
        elif path == _MCP:
            app, at = await self._mcp_app(scope["method"]), scope
        else:
            app = await self._rest_app(collection)
            at = {**scope, "root_path": root} if root else scope
        await app(at, receive, send)

    async def _rest_app(self, collection: str) -> ASGIApp:
        async with self._making:
            if collection not in self._rest:
                from qa.server.rest import build

                shared = self._backends if collection == DEFAULT else None
                made = build(self._backends[collection], self._admitting(), shared)
                self._rest[collection] = made
            return self._rest[collection]

    async def _mcp_app(self, method: str) -> ASGIApp:
        if method != "POST":
            # No sessions are kept, so there is no stream to listen to and nothing to end.
            return refusal({"path": _MCP}, 405, "MCP is posted here.", {"Allow": "POST"})
        async with self._making:
            if self._mcp is None:
                with contextlib.suppress(ModuleNotFoundError):
                    from qa.server.mcp import http_app

                    self._mcp = await http_app(self._backends, self._admitting())
            return self._mcp or refusal(
                {"path": _MCP}, 501, "MCP is not installed here: pip install 'qa-articles[mcp]'"
            )

    def _admitting(self) -> Admission:
        """Return what lets questions in, one for all."""
        from qa.server.rest.admission import Admission

        self._admission = self._admission or Admission()
        return self._admission
