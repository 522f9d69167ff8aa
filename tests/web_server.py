"""A web site on this machine, for tests of what is fetched."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.formats import SOURCE, TITLE

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """What the site answers at one path.

    Attributes:
        body: of the answer; an iterator is sent piece by piece, without a length.
        type: of its content.
        status: of HTTP.
        headers: more of them.
        tagged: it has an ETag, and a request that names it is answered with 304.
    """

    body: str | bytes | Callable[[], Iterator[bytes]] = b""
    type: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    tagged: bool = True

    @property
    def data(self) -> bytes:
        """The body, where it has a length."""
        assert not callable(self.body)
        return self.body.encode() if isinstance(self.body, str) else self.body


class Site:
    """A server on the loopback interface; each test says what it has at which path.

    Attributes:
        replies: path -> answer; the others get 404.
        asked: the paths of all requests, but for robots.txt.
        answered: the statuses of the answers to these.
        times: when each request came, with those for robots.txt.
        agents: the names of who asked.
    """

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []
        self.answered: list[int] = []
        self.times: list[float] = []
        self.agents: set[str] = set()
        self._stopped = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def pages(self, **replies: str | Reply) -> None:
        """Set what the site answers at some paths of one name."""
        for name, reply in replies.items():
            self.replies[f"/{name}"] = reply if isinstance(reply, Reply) else Reply(reply)

    def drip(self, piece: bytes = b"<p>More.</p>", pause: float = 0.05) -> Iterator[bytes]:
        """Yield without end, until the site is closed."""
        while not self._stopped.wait(pause):
            yield piece

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.times.append(time.monotonic())
        self.agents.add(handler.headers.get("User-Agent", ""))
        path = handler.path.removeprefix(self.address)  # a proxy is given whole addresses
        plain = self.replies.get(path.partition("?")[0], Reply(status=404))
        reply = self.replies.get(path, plain)
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"' if isinstance(body, bytes) else ""
        unchanged = tag and reply.tagged and handler.headers.get("If-None-Match") == tag
        status = 304 if unchanged else reply.status
        if path != "/robots.txt":
            self.asked.append(path)
            self.answered.append(status)
        handler.send_response(status)
        if reply.tagged and tag:
            handler.send_header("ETag", tag)
        handler.send_header("Content-Type", reply.type)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if status == 304:
            return
        try:
            for piece in [body] if isinstance(body, bytes) else body():
                handler.wfile.write(piece)
                handler.wfile.flush()
        except OSError:
            pass  # whoever asked has had enough


def feed(*items: str, more: str = "", title: str = SOURCE) -> Reply:
    """Return an RSS feed of items, each as `item` makes it."""
    names = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    channel = f"<title>{title}</title><link>/</link><description>News</description>{more}"
    body = f'<?xml version="1.0"?><rss version="2.0" {names}><channel>{channel}{"".join(items)}</channel></rss>'
    return Reply(body, "application/rss+xml")


def item(link: str, *, title: str = "", text: str = "", more: str = "") -> str:
    """Return an item of a feed: with its whole text, or with a teaser."""
    content = f"<content:encoded><![CDATA[{text}]]></content:encoded>" if text else ""
    teaser = "<description>The council voted …</description>"
    day = "<pubDate>Sun, 04 May 2025 06:30:00 GMT</pubDate>"
    return f"<item><title>{title or TITLE}</title><link>{link}</link>{day}{teaser}{content}{more}</item>"


def sitemap(*locations: str | tuple[str, str], index: bool = False) -> Reply:
    """Return a sitemap, or an index of sitemaps; a pair says when a page changed."""
    outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    pairs = [each if isinstance(each, tuple) else (each, "") for each in locations]
    body = "".join(
        f"<{inner}><loc>{place}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</{inner}>"
        for place, day in pairs
    )
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    return Reply(f'<?xml version="1.0"?><{outer} {names}>{body}</{outer}>', "application/xml")
