"""Who may do what: the one place that decides, for routes, tools and functions of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, NamedTuple

from qa.errors import QAError

Role = Literal["reader", "editor", "owner"]
Action = Literal[
    "open", "describe", "ask", "search", "read", "converse", "add", "remove", "measure", "audit"
]

ROLES: tuple[Role, ...] = ("reader", "editor", "owner")
"""From the least to the most that they may."""

NEEDED: Mapping[Action, Role | None] = {
    "open": None,  # sign in, and see whether the service is well
    "describe": "reader",
    "ask": "reader",
    "search": "reader",
    "read": "reader",
    "converse": "reader",
    "add": "editor",
    "remove": "editor",
    "measure": "owner",
    "audit": "owner",
}
"""The least role that each action needs; None: anybody may."""

AUDITED: frozenset[Action] = frozenset({"add", "remove", "audit"})
"""Actions that are noted in the audit log, whatever came of them."""

FUNCTIONS: Mapping[str, Action] = {
    "cancel": "converse",
    "judge": "converse",
    "export": "converse",
    "conversations": "converse",
    "rename": "converse",
    "delete": "converse",
    "read_article": "read",
    "articles": "read",
    "article": "read",
    "choose": "add",
    "add": "add",
    "add_text": "add",
    "add_address": "add",
    "adding": "add",
    "stop_adding": "add",
    "remove": "remove",
    "undo": "remove",
}
"""What each function that the page calls does."""

TOOLS: Mapping[str, Action] = {"ask": "ask", "search": "search", "read_article": "read"}
"""What each MCP tool does; articles as resources are read."""


class Route(NamedTuple):
    """A route: its method, its path with `{names}`, and what it does."""

    method: str
    path: str
    action: Action


API_ROUTES: tuple[Route, ...] = (
    Route("GET", "/openapi.json", "describe"),
    Route("GET", "/metrics", "measure"),
    Route("GET", "/api/v1/health", "open"),
    Route("GET", "/api/v1/ready", "open"),
    Route("POST", "/api/v1/ask", "ask"),
    Route("POST", "/api/v1/search", "search"),
    Route("GET", "/api/v1/articles", "read"),
    Route("POST", "/api/v1/articles", "add"),
    Route("GET", "/api/v1/articles/{article_id:path}", "read"),
    Route("DELETE", "/api/v1/articles/{article_id:path}", "remove"),
    Route("POST", "/api/v1/undo", "remove"),
    Route("GET", "/api/v1/additions/{token}", "add"),
    Route("DELETE", "/api/v1/additions/{token}", "add"),
    Route("GET", "/api/v1/conversations", "converse"),
    Route("GET", "/api/v1/conversations/{conversation}", "converse"),
    Route("PATCH", "/api/v1/conversations/{conversation}", "converse"),
    Route("DELETE", "/api/v1/conversations/{conversation}", "converse"),
    Route("POST", "/api/v1/feedback", "converse"),
    Route("GET", "/api/v1/evaluations", "read"),
    Route("GET", "/api/v1/evaluations/{name}", "read"),
    Route("GET", "/api/v1/audit", "audit"),
    Route("GET", "/v1/models", "describe"),
    Route("POST", "/v1/chat/completions", "ask"),
    Route("GET", "/mcp", "describe"),
    Route("POST", "/mcp", "describe"),
    Route("DELETE", "/mcp", "describe"),
)
"""The routes for programs."""

# What the page and gradio_client use: no files, uploads, proxies, monitoring or run history.
_PAGE_PATTERNS: tuple[Route, ...] = (
    Route("GET", r"/|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json|/logout", "open"),
    Route("GET", r"/(assets|static|svelte)/.+", "open"),
    Route("GET", r"/gradio_api/(startup-events|theme\.css|user|login_check|app_id)/?", "open"),
    Route("POST", r"/login/?", "open"),
    Route("GET", r"/config/?|/gradio_api/info/?", "describe"),
    Route("GET", r"/gradio_api/queue/data/?|/gradio_api/heartbeat/[^/]+", "ask"),
    Route("GET", r"/gradio_api/call/(v2/)?(ask|search)/[^/]+", "ask"),
    Route("POST", r"/gradio_api/call/(v2/)?(ask|search)/?", "ask"),
    Route("POST", r"/gradio_api/(queue/join|cancel|reset)/?", "ask"),
    # The functions behind it decide for themselves; see `permitted`.
    Route("POST", r"/gradio_api/component_server/?", "read"),
)
_PARAMETER = re.compile(r"\{(\w+)(:path)?\}")


def _pattern(path: str) -> str:
    """Return a path with `{names}` as a pattern."""
    parts, end = [], 0
    for match in _PARAMETER.finditer(path):
        parts += [re.escape(path[end : match.start()]), "(?s:.+)" if match[2] else "[^/]+"]
        end = match.end()
    return "".join([*parts, re.escape(path[end:])])


_ROUTES = tuple(
    (route.method, re.compile(pattern), route)
    for route, pattern in [
        *((route, _pattern(route.path)) for route in API_ROUTES),
        *((route, route.path) for route in _PAGE_PATTERNS),
    ]
)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        name: of the user; empty where nobody has to sign in, and for a stranger.
        role: None for a stranger.
        scopes: the only actions that their API key allows; empty for all of the role.
        key: id of that key; empty for none.
    """

    name: str = ""
    role: Role | None = None
    scopes: frozenset[str] = frozenset()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        principal: the user.
        client: the address that they ask from.
        visitor: the secret that a program chose for itself where nobody has to sign in.
    """

    principal: Principal
    client: str = ""
    visitor: str = ""


class ForbiddenError(QAError):
    """Whoever asks may not do that."""


STRANGER = Principal()
_NOBODY = Caller(STRANGER)
current: ContextVar[Caller] = ContextVar("qa_caller", default=_NOBODY)
"""Who makes the call that is being worked on."""


def route_of(method: str, path: str) -> Route | None:
    """Return the route that a request asks for; None if there is none, so that nobody gets it."""
    asked = "GET" if method == "HEAD" else method
    for known, pattern, route in _ROUTES:
        if known == asked and pattern.fullmatch(path):
            return route
    return None


def allows(principal: Principal, action: Action) -> bool:
    """Return whether somebody may do something."""
    needed = NEEDED[action]
    if needed is None:
        return True
    if principal.role is None or ROLES.index(principal.role) < ROLES.index(needed):
        return False
    return not principal.scopes or action in principal.scopes


def demand(action: Action) -> Caller:
    """Return who makes the present call.

    Raises:
        ForbiddenError: they may not do that.
    """
    caller = current.get()
    if not allows(caller.principal, action):
        raise ForbiddenError(reason_of(caller.principal, action))
    return caller


def reason_of(principal: Principal, action: Action) -> str:
    """Return why somebody may not do something, and what they can do about it."""
    if principal.role is None:
        return "sign in first, or send an API key"
    if principal.scopes and action not in principal.scopes:
        return f"this API key is not for {action!r}: use one that has this scope"
    return f"the role {principal.role!r} may not do this ({action}): ask an owner"


def checked_scopes(names: Iterable[str]) -> frozenset[str]:
    """Return names of actions as the scopes of a key.

    Raises:
        QAError: one is unknown.
    """
    scopes = frozenset(names)
    if unknown := sorted(scopes - NEEDED.keys()):
        known = ", ".join(sorted(NEEDED.keys() - {"open"}))
        raise QAError(f"unknown scope {unknown[0]!r}: known are {known}")
    return scopes
