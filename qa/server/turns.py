"""Whose turn it is among those who wait: address by address, and visitor by visitor within one."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Waiting(NamedTuple):
    """Somebody who waits.

    Attributes:
        client: their address, or the user; who has many visitors behind one has one turn for all.
        visitor: whoever it is of that address.
    """

    client: str
    visitor: str = ""


class Turns:
    """Round robin. It remembers only those who wait."""

    def __init__(self) -> None:
        self._counter = itertools.count()
        self._had: dict[Hashable, int] = {}

    def next(self, waiting: Sequence[Waiting]) -> int:
        """Return the place of the one whose turn it is, and take it as had.

        Args:
            waiting: all who wait, in the order in which they came; at least one.
        """
        known = dict.fromkeys(key for each in waiting for key in (each.client, each))
        # A newcomer is last in the round.
        self._had = {key: self._had.get(key, next(self._counter)) for key in known}
        had = self._had
        place = min(
            range(len(waiting)),
            key=lambda at: (had[waiting[at].client], had[waiting[at]], at),
        )
        had[waiting[place].client] = had[waiting[place]] = next(self._counter)
        return place
