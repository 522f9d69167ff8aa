"""The file of users: names, roles, hashed passwords and API keys, and roles by identity."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import filelock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa.errors import QAError
from qa.files import make_private_folder, write_private_file
from qa.server.access import DEFAULT, ROLES, STRANGER, Principal, Role, checked_scopes
from qa.server.collections import checked_name

if TYPE_CHECKING:
    from argon2 import PasswordHasher

FILE_NAME = "users.json"
MIN_PASSWORD_CHARS = 10

_KEY_PREFIX = "qa"
_NAME_CHARS = r"^[\w.@+-]{1,100}$"


class User(BaseModel):
    """A user, as they stand in the file.

    `role` is that in the default collection, `collections` has those in others.
    """

    model_config = ConfigDict(extra="forbid")

    password: str
    role: Role | None
    collections: dict[str, Role] = {}


class ApiKey(BaseModel):
    """An API key, as the file holds it: its digest, never the key itself."""

    model_config = ConfigDict(extra="forbid")

    user: str
    label: str
    sha256: str
    scopes: list[str] = []
    collections: list[str] = []
    created: float


class IdentityRule(BaseModel):
    """A role for everybody whom the identity provider knows by a claim, such as a group."""

    model_config = ConfigDict(extra="forbid")

    claim: str
    value: str
    collection: str
    role: Role


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=1)] = 1
    users: dict[str, User] = {}
    keys: dict[str, ApiKey] = {}
    identities: list[IdentityRule] = []


class Users:
    """The users in a file, which may change while a server reads it.

    Args:
        path: the file; made when the first user is added.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._content = _Content()
        self._verifying = threading.Lock()

    def __bool__(self) -> bool:
        """Return whether there is any user."""
        return bool(self._read().users)

    def all(self) -> dict[str, User]:
        """Return name -> user."""
        return self._read().users

    def keys(self) -> dict[str, ApiKey]:
        """Return id -> API key."""
        return self._read().keys

    def rules(self) -> list[IdentityRule]:
        """Return the roles by identity."""
        return self._read().identities

    def add(self, name: str, password: str, role: Role | None) -> None:
        """Add a user, with a role in the default collection.

        Raises:
            QAError: the name is taken or has a character that it may not have, or the password is
                too short.
        """
        with self._writing() as content:
            if name in content.users:
                raise QAError(f"there is a user {name!r} already: choose another name")
            content.users[_checked(name)] = User(password=_hashed(password), role=role)

    def change(self, name: str, password: str) -> None:
        """Give a user another password, which ends their sessions.

        Raises:
            QAError: there is no such user, or the password is too short.
        """
        with self._writing() as content:
            _user(content, name).password = _hashed(password)

    def grant(self, name: str, role: Role | None, collection: str = DEFAULT) -> None:
        """Give a user another role in a collection; None takes it away.

        Raises:
            QAError: there is no such user, or that is no name of a collection.
        """
        with self._writing() as content:
            user = _user(content, name)
            if collection == DEFAULT:
                user.role = role
                return
            user.collections.pop(checked_name(collection), None)
            user.collections |= {collection: role} if role else {}

    def allow(self, claim: str, value: str, role: Role | None, collection: str = DEFAULT) -> None:
        """Give whom the identity provider knows by a claim a role; None takes it away.

        Args:
            claim: such as `groups` or `email`.
            value: that it has or, where it is a list, holds.
            role: the greatest one counts where several claims give one.
            collection: in which.

        Raises:
            QAError: that is no name of a collection.
        """
        key = (claim, value, checked_name(collection))
        with self._writing() as content:
            content.identities = [
                rule
                for rule in content.identities
                if (rule.claim, rule.value, rule.collection) != key
            ]
            if role:
                rule = IdentityRule(claim=claim, value=value, collection=collection, role=role)
                content.identities.append(rule)

    def remove(self, name: str) -> None:
        """Remove a user, with their API keys and sessions.

        Raises:
            QAError: there is no such user.
        """
        with self._writing() as content:
            _user(content, name)
            del content.users[name]
            content.keys = {i: key for i, key in content.keys.items() if key.user != name}

    def add_key(
        self, name: str, label: str, scopes: Iterable[str] = (), collections: Iterable[str] = ()
    ) -> str:
        """Return a new API key of a user. It is shown this once.

        Args:
            name: of the user, whose roles the key has.
            label: what it is for.
            scopes: the only actions that it allows; by default all of the role.
            collections: the only ones that it is for; by default all of the user's.

        Raises:
            QAError: there is no such user, or a scope is unknown, or that is no name of a
                collection.
        """
        identifier, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        with self._writing() as content:
            _user(content, name)
            content.keys[identifier] = ApiKey(
                user=name,
                label=label,
                sha256=_digest(secret),
                scopes=sorted(checked_scopes(scopes)),
                collections=sorted(map(checked_name, collections)),
                created=round(time.time()),
            )
        return f"{_KEY_PREFIX}_{identifier}_{secret}"

    def revoke(self, identifier: str) -> None:
        """Revoke an API key.

        Raises:
            QAError: there is none of this id.
        """
        with self._writing() as content:
            if content.keys.pop(identifier, None) is None:
                raise QAError(f"there is no key {identifier!r}: see qa users list")

    def verify(self, name: str, password: str) -> bool:
        """Return whether a password is the user's. One is verified at a time: each takes 19 MiB."""
        from argon2.exceptions import Argon2Error, InvalidHashError

        user = self._read().users.get(name)
        with self._verifying:
            hasher = _hasher()
            if user is None:  # takes as long as for a user that there is
                hasher.hash(password)
                return False
            try:
                return hasher.verify(user.password, password)
            except (Argon2Error, InvalidHashError):
                return False

    def principal(self, name: str) -> Principal:
        """Return a user as who asks; a stranger if there is no such user."""
        user = self._read().users.get(name)
        return Principal(name, user.role, grants=user.collections) if user else STRANGER

    def principal_of_claims(self, name: str, claims: Mapping[str, object]) -> Principal:
        """Return as who asks somebody whom the identity provider vouches for.

        Args:
            name: of the identity.
            claims: that the provider makes about them; an email counts only if it is verified.
        """
        roles: dict[str, Role] = {}
        for rule in self._read().identities:
            if _claimed(claims, rule):
                held = roles.get(rule.collection, rule.role)
                roles[rule.collection] = max(held, rule.role, key=ROLES.index)
        return Principal(name, roles.pop(DEFAULT, None), grants=roles)

    def principal_of_key(self, token: str) -> Principal:
        """Return whose API key this is; a stranger if it is none."""
        prefix, _, rest = token.partition("_")
        identifier, _, secret = rest.partition("_")
        content = self._read()
        key = content.keys.get(identifier)
        if prefix != _KEY_PREFIX or key is None:
            return STRANGER
        user = content.users.get(key.user)
        if user is None or not secrets.compare_digest(key.sha256, _digest(secret)):
            return STRANGER
        kept = key.collections or [DEFAULT, *user.collections]
        return Principal(
            key.user,
            user.role if DEFAULT in kept else None,
            frozenset(key.scopes),
            identifier,
            {name: role for name, role in user.collections.items() if name in kept},
        )

    def stamp(self, name: str) -> str:
        """Return a token that changes with the user's password; empty if there is no such user."""
        user = self._read().users.get(name)
        return _digest(user.password) if user else ""

    def _read(self) -> _Content:
        """Return what the file says now.

        Raises:
            QAError: it cannot be read: nobody is let in then.
        """
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return _Content()
        except OSError as error:
            raise QAError(f"{self._path} cannot be read: {error.strerror}") from error
        if (seen := (stat.st_mtime_ns, stat.st_size)) != self._seen:
            try:
                self._content = _Content.model_validate_json(self._path.read_bytes())
            except (OSError, ValidationError) as error:
                raise QAError(
                    f"{self._path} is no file of users: restore it from a backup, or move it away"
                ) from error
            self._seen = seen
        return self._content

    @contextlib.contextmanager
    def _writing(self) -> Iterator[_Content]:
        """Give the content to change, and write it."""
        try:
            make_private_folder(self._path.parent)
            with filelock.FileLock(f"{self._path}.lock", timeout=10, mode=0o600):
                content = self._read().model_copy(deep=True)
                yield content
                data: dict[str, Any] = content.model_dump(mode="json")
                write_private_file(self._path, json.dumps(data, indent=2).encode())
                self._seen = None
        except OSError as error:
            raise QAError(f"{self._path} cannot be written: {error}") from error


def _claimed(claims: Mapping[str, object], rule: IdentityRule) -> bool:
    """Return whether claims fulfil a rule."""
    if rule.claim == "email" and claims.get("email_verified") is not True:
        return False
    value = claims.get(rule.claim)
    return rule.value in value if isinstance(value, list) else value == rule.value


def _checked(name: str) -> str:
    if not re.fullmatch(_NAME_CHARS, name):
        raise QAError(f"{name!r} is no name: use letters, digits and . @ + - _")
    return name


def _user(content: _Content, name: str) -> User:
    if name not in content.users:
        raise QAError(f"there is no user {name!r}: see qa users list")
    return content.users[name]


def _hashed(password: str) -> str:
    if len(password) < MIN_PASSWORD_CHARS:
        raise QAError(f"the password is too short: take at least {MIN_PASSWORD_CHARS} characters")
    return _hasher().hash(password)


def _hasher() -> PasswordHasher:
    """Return what hashes passwords: argon2id with 19 MiB, two passes, one lane.

    Source: OWASP's Password Storage Cheat Sheet.
    """
    from argon2 import PasswordHasher

    return PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
