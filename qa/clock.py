"""How long each stage of an answer takes."""

from __future__ import annotations

import time


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Note the time since the last lap as that of a stage."""
        now = time.perf_counter()
        self.laps[stage], self._last = now - self._last, now
