"""Finding out who asks: by session, by API key, by name and password."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from starlette.requests import HTTPConnection

from qa.server.access import STRANGER, Principal, Role
from qa.server.users import Users

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Scope

SESSION_SECONDS = 12 * 3600.0
"""Seconds after which somebody has to sign in again."""

_MAX_SESSIONS = 10_000
_THREADS = 2
# Begins the names of those whom the identity provider vouches for; no user's has a colon.
_VOUCHED = "oidc:"
# Gradio's cookies; it takes them under either name.
_COOKIE = "access-token-"


class Sessions(MutableMapping[str, str]):
    """Token -> user of those who are signed in; each ends by itself.

    Args:
        stamp: returns what changes with a user's password; a session ends with that, too.
        seconds: that a session lasts.
    """

    def __init__(self, stamp: Callable[[str], str], seconds: float = SESSION_SECONDS) -> None:
        self._stamp = stamp
        self._seconds = seconds
        self._sessions: OrderedDict[str, tuple[str, str, float]] = OrderedDict()

    def __getitem__(self, token: str) -> str:
        """Return the user of a session that has not ended."""
        user, stamp, ends = self._sessions[token]
        if time.monotonic() >= ends or stamp != self._stamp(user):
            del self[token]
            raise KeyError(token)
        return user

    def __setitem__(self, token: str, user: str) -> None:
        """Begin a session; beyond a number of them the oldest ends."""
        ends = time.monotonic() + self._seconds
        self._sessions[token] = (user, self._stamp(user), ends)
        while len(self._sessions) > _MAX_SESSIONS:
            self._sessions.popitem(last=False)

    def __delitem__(self, token: str) -> None:
        """End a session, if it is there."""
        self._sessions.pop(token, None)

    def __contains__(self, token: object) -> bool:
        """Return whether there is such a session that has not ended."""
        return isinstance(token, str) and self.get(token) is not None

    def __iter__(self) -> Iterator[str]:
        """Iterate over the tokens of sessions that have not ended."""
        return iter([token for token in list(self._sessions) if token in self])

    def __len__(self) -> int:
        """Return the number of sessions that have not ended."""
        return len(list(iter(self)))


class Accounts:
    """Those who may sign in.

    They are the users of a file, whom an identity provider vouches for, and the user of `QA_LOGIN`,
    who is an owner.

    Args:
        login: `user:password`; empty for none.
        users: the file of users; None for none.
        everyone: the role of everybody where nobody has to sign in.
        provided: whether an identity provider signs people in.

    Attributes:
        provider: the app that has it do so; None until it is set.
        required: whether anybody has to sign in.
        sessions: of those who have.
        cookie_id: is in the name of their cookies.
    """

    def __init__(
        self,
        login: str = "",
        users: Path | None = None,
        *,
        everyone: Role = "owner",
        provided: bool = False,
    ) -> None:
        self._user, _, self._password = login.partition(":")
        self._users = Users(users) if users else None
        self._everyone = Principal("", everyone, everywhere=True)
        # Somebody who removes the last user does not thereby open the server to everybody.
        self.required = bool(login) or bool(self._users) or provided
        self.sessions = Sessions(self._stamp)
        self.provider: ASGIApp | None = None
        self.cookie_id = secrets.token_urlsafe(16)
        self._claims: OrderedDict[str, Mapping[str, object]] = OrderedDict()
        self._limiter: anyio.CapacityLimiter | None = None

    def verify(self, name: str, password: str) -> bool:
        """Return whether a name and a password belong together."""
        given, kept = f"{name}:{password}", f"{self._user}:{self._password}"
        if self._user and secrets.compare_digest(
            *(t.encode("utf-8", "replace") for t in (given, kept))
        ):
            return True
        return self._users.verify(name, password) if self._users else False

    async def sign_in(self, name: str, password: str) -> bool:
        """Return whether a name and a password belong together, without holding up others."""
        return await anyio.to_thread.run_sync(self.verify, name, password, limiter=self._threads())

    def cookie(self, *, secure: bool) -> str:
        """Return the name of the cookie that holds the token of a session, as Gradio reads it."""
        return f"{_COOKIE}{'' if secure else 'unsecure-'}{self.cookie_id}"

    def vouched(self, claims: Mapping[str, object]) -> Principal:
        """Return as who asks somebody whom the identity provider vouches for.

        Args:
            claims: that the provider makes; `sub` never changes and belongs to nobody else.
        """
        name = f"{_VOUCHED}{claims['sub']}"
        if self._users is None:  # a file without users, which is false, may still have rules
            return STRANGER
        return self._users.principal_of_claims(name, claims)

    def begin_session(self, claims: Mapping[str, object]) -> str:
        """Begin a session of somebody whom the provider vouches for; return its token."""
        name, token = f"{_VOUCHED}{claims['sub']}", secrets.token_urlsafe(32)
        self._claims[name] = dict(claims)
        self._claims.move_to_end(name)
        if len(self._claims) > _MAX_SESSIONS:
            self._claims.popitem(last=False)
        self.sessions[token] = name
        return token

    async def identify(self, scope: Scope) -> Principal:
        """Return who makes a request; a password is verified without holding up others."""
        if self.required and _kind(HTTPConnection(scope)) == "basic":
            return await anyio.to_thread.run_sync(self.principal, scope, limiter=self._threads())
        return self.principal(scope)

    def principal(self, scope: Scope) -> Principal:
        """Return who makes a request; a stranger if that is not known."""
        if not self.required:
            return self._everyone
        connection = HTTPConnection(scope)
        kind = _kind(connection)
        credentials = connection.headers.get("authorization", "").partition(" ")[2]
        if kind == "bearer":
            token = credentials.strip()
            return self._users.principal_of_key(token) if self._users else STRANGER
        if kind == "basic":
            name, password = _basic(credentials)
            return self._named(name) if self.verify(name, password) else STRANGER
        for cookie, token in connection.cookies.items():
            if cookie.startswith(_COOKIE) and (user := self.sessions.get(token)) is not None:
                return self._named(user)
        return STRANGER

    def _threads(self) -> anyio.CapacityLimiter:
        """Return the threads for passwords: a flood of these leaves the others alone."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_THREADS)
        return self._limiter

    def _named(self, name: str) -> Principal:
        if self._user and name == self._user:
            return Principal(name, "owner", everywhere=True)
        if name.startswith(_VOUCHED):
            return self.vouched(self._claims[name]) if name in self._claims else STRANGER
        return self._users.principal(name) if self._users else STRANGER

    def _stamp(self, name: str) -> str:
        if self._user and name == self._user:
            return "login"
        if name.startswith(_VOUCHED):
            return "vouched" if name in self._claims else ""
        return self._users.stamp(name) if self._users else ""


def _kind(connection: HTTPConnection) -> str:
    """Return by what a request says who makes it: `bearer`, `basic` or nothing."""
    return connection.headers.get("authorization", "").partition(" ")[0].lower()


def _basic(credentials: str) -> tuple[str, str]:
    """Return the name and the password of basic authentication; empty if they are not there."""
    try:
        text = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    name, _, password = text.partition(":")
    return name, password
