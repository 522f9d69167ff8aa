"""Holds HTML pages back until they are complete, so that they can be changed as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.types import Message, Send

Finish = Callable[[MutableHeaders, bytes], bytes]
"""Takes the headers of a page, which it may change, and its body; returns the body to be sent."""


def whole_pages(send: Send, finish: Finish) -> Send:
    """Return what sends a response, an HTML page as `finish` makes it; others pass as they come."""
    started: list[Message] = []
    body = bytearray()

    async def send_whole(message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = MutableHeaders(scope=message).get("content-type", "")
            if kind.startswith("text/html"):
                started.append(message)
                return
        elif started:
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            start = started.pop()
            page = finish(MutableHeaders(scope=start), bytes(body))
            await send(start)
            message = {"type": "http.response.body", "body": page}
        await send(message)

    return send_whole
