"""One HTTP request: to the address that was checked, within limits of time and size.

httpcore asks its network backend to connect: ours connects to the IP addresses that were checked,
and not to what the name may mean a moment later.
"""

from __future__ import annotations

import time
import urllib.request
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpcore

from qa.errors import ArticleError, one_line
from qa.sources.web.addresses import Address, resolve
from qa.sources.web.responses import MOST_BYTES, Response, UnreachableError

SECONDS = 30.0
"""For one request, from the connection to the last byte."""

_CONNECT_SECONDS = 10.0
_NO_TEXT = ("image/", "audio/", "video/", "font/", "model/")
_ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, "
    "application/xml;q=0.9, text/plain;q=0.9, application/pdf;q=0.8, */*;q=0.1"
)
_FAULTS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    OSError,
    ValueError,
)


def fetch(address: Address, headers: Mapping[str, str], *, allow_private: bool = False) -> Response:
    """Ask once; a redirect is returned and not followed.

    Args:
        address: what to ask for.
        headers: beside those that are always sent.
        allow_private: also ask machines of private networks.

    Raises:
        UnreachableError: nothing came back in time.
        ArticleError: it may not be asked, or what it sends is too large or holds no text.
    """
    deadline = time.monotonic() + SECONDS
    proxy = _proxy(address)
    hosts = () if proxy and allow_private else resolve(address, allow_private=allow_private)
    shown = {"Host": address.site.partition("//")[2], "Accept": _ACCEPT}
    sent = {**shown, "Accept-Encoding": "gzip", **headers}
    url = httpcore.URL(f"{address.site}{address.target}")
    try:
        with (
            _pool(address, hosts, proxy, deadline) as pool,
            pool.stream("GET", url, headers=list(sent.items())) as answer,
        ):
            return _read(address, answer)
    except httpcore.TimeoutException:
        reason = f"did not answer completely within {SECONDS:.0f} seconds"
        raise UnreachableError(str(address), reason, "try again later") from None
    except _FAULTS as error:
        said = one_line(str(error)) or type(error).__name__
        raise UnreachableError(
            str(address), f"cannot be reached: {said}", "try again later"
        ) from None


def _proxy(address: Address) -> str:
    """Return the address of the proxy that the environment names; empty if there is none."""
    named = urllib.request.getproxies().get(address.scheme, "")
    if not named or urllib.request.proxy_bypass(address.host):
        return ""
    return named if "://" in named else f"http://{named}"


def _pool(
    address: Address, hosts: Iterable[str], proxy: str, deadline: float
) -> httpcore.ConnectionPool:
    """Return what connects to the checked addresses, or to a proxy, which looks the name up itself.

    Raises:
        ArticleError: the proxy is of another kind.
    """
    if not proxy:
        return httpcore.ConnectionPool(network_backend=_Backend(deadline, hosts))
    parts = urllib.parse.urlsplit(proxy)
    if parts.scheme not in {"http", "https"}:
        reason = f"the proxy {parts.hostname} is of a kind that is not supported"
        raise ArticleError(str(address), reason, "name an http:// proxy, or none")
    user, password = (urllib.parse.unquote(each or "") for each in (parts.username, parts.password))
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return httpcore.HTTPProxy(
        place,
        proxy_auth=(user, password) if user else None,
        network_backend=_Backend(deadline),
    )


def _read(address: Address, answer: httpcore.Response) -> Response:
    headers = dict[str, str]()
    for name, value in answer.headers:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
    response = Response(address, answer.status, headers)
    if answer.status != 200:
        return response
    if response.media_type.startswith(_NO_TEXT):
        raise ArticleError(str(address), f"is {response.media_type}, which holds no text to read")
    coding = headers.get("content-encoding", "identity").lower()
    if coding not in {"", "identity", "gzip", "x-gzip"}:
        raise ArticleError(str(address), f"is compressed in a way that was not asked for: {coding}")
    chunks = answer.iter_stream()
    chunks = _unpacked(chunks) if "gzip" in coding else chunks
    body = bytearray()
    try:
        for chunk in chunks:
            body += chunk
            if len(body) > MOST_BYTES:
                reason = f"too large: more than {MOST_BYTES // 1_000_000} MB"
                raise ArticleError(str(address), reason)
    except (zlib.error, EOFError):
        raise UnreachableError(str(address), "damaged: not valid gzip", "try again later") from None
    return Response(address, answer.status, headers, bytes(body))


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield decompressed pieces, none much larger than what is read at most."""
    unpack = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        yield unpack.decompress(chunk, MOST_BYTES + 1)
    if not unpack.eof:
        raise EOFError


class _Backend(httpcore.NetworkBackend):
    """Connects to given IP addresses, whatever the host; to the host itself if none is given.

    Args:
        deadline: by `time.monotonic`, for all that is done with its connections.
        hosts: IP addresses.
    """

    def __init__(self, deadline: float, hosts: Iterable[str] = ()) -> None:
        self._deadline = deadline
        self._hosts = tuple(hosts)
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self._hosts or (host,)
        for each in others:
            try:
                return self._connect(each, port, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(last, port, local_address, socket_options)

    def _connect(self, host: str, port: int, *more: Any) -> httpcore.NetworkStream:
        timeout = min(_CONNECT_SECONDS, _left(self._deadline))
        return _Stream(self._inner.connect_tcp(host, port, timeout, *more), self._deadline)


class _Stream(httpcore.NetworkStream):
    """A connection that ends at a deadline, however little comes at a time."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - httpcore's
        return self._inner.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - httpcore's
        self._inner.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
