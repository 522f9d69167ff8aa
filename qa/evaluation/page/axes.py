"""From figures to places on a drawing: axes, ticks and paths, in the units of an SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH, HEIGHT = 450, 310
LEFT, RIGHT, TOP, BOTTOM = 62, 424, 14, 254
"""The drawing, and the frame within it that the axes span."""

_TICKS = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: what it measures with its unit, what it spans, and the values that have a tick and a gridline."""

    label: str
    low: float
    high: float
    ticks: tuple[float, ...]
    percent: bool = False

    def name(self, value: float) -> str:
        """Return what is written at a tick."""
        return f"{value:.0%}".replace("%", " %") if self.percent else f"{value:g}"


def share_axis(label: str) -> Axis:
    """Return an axis from 0 to 100 %."""
    return Axis(label, 0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0), percent=True)


def round_axis(label: str, high: float) -> Axis:
    """Return an axis from 0 to at least `high`, with ticks at round values: 1, 2 or 5 times a power of ten."""
    high = max(high, 1e-3)
    power = 10.0 ** math.floor(math.log10(high / _TICKS))
    step = next(times * power for times in (1, 2, 5, 10) if times * power * _TICKS >= high)
    count = math.ceil(high / step - 1e-9)
    return Axis(label, 0.0, count * step, tuple(round(step * number, 10) for number in range(count + 1)))


@dataclass(frozen=True, slots=True)
class Frame:
    """A pair of axes, and where values lie between them."""

    x: Axis
    y: Axis

    def across(self, value: float) -> float:
        """Return the horizontal place of a value."""
        return round(LEFT + (RIGHT - LEFT) * (value - self.x.low) / (self.x.high - self.x.low), 1)

    def up(self, value: float) -> float:
        """Return the vertical place of a value."""
        return round(BOTTOM - (BOTTOM - TOP) * (value - self.y.low) / (self.y.high - self.y.low), 1)

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        """Return the commands of a line through points."""
        return "M" + "L".join(f"{self.across(x)} {self.up(y)}" for x, y in points)
