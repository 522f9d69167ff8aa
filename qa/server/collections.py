"""Several collections behind one service: which there are, and which one a request is about."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import RedirectResponse

from qa.errors import QAError, SettingsError
from qa.server.access import DEFAULT, Principal, Role, allows
from qa.server.refusals import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_NAME = r"[a-z0-9][a-z0-9-]{0,63}"
_PATH = re.compile(rf"/c/({_NAME})(/.*)?", re.DOTALL)
_KEY = "qa.collection"


class Readable(NamedTuple):
    """A collection that somebody may read.

    Attributes:
        name: of it.
        role: that they have in it.
        path: with which the paths of its routes begin; empty for the default one.
    """

    name: str
    role: Role
    path: str


class CollectionMiddleware:
    """Takes `/c/NAME` from the path of a request, so that what follows is decided as elsewhere.

    Args:
        app: the ASGI app behind it.
        names: of the collections; what is about any other is answered by 404.
    """

    def __init__(self, app: ASGIApp, *, names: Collection[str] = ()) -> None:
        self._app = app
        self._names = frozenset(names) - {DEFAULT}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the name of its collection beside its path."""
        match = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
            return
        name, path = match[1], match[2]
        if path is None and name in self._names:
            await RedirectResponse(f"{path_of(name)}/", 308)(scope, receive, send)
        elif name in self._names:
            await self._app({**scope, _KEY: name, "path": path}, receive, send)
        else:
            answer = refusal({"path": path or ""}, 404, f"There is no collection {name!r}.")
            await answer(scope, receive, send)


def collection_of(scope: Scope) -> str:
    """Return the name of the collection that a request is about."""
    return str(scope.get(_KEY, DEFAULT))


def path_of(name: str) -> str:
    """Return what the paths of a collection's routes begin with."""
    return "" if name == DEFAULT else f"/c/{name}"


def readable(principal: Principal, names: Collection[str]) -> list[Readable]:
    """Return those of some collections that somebody may read, the default one first."""
    ordered = sorted(names, key=lambda name: (name != DEFAULT, name))
    return [
        Readable(name, role, path_of(name))
        for name in ordered
        if (role := principal.role_in(name)) and allows(principal, "describe", name)
    ]


def checked_name(name: str) -> str:
    """Return the name of a collection.

    Raises:
        QAError: it is none.
    """
    if not re.fullmatch(_NAME, name):
        raise QAError(
            f"{name!r} is no name of a collection: use small letters, digits and -, at most 64"
        )
    return name


def folders(parent: Path | None) -> Mapping[str, Path]:
    """Return name -> index folder of the collections in a folder; hidden folders are none.

    Args:
        parent: each of its folders is a collection; None for no collections.

    Raises:
        SettingsError: it cannot be read, or a folder in it has a name that a collection cannot.
    """
    if parent is None:
        return {}
    try:
        names = sorted(
            path.name for path in parent.iterdir() if path.is_dir() and path.name[0] != "."
        )
        found = {checked_name(name): parent / name for name in names}
    except OSError as error:
        raise SettingsError(f"collections: {parent} cannot be read: {error.strerror}") from error
    except QAError as error:
        raise SettingsError(f"collections in {parent}: {error}") from error
    if DEFAULT in found:
        raise SettingsError(
            f"collections in {parent}: {DEFAULT!r} is the name of the index itself (QA_INDEX): "
            "rename that folder"
        )
    return found
