"""What of Gradio's server is reachable, for whom, and within which limits."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from qa.chat.page_language import LanguageMiddleware
from qa.conversations.library import UPLOAD_BYTES
from qa.errors import SettingsError
from qa.server import (
    AccessMiddleware,
    BodyLimitMiddleware,
    CollectionMiddleware,
    ConcurrencyLimitMiddleware,
    ObservingMiddleware,
    RateLimitMiddleware,
    RouteAllowlistMiddleware,
    SameOriginMiddleware,
    SecurityHeadersMiddleware,
)
from qa.server.access import CALLBACK, DEFAULT
from qa.server.accounts import Accounts
from qa.server.backend import Backend
from qa.server.metrics import Metrics
from qa.server.service import ProgramsMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MAX_CONNECTIONS = 800
"""Open connections of all clients together; uvicorn answers 503 beyond them."""

SESSION_CAPACITY = 256
"""Sessions whose components Gradio keeps, about 50 KB each; a dropped one is created again."""

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_ALL_INTERFACES = ("0.0.0.0", "::", "[::]")  # noqa: S104 - to recognise them
_LOGIN = ("/login", "/login/")
_BODY_BYTES = 2_000_000
_HELD_BYTES = 160_000_000
# The page calls by one path whatever it calls. Base64 takes four letters for three bytes; a little
# more is let through, so that the library's own message says what is too large.
_LARGER = dict.fromkeys(
    ("/gradio_api/component_server", "/gradio_api/component_server/", "/api/v1/articles"),
    UPLOAD_BYTES * 4 // 3 + 100_000,
)
# A visitor's page holds one stream open, and one more while it asks. Many visitors may share one
# address.
_REQUESTS, _REQUESTS_PER_CLIENT = 700, 500
_LOGINS_PER_MINUTE = 10
# Gradio compiles the scripts of components and events ('unsafe-eval') and styles elements one by
# one ('unsafe-inline').
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}


def middleware(
    hosts: Iterable[str],
    script: str,
    accounts: Accounts | None = None,
    backends: Mapping[str, Backend] | None = None,
    pages: Mapping[str, ASGIApp] | None = None,
) -> list[Middleware]:
    """Return the middleware of the chat's server, the outermost first.

    Args:
        hosts: names by which it is reached.
        script: that the page adds to itself.
        accounts: those who may sign in; by default nobody has to.
        backends: collection -> what programs are answered from; empty where there is only a page.
        pages: collection -> its page, for all but the default one.
    """
    made, accounts = backends or {}, accounts or Accounts()
    audits = {name: backend.audit for name, backend in made.items()}
    metrics = made[DEFAULT].metrics if made else Metrics()
    login = (*_LOGIN, CALLBACK)
    return [
        Middleware(SecurityHeadersMiddleware, policy=_POLICY, scripts=[script]),
        Middleware(CollectionMiddleware, names=tuple(made)),
        *([Middleware(LanguageMiddleware)] if made else []),
        Middleware(ObservingMiddleware, metrics=metrics),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        Middleware(RouteAllowlistMiddleware),
        Middleware(SameOriginMiddleware, pages=("/", CALLBACK), forms=_LOGIN),
        Middleware(RateLimitMiddleware, paths=login, times=_LOGINS_PER_MINUTE, seconds=60),
        Middleware(ConcurrencyLimitMiddleware, total=_REQUESTS, per_client=_REQUESTS_PER_CLIENT),
        Middleware(AccessMiddleware, accounts=accounts, audits=audits),
        Middleware(BodyLimitMiddleware, limit=_BODY_BYTES, larger=_LARGER, held=_HELD_BYTES),
        Middleware(ProgramsMiddleware, backends=made, pages=pages, provider=accounts.provider),
    ]


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_names(host: str, others: Iterable[str] = ()) -> list[str]:
    """Return the names by which a server may be asked that listens at `host`.

    Args:
        host: an address or a name; for one that means all interfaces, also this machine's own.
        others: further names, such as that of a reverse proxy.
    """
    names = [*_LOOPBACK_NAMES, *others]
    if host in _ALL_INTERFACES:
        names += [socket.gethostname(), *_own_addresses()]
    else:
        names.append(f"[{host}]" if ":" in host and not host.startswith("[") else host)
    return list(dict.fromkeys(name.lower() for name in names))


def check_exposure(host: str, *, login: bool, opened: bool) -> None:
    """Refuse to let other machines in without a login.

    Raises:
        SettingsError: others would reach `host`, and neither a login nor `--open` was given.
    """
    if not (login or opened or is_loopback(host)):
        raise SettingsError(
            f"--host {host} lets other machines in, and there is no login: add users (qa users "
            "add), set QA_LOGIN=user:password, or add --open if whoever reaches it may use it"
        )


def may_fetch(host: str, *, login: bool, named: bool) -> bool:
    """Return whether visitors may have this machine ask for addresses of the web.

    Those who logged in may, and without a login those who sit at this machine.

    Args:
        host: where the server listens.
        login: whether it asks for one.
        named: whether it is reached by further names, such as that of a reverse proxy.
    """
    return login or (is_loopback(host) and not named)


def _own_addresses() -> list[str]:
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:  # the machine's name is not known to its own resolver
        return []
    addresses = (str(address[0]).partition("%")[0] for *_, address in found)
    return [f"[{address}]" if ":" in address else address for address in addresses]
