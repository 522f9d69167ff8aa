"""The functions that the page calls: all by one path, so that each decides for itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from qa.server.access import AUDITED, FUNCTIONS, ForbiddenError, current, demand
from qa.server.audit import AuditLog

_TARGETS = ("article", "name", "address", "title")
# Asked again and again for one change, which is noted already.
_NOT_NOTED = frozenset({"choose", "adding"})


def permitted(function: Callable[[object], Any], audit: AuditLog) -> Callable[[object], Any]:
    """Return a function of the page that only those may call whose role allows it.

    Args:
        function: of the page; its name must be known to `qa.server.access`.
        audit: notes changes.

    Raises:
        KeyError: its name is unknown, so that nobody forgets to say who may call it.
    """
    name = function.__name__
    action = FUNCTIONS[name]
    noted = action in AUDITED and name not in _NOT_NOTED

    @wraps(function)
    def call(request: object) -> Any:
        try:
            caller = demand(action)
        except ForbiddenError as error:
            audit.note(current.get(), name, "refused", _target(request))
            return {"error": f"Refused: {error}."}
        result = function(request)
        if noted:
            failed = isinstance(result, dict) and "error" in result
            audit.note(caller, name, "refused" if failed else "done", _target(request))
        return result

    return call


def _target(request: object) -> str:
    """Return what a request is about: an article, a file or an address; never a text."""
    found = [request.get(key) for key in _TARGETS] if isinstance(request, dict) else []
    return next((value for value in found if isinstance(value, str)), "")
