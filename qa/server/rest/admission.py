"""How many questions are worked on at once, and how many may wait."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import AsyncIterator

from qa.server.rest.problems import BusyError, TooManyError
from qa.server.turns import Turns, Waiting

WORKING = 8
"""Questions that are worked on at once."""

WAITING, WAITING_PER_CALLER = 64, 32
"""Questions that may wait, of all and of one caller."""

# Seconds of an answer before any was given, and how much each counts for the average.
_FIRST_SECONDS, _WEIGHT = 2.0, 0.1
_MOST_SECONDS = 60


class Admission:
    """Lets questions in, in turn from those who ask.

    Attributes:
        working: questions that are worked on.
    """

    def __init__(self) -> None:
        self._queue: list[tuple[Waiting, asyncio.Future[None]]] = []
        self._turns = Turns()
        self._seconds = _FIRST_SECONDS
        self.working = 0

    @property
    def waiting(self) -> int:
        """Questions that wait."""
        return len(self._queue)

    @contextlib.asynccontextmanager
    async def enter(self, client: str, visitor: str = "") -> AsyncIterator[None]:
        """Wait for a free place, and hold it.

        Args:
            client: the user or address that asks, so that none fills the queue alone.
            visitor: whoever of them it is.

        Raises:
            TooManyError: too many questions of this client wait already.
            BusyError: too many of all do.
        """
        if self.working < WORKING:
            self.working += 1
        else:
            await self._turn(Waiting(client, visitor))
        begun = time.monotonic()
        try:
            yield
        finally:
            self._seconds += _WEIGHT * (time.monotonic() - begun - self._seconds)
            self._pass_on()

    async def _turn(self, who: Waiting) -> None:
        """Wait until somebody passes on their place."""
        count = Counter(each.client for each, _ in self._queue)
        if count[who.client] >= WAITING_PER_CALLER:
            raise TooManyError("too many of your questions are waiting", self._until_free())
        if len(self._queue) >= WAITING:
            self._make_room(who, count)
        turn = asyncio.get_running_loop().create_future()
        entry = who, turn
        self._queue.append(entry)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # it was let in, and has left in the same moment
            elif entry in self._queue:
                self._queue.remove(entry)
            raise

    def _make_room(self, who: Waiting, count: Counter[str]) -> None:
        """Refuse the newest question of whom most wait; the one that comes if that is its own.

        Raises:
            BusyError: nobody has more that wait than this one.
        """
        busy = BusyError("too many questions are waiting", self._until_free())
        client, most = max(count.items(), key=lambda item: item[1], default=("", 0))
        if most <= count[who.client] + 1:
            raise busy
        at = max(i for i, (each, _) in enumerate(self._queue) if each.client == client)
        _, turn = self._queue.pop(at)
        if not turn.done():
            turn.set_exception(busy)

    def _pass_on(self) -> None:
        """Give a place to whoever is next."""
        while self._queue:
            _, turn = self._queue.pop(self._turns.next([who for who, _ in self._queue]))
            if not turn.done():
                turn.set_result(None)
                return
        self.working -= 1

    def _until_free(self) -> int:
        """Return the seconds after which all that wait now will have been let in."""
        seconds = math.ceil(len(self._queue) * self._seconds / WORKING)
        return min(max(seconds, 1), _MOST_SECONDS)
