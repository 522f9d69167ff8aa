"""Who may do what, in which collection: the one place that decides.

It decides for routes, tools and functions of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from qa.errors import QAError

Role = Literal["reader", "editor", "owner"]
Action = Literal[
    "open", "describe", "ask", "search", "read", "converse", "add", "remove", "measure", "audit"
]

DEFAULT = "default"
"""The collection of the service's own index, whose paths begin with nothing."""

LOGIN, CALLBACK = "/oidc/login", "/oidc/callback"
"""Where signing in by an identity provider begins, and where the provider sends the browser."""

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
    "collections": "describe",
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

TOOLS: Mapping[str, Action] = {
    "ask": "ask",
    "search": "search",
    "read_article": "read",
    "list_collections": "describe",
}
"""What each MCP tool does; articles as resources are read."""


class Route(NamedTuple):
    """A route: its method, its path with `{names}`, and what it does.

    One that is `shared` is there once for all collections; whoever has a role in any of them may
    ask for it, and what is behind it decides for each collection.
    """

    method: str
    path: str
    action: Action
    shared: bool = False


API_ROUTES: tuple[Route, ...] = (
    Route("GET", "/openapi.json", "describe"),
    Route("GET", "/metrics", "measure", shared=True),
    Route("GET", "/api/v1/health", "open"),
    Route("GET", "/api/v1/ready", "open"),
    Route("GET", "/api/v1/collections", "describe", shared=True),
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
    Route("GET", "/mcp", "describe", shared=True),
    Route("POST", "/mcp", "describe", shared=True),
    Route("DELETE", "/mcp", "describe", shared=True),
)
"""The routes for programs."""

# What the page and gradio_client use: no files, uploads, proxies, monitoring or run history.
_PAGE_PATTERNS: tuple[Route, ...] = (
    Route("GET", r"/|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json|/logout", "open"),
    Route("GET", r"/(assets|static|svelte)/.+", "open"),
    Route("GET", r"/gradio_api/(startup-events|theme\.css|user|login_check|app_id)/?", "open"),
    Route("POST", r"/login/?", "open"),
    Route("GET", f"{LOGIN}|{CALLBACK}", "open", shared=True),
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
        role: in the default collection; None for none there.
        scopes: the only actions that their API key allows; empty for all of the role.
        key: id of that key; empty for none.
        grants: other collection -> role.
        everywhere: whether `role` counts in every collection.
    """

    name: str = ""
    role: Role | None = None
    scopes: frozenset[str] = frozenset()
    key: str = ""
    grants: Mapping[str, Role] = field(default_factory=dict)
    everywhere: bool = False

    @property
    def known(self) -> bool:
        """Whether it is known who asks, or nobody has to say."""
        return bool(self.name) or self.role is not None

    def role_in(self, collection: str) -> Role | None:
        """Return the role in a collection; None for none."""
        if self.everywhere or collection == DEFAULT:
            return self.role
        return self.grants.get(collection)

    def collections(self) -> list[str]:
        """Return the collections in which there is a role, as far as it is not everywhere."""
        return ([DEFAULT] if self.role else []) + sorted(self.grants)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        principal: the user.
        client: the address that they ask from.
        visitor: the secret that a program chose for itself where nobody has to sign in.
        collection: that they ask about.
    """

    principal: Principal
    client: str = ""
    visitor: str = ""
    collection: str = DEFAULT


class ForbiddenError(QAError):
    """Whoever asks may not do that."""


STRANGER = Principal()
_NOBODY = Caller(STRANGER)
current: ContextVar[Caller] = ContextVar("qa_caller", default=_NOBODY)
"""Who makes the call that is being worked on."""


def route_of(method: str, path: str, collection: str = DEFAULT) -> Route | None:
    """Return the route that a request asks for; None if there is none, so that nobody gets it.

    Args:
        method: of HTTP.
        path: without what names the collection.
        collection: that is asked for; those that are shared lie in the default one.
    """
    asked = "GET" if method == "HEAD" else method
    for known, pattern, route in _ROUTES:
        if known == asked and pattern.fullmatch(path):
            return None if route.shared and collection != DEFAULT else route
    return None


def allows(principal: Principal, action: Action, collection: str = DEFAULT) -> bool:
    """Return whether somebody may do something in a collection."""
    needed = NEEDED[action]
    if needed is None:
        return True
    role = principal.role_in(collection)
    if role is None or ROLES.index(role) < ROLES.index(needed):
        return False
    return not principal.scopes or action in principal.scopes


def allows_route(principal: Principal, route: Route, collection: str = DEFAULT) -> bool:
    """Return whether somebody may ask for a route of a collection."""
    if route.shared and route.action == "describe":
        return any(allows(principal, route.action, name) for name in principal.collections())
    return allows(principal, route.action, collection)


def demand(action: Action, collection: str = "") -> Caller:
    """Return who makes the present call.

    Args:
        action: that they want.
        collection: in which; by default the one that the call is about.

    Raises:
        ForbiddenError: they may not do that.
    """
    caller = current.get()
    wanted = collection or caller.collection
    if not allows(caller.principal, action, wanted):
        raise ForbiddenError(reason_of(caller.principal, action, wanted))
    return caller


def reason_of(principal: Principal, action: Action, collection: str = DEFAULT) -> str:
    """Return why somebody may not do something, and what they can do about it."""
    if not principal.known:
        return "sign in first, or send an API key"
    if principal.scopes and action not in principal.scopes:
        return f"this API key is not for {action!r}: use one that has this scope"
    role = principal.role_in(collection)
    if role is None:
        return f"you have no role in the collection {collection!r}: ask an owner"
    return f"the role {role!r} may not do this ({action}): ask an owner"


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
