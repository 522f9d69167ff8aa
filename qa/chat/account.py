"""Who is signed in, and the choice among the collections that they may read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from qa.chat.rendering import macro
from qa.conversations.requests import Request, checked
from qa.server.access import allows, current
from qa.server.collections import readable


class CollectionsRequest(Request):
    """What there is to choose from."""


class AccountView:
    """Shows visitors who they are here, and leads them to other collections.

    Args:
        names: of the collections that the service has.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def functions(self) -> list[Callable[[object], dict[str, Any]]]:
        """Return what the page's scripts may call."""
        return [checked(CollectionsRequest, self.collections)]

    def collections(self, _request: CollectionsRequest) -> dict[str, Any]:
        """Return the chooser and the way out as HTML, and whether articles may be changed."""
        caller = current.get()
        html = macro(
            "account.html",
            "account",
            readable(caller.principal, self._names),
            caller.collection,
            user=caller.principal.name,
        )
        editor = allows(caller.principal, "add", caller.collection)
        return {"html": html, "editor": editor}
