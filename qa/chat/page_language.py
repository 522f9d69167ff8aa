"""Which language a request is answered in, and pages whose parts differ by language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import gradio as gr
from gradio.context import Context
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser

from qa.chat.core_messages import translated
from qa.chat.i18n import ENGLISH, LANGUAGES, direction, gettext, language, negotiated, spoken
from qa.chat.rendering import render
from qa.server.whole_pages import whole_pages

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "qa-language"
_SECONDS = 365 * 24 * 3600
_ROOT = b'lang="en"'

Props = Callable[[], Mapping[str, Any]]


class LanguageMiddleware:
    """Has each request answered in the language that it asks for.

    A page is told in the language of `?lang=`, which is remembered in a cookie, else in that of the
    cookie, else in one that the browser accepts. What the page then asks for comes with its own
    language as `Accept-Language`.

    Args:
        app: the ASGI app behind it; paths have lost the name of the collection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on in its language; the page also gets language and direction."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, page = Headers(scope=scope), scope["path"] == "/"
        wanted = _wanted(scope) if page else ""
        kept = cookie_parser(headers.get("cookie", "")).get(COOKIE, "") if page else ""
        known = next((code for code in (wanted, kept) if code in LANGUAGES), "")
        with spoken(known or negotiated(headers.get("accept-language", ""))):
            await self._app(scope, receive, _told(send, wanted) if page else send)


class LocalisedBlocks(gr.Blocks):
    """A page whose parts are told in the language of whoever asks for it.

    Attributes:
        parts: component -> returns those of its properties that depend on the language.
    """

    def __init__(self, **options: Any) -> None:
        self.parts: dict[int, Props] = {}
        self._config: dict[str, Any] = {}
        self._provided = False
        super().__init__(**options)

    @property
    def config(self) -> Any:
        """What Gradio puts into the page; it asks for it at each request."""
        if language() == ENGLISH:
            return self._config
        components = [
            each | {"props": {**each["props"], **self.parts[each["id"]]()}}
            if each["id"] in self.parts
            else each
            for each in self._config["components"]
        ]
        return {**self._config, "components": components, "title": gettext(self._config["title"])}

    @config.setter
    def config(self, config: Any) -> None:
        self._config = config

    @property
    def auth_message(self) -> str | None:
        """What is shown above the sign-in form, where an identity provider does it, too."""
        return render("sign_in.html") if self._provided else None

    @auth_message.setter
    def auth_message(self, message: str | None) -> None:
        self._provided = message is not None


def localised(part: gr.HTML, props: Props) -> gr.HTML:
    """Have a part of the page that is being built differ by language; return it."""
    root = Context.root_block
    if isinstance(root, LocalisedBlocks):
        root.parts[part._id] = props  # noqa: SLF001 - Gradio's name of a component's number
    return part


def told_in_language(function: Callable[[object], Any]) -> Callable[[object], Any]:
    """Return a function of the page that says what went wrong in the page's language."""

    @wraps(function)
    def call(request: object) -> Any:
        result = function(request)
        failed = isinstance(result, dict) and "error" in result
        return {"error": translated(result["error"])} if failed else result

    return call


def language_of(request: gr.Request | None) -> str:
    """Return the language of the page that an event comes from."""
    return negotiated(request.headers.get("accept-language", "")) if request else ENGLISH


def _wanted(scope: Scope) -> str:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    code = query.get("lang", [""])[0].lower()
    return code if code in LANGUAGES else ""


def _told(send: Send, wanted: str) -> Send:
    """Return what sends a page with its language and direction, and remembers what was wanted."""

    def finish(headers: MutableHeaders, body: bytes) -> bytes:
        code = language()
        told = f'lang="{code}" dir="{direction()}" data-language="{code}"'.encode()
        page = body.replace(_ROOT, told, 1)
        headers["Content-Length"] = str(len(page))
        headers.add_vary_header("Accept-Language, Cookie")
        if wanted:
            headers.append("Set-Cookie", _cookie(wanted))
        return page

    return whole_pages(send, finish)


def _cookie(code: str) -> str:
    cookie = SimpleCookie({COOKIE: code})
    kept = cookie[COOKIE]
    kept["path"], kept["max-age"] = "/", str(_SECONDS)
    kept["samesite"], kept["httponly"] = "Strict", True
    return kept.OutputString()
