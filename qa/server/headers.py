"""Security headers, and a content security policy that fits each page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from qa.server.whole_pages import whole_pages

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
}
"""Headers of every response besides its content security policy."""

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


class SecurityHeadersMiddleware:
    """Adds `HEADERS` and a content security policy to every response.

    The inline scripts that the server itself put into a page are allowed by their hashes, so that
    none that comes into the page in any other way is executed.

    Args:
        app: the ASGI app behind it.
        policy: the content security policy: directive -> sources.
        scripts: further inline scripts that a page adds to itself.
    """

    def __init__(
        self, app: ASGIApp, *, policy: Mapping[str, str], scripts: Iterable[str] = ()
    ) -> None:
        self._app = app
        self._policy = dict(policy)
        self._hashes = " ".join(_hash(script.encode()) for script in scripts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add the headers to its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # The policy of a page is known when its scripts are.
        send_page = whole_pages(send, self._with_policy)

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["Content-Security-Policy"] = self._policy_for(b"")
            await send_page(message)

        await self._app(scope, receive, send_secured)

    def _with_policy(self, headers: MutableHeaders, page: bytes) -> bytes:
        headers["Content-Security-Policy"] = self._policy_for(page)
        return page

    def _policy_for(self, page: bytes) -> str:
        """Return the policy that allows the inline scripts of a page as it left the server."""
        found = " ".join(_hash(script) for script in _INLINE_SCRIPT.findall(page))
        inline = {"script-src": f"{self._policy.get('script-src', '')} {self._hashes} {found}"}
        directives = self._policy | (inline if page else {})
        return "; ".join(f"{name} {' '.join(value.split())}" for name, value in directives.items())


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
