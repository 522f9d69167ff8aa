"""Other web pages cannot use a visitor's browser to act here or to read from here."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from qa.server.refusals import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE_METHODS = ("GET", "HEAD")


class SameOriginMiddleware:
    """Refuses requests that a page of another origin makes through a visitor's browser.

    A browser says in `Sec-Fetch-Site` where a request comes from, or, where it does not send that
    header (to addresses that are neither HTTPS nor loopback), in `Origin`. A request with neither
    comes from a program, not from a page. What is posted must also be JSON, which no form of
    another page can send; nor can one use any other method that changes something.

    Source: https://web.dev/articles/fetch-metadata (resource isolation policy).

    Args:
        app: the ASGI app behind it.
        pages: paths that links on other pages may open.
        forms: paths that take a form instead of JSON.
    """

    def __init__(
        self, app: ASGIApp, *, pages: Collection[str] = ("/",), forms: Collection[str] = ()
    ) -> None:
        self._app = app
        self._pages = pages
        self._forms = forms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on unless a page of another origin made it."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if _is_foreign(headers) and not self._is_link(scope, headers):
                message = "Refused: this request comes from the page of another origin."
                await refusal(scope, 403, message)(scope, receive, send)
                return
            if scope["method"] == "POST" and scope["path"] not in self._forms:
                content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
                if content_type != "application/json":
                    message = "Refused: the content must be application/json."
                    await refusal(scope, 415, message)(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _is_link(self, scope: Scope, headers: Headers) -> bool:
        """Return whether the visitor followed a link to a page, in a window of its own."""
        return (
            scope["method"] in _SAFE_METHODS
            and scope["path"] in self._pages
            and headers.get("sec-fetch-mode") == "navigate"
            and headers.get("sec-fetch-dest") == "document"
        )


def _is_foreign(headers: Headers) -> bool:
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in {"same-origin", "none"}
    if (origin := headers.get("origin")) is not None:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    return False
