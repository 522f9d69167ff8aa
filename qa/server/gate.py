"""ASGI middleware that finds out who asks, and lets through what they may do."""

from __future__ import annotations

import re
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse

from qa.errors import QAError
from qa.server.access import (
    AUDITED,
    DEFAULT,
    STRANGER,
    Caller,
    Principal,
    Route,
    allows,
    allows_route,
    current,
    reason_of,
    route_of,
)
from qa.server.accounts import Accounts
from qa.server.audit import AuditLog
from qa.server.collections import collection_of, readable
from qa.server.limits import client_of
from qa.server.refusals import refusal

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FAILURES, FAILURE_SECONDS = 10, 60.0
"""Wrong passwords or keys that one address may send within so many seconds."""

VISITOR_HEADER = "QA-Visitor"
"""Where a program names itself by a secret, if nobody has to sign in."""

_MAX_CLIENTS = 10_000
_VISITOR = re.compile(r"[0-9a-f]{32}")
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="qa", charset="UTF-8"'}
_SIGN_IN = "sign in"


class AccessMiddleware:
    """Answers 401 or 403 to whoever may not do what a request asks for, 404 where it is unknown.

    The caller is noted for all that is called on the way; see `qa.server.access.current`.

    Args:
        app: the ASGI app behind it.
        accounts: those who may sign in.
        audits: collection -> its log of refusals and changes; the default one's also has the
            sign-ins.
    """

    def __init__(
        self, app: ASGIApp, *, accounts: Accounts, audits: Mapping[str, AuditLog] | None = None
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._audits = audits or {}
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if whoever makes it may."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = route_of(scope["method"], scope["path"], collection_of(scope))
        if route is None:
            await refusal(scope, 404, "Not found")(scope, receive, send)
            return
        sends = "authorization" in Headers(scope=scope)
        if sends and self._throttled(client_of(scope)):
            message = "Too many wrong passwords or keys: wait a minute."
            headers = {"Retry-After": str(int(FAILURE_SECONDS))}
            await refusal(scope, 429, message, headers)(scope, receive, send)
            return
        caller = await self._caller(scope)
        if sends and not caller.principal.known:
            self._failed(caller)
        refused = self._refused(scope, route, caller)
        if refused is not None:
            await refused(scope, receive, send)
            return
        token = current.set(caller)
        try:
            await self._app(scope, receive, self._noting(caller, route, scope, send))
        finally:
            current.reset(token)

    def _refused(self, scope: Scope, route: Route, caller: Caller) -> Response | None:
        """Return the answer to whoever may not ask for a route; None if they may."""
        principal, collection = caller.principal, caller.collection
        if not allows_route(principal, route, collection):
            status = 403 if principal.known else 401
            self._note(caller, route.action, "refused", scope["path"])
            message = f"Refused: {reason_of(principal, route.action, collection)}."
            return refusal(scope, status, message, _CHALLENGE if status == 401 else None)
        if scope["path"] != "/" or not principal.known:
            return None
        if allows(principal, "describe", collection):
            return None
        # Who opens the page of a collection that is not for them is led to one that is.
        if others := readable(principal, self._audits.keys()):
            return RedirectResponse(f"{others[0].path}/", 303)
        message = f"Refused: {reason_of(principal, 'describe', collection)}. To sign out: /logout"
        return PlainTextResponse(message, 403)

    async def _caller(self, scope: Scope) -> Caller:
        """Return who asks, from where, and about which collection."""
        visitor = Headers(scope=scope).get(VISITOR_HEADER, "")
        return Caller(
            await self._principal(scope),
            client_of(scope),
            visitor if _VISITOR.fullmatch(visitor) else "",
            collection_of(scope),
        )

    async def _principal(self, scope: Scope) -> Principal:
        """Return who asks."""
        try:
            return await self._accounts.identify(scope)
        except QAError:  # the file of users cannot be read
            return STRANGER

    def _throttled(self, client: str) -> bool:
        past = self._failures.get(client, deque[float]())
        return len(past) == FAILURES and time.monotonic() - past[0] < FAILURE_SECONDS

    def _failed(self, caller: Caller) -> None:
        """Note wrong credentials."""
        past = self._failures.setdefault(caller.client, deque(maxlen=FAILURES))
        self._failures.move_to_end(caller.client)
        if len(self._failures) > _MAX_CLIENTS:
            self._failures.popitem(last=False)
        past.append(time.monotonic())
        self._note(caller, _SIGN_IN, "refused")

    def _noting(self, caller: Caller, route: Route, scope: Scope, send: Send) -> Send:
        """Return `send` that notes what came of a request which the audit log is about."""
        path = scope["path"]
        signs_in = scope["method"] == "POST" and path.rstrip("/") == "/login"
        if not (signs_in or route.action in AUDITED):
            return send
        action = _SIGN_IN if signs_in else f"{scope['method']} {route.path}"

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                outcome = "done" if status < 400 else "refused" if signs_in else str(status)
                self._note(caller, action, outcome, "" if signs_in else path)
            await send(message)

        return send_noted

    def _note(self, caller: Caller, action: str, outcome: str, target: str = "") -> None:
        audit = self._audits.get(DEFAULT if action == _SIGN_IN else caller.collection)
        if audit is not None and self._accounts.required | (outcome != "refused"):
            audit.note(caller, action, outcome, target)
