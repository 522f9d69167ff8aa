"""Progress of a run and its learning rate."""

from __future__ import annotations

from dataclasses import dataclass

WARM_UP = 0.06


@dataclass(slots=True)
class Progress:
    """Where a run is: its position in the order of batches, and the updates and seconds so far."""

    position: int = 0
    updates: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """The order in which batches are trained on, and the learning rate: linear warm-up and decay.

    With a deadline (minutes of training), batches are skipped evenly on a slow or busy machine, so
    that each stage keeps its share of the time. Without one, every batch is used, and the same seed
    gives the same run.
    """

    steps: int
    rate: float
    minutes: float | None = None

    def next(self, progress: Progress) -> int:
        """Return the next position, skipping batches if the deadline requires it."""
        timed = progress.seconds / (60 * self.minutes) if self.minutes else 0.0
        return min(self.steps, max(progress.position + 1, int(timed * self.steps)))

    def rate_at(self, position: int) -> float:
        """Return the learning rate at a position."""
        done = position / self.steps
        warm = min(1.0, (position + 1) / (WARM_UP * self.steps + 1))
        return self.rate * warm * min(1.0, (1 - done) / (1 - WARM_UP))
