"""Where a run is in its lesson, and how fast it learns there."""

from __future__ import annotations

from dataclasses import dataclass

WARM_UP = 0.06


@dataclass(slots=True)
class Progress:
    """Where a run is: `position` in the order of batches, after `updates` of them and `seconds` of training."""

    position: int = 0
    updates: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where in the order of batches a run is, and its learning rate: linear warm-up, then linearly to 0.

    A deadline (minutes of training) makes a run end well on a machine that is slower, or busier, than expected:
    batches are then left out evenly, so that each stage keeps its share of the time. Without one, every batch is
    taught, and the same seed gives the same run.
    """

    steps: int
    rate: float
    minutes: float | None = None

    def next(self, progress: Progress) -> int:
        """Return the position after the present one, further on where the deadline hurries."""
        timed = progress.seconds / (60 * self.minutes) if self.minutes else 0.0
        return min(self.steps, max(progress.position + 1, int(timed * self.steps)))

    def rate_at(self, position: int) -> float:
        """Return the learning rate of the batch at a position."""
        done = position / self.steps
        warm = min(1.0, (position + 1) / (WARM_UP * self.steps + 1))
        return self.rate * warm * min(1.0, (1 - done) / (1 - WARM_UP))
