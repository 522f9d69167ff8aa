"""How many questions are worked on at once, and how many may wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

from qa.server.rest.problems import BusyError

WORKING = 8
"""Questions that are worked on at once."""

WAITING, WAITING_PER_CALLER = 64, 32
"""Questions that may wait, of all and of one caller."""


class Admission:
    """Lets questions in, in the order of their arrival.

    Attributes:
        waiting: questions that wait.
        working: questions that are worked on.
    """

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(WORKING)
        self._of: Counter[str] = Counter()
        self.waiting = 0
        self.working = 0

    @contextlib.asynccontextmanager
    async def enter(self, caller: str) -> AsyncIterator[None]:
        """Wait for a free place, and hold it.

        Args:
            caller: who asks, so that nobody fills the queue alone.

        Raises:
            BusyError: too many wait already.
        """
        if self.waiting >= WAITING or self._of[caller] >= WAITING_PER_CALLER:
            raise BusyError("too many questions are waiting: try again")
        self.waiting += 1
        self._of[caller] += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1
            self._of[caller] -= 1
            if not self._of[caller]:
                del self._of[caller]
        self.working += 1
        try:
            yield
        finally:
            self.working -= 1
            self._slots.release()
