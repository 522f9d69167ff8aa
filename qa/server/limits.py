"""Limits of what clients may make a server hold: bodies, requests in progress, attempts."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from qa.server.refusals import refusal

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_RETRY_SECONDS = 2
_MAX_CLIENTS = 10_000


def client_of(scope: Scope) -> str:
    """Return the address that a request comes from."""
    return str((scope.get("client") or ("", 0))[0])


class BodyLimitMiddleware:
    """Reads each body as a whole before it is passed on, and refuses those that are too large.

    Args:
        app: the ASGI app behind it.
        limit: bytes that a body may have.
        larger: path -> bytes, where more is needed.
        held: bytes of all bodies in progress together; beyond them a request is told to come again.
        idle: seconds after which a client that sends nothing more is given up.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit: int,
        larger: Mapping[str, int],
        held: int,
        idle: float = 30.0,
    ) -> None:
        self._app = app
        self._limit = limit
        self._larger = larger
        self._max_held = held
        self._idle = idle
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body, if that is not too large."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        chunks: list[bytes] = []
        try:
            refused = await self._read(scope, receive, chunks)
            if refused is not None:
                await refused(scope, receive, send)
                return
            await self._app(scope, _replayed(b"".join(chunks), receive), send)
        finally:
            self._held -= sum(map(len, chunks))

    async def _read(self, scope: Scope, receive: Receive, chunks: list[bytes]) -> Response | None:
        """Append the body to `chunks`; return a refusal if it is too large or does not come."""
        limit, size = self._larger.get(scope["path"], self._limit), 0
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > limit:
            return _refusal(scope, 413, "The content is too large.")
        while True:
            try:
                message = await asyncio.wait_for(receive(), self._idle)
            except TimeoutError:
                return _refusal(scope, 408, "The content did not arrive in time.")
            if message["type"] == "http.disconnect":
                return _refusal(scope, 400, "The content did not arrive whole.")
            chunk = message.get("body", b"")
            chunks.append(chunk)
            self._held += len(chunk)
            size += len(chunk)
            if size > limit:
                return _refusal(scope, 413, "The content is too large.")
            if self._held > self._max_held:
                return _refusal(
                    scope, 503, "Too much is being sent at once: try again.", retry=True
                )
            if not message.get("more_body"):
                return None


class ConcurrencyLimitMiddleware:
    """Limits the requests in progress, open streams included, in all and for each client.

    Args:
        app: the ASGI app behind it.
        total: of all clients; beyond them the answer is 503.
        per_client: of one address; beyond them the answer is 429.
    """

    def __init__(self, app: ASGIApp, *, total: int, per_client: int) -> None:
        self._app = app
        self._total = total
        self._per_client = per_client
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on unless there are too many."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = client_of(scope)
        if self._open[client] >= self._per_client:
            refused = _refusal(scope, 429, "You have too many requests in progress.", retry=True)
            await refused(scope, receive, send)
            return
        if self._open.total() >= self._total:
            refused = _refusal(scope, 503, "The server is busy: try again.", retry=True)
            await refused(scope, receive, send)
            return
        self._open[client] += 1
        try:
            await self._app(scope, receive, _with_retry(send))
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]


class RateLimitMiddleware:
    """Limits how often one client may request some paths, such as attempts to log in.

    Args:
        app: the ASGI app behind it.
        paths: whose requests count.
        times: that are allowed within `seconds`; beyond them the answer is 429.
        seconds: length of the window.
    """

    def __init__(self, app: ASGIApp, *, paths: Collection[str], times: int, seconds: float) -> None:
        self._app = app
        self._paths = paths
        self._times = times
        self._seconds = seconds
        self._past: OrderedDict[str, deque[float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on unless it comes too soon."""
        if scope["type"] == "http" and scope["path"] in self._paths:
            now, client = time.monotonic(), client_of(scope)
            past = self._past.setdefault(client, deque(maxlen=self._times))
            self._past.move_to_end(client)
            if len(self._past) > _MAX_CLIENTS:
                self._past.popitem(last=False)
            if len(past) == self._times and now - past[0] < self._seconds:
                headers = {"Retry-After": str(int(self._seconds))}
                refused = refusal(scope, 429, "Too many attempts: wait a minute.", headers)
                await refused(scope, receive, send)
                return
            past.append(now)
        await self._app(scope, receive, send)


def _refusal(scope: Scope, status: int, message: str, *, retry: bool = False) -> Response:
    # A refused body may not have been read to its end: the connection cannot be used again.
    headers = {"Connection": "close"} | ({"Retry-After": str(_RETRY_SECONDS)} if retry else {})
    return refusal(scope, status, message, headers)


def _with_retry(send: Send) -> Send:
    """Return `send` that tells whoever is refused as one too many when to come again."""

    async def send_with_retry(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in {429, 503}:
            MutableHeaders(scope=message).setdefault("retry-after", str(_RETRY_SECONDS))
        await send(message)

    return send_with_retry


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return `receive` that gives a body which has been read already, and then what follows it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_replayed() -> Message:
        return messages.pop() if messages else await receive()

    return receive_replayed
