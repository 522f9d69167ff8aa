"""The plots of the page, as its template draws them: axes, lines, points, and their figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation.metrics import DEPTH, confidence
from qa.evaluation.metrics.retrieval import recall_curve
from qa.evaluation.result import Row
from qa.evaluation.statistics import bootstrap, mean

WIDTH, HEIGHT = 450, 310
LEFT, RIGHT, TOP, BOTTOM = 62, 424, 14, 254
"""The drawing, and the frame that its axes span, in SVG units."""

_TICKS = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: its label with the unit, its range, and the values with a tick and a gridline."""

    label: str
    low: float
    high: float
    ticks: tuple[float, ...]
    percent: bool = False

    def name(self, value: float) -> str:
        """Return the label of a tick."""
        return f"{value:.0%}".replace("%", " %") if self.percent else f"{value:g}"


def share_axis(label: str) -> Axis:
    """Return an axis from 0 to 100 %."""
    return Axis(label, 0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0), percent=True)


def round_axis(label: str, high: float) -> Axis:
    """Return an axis from 0 to at least `high`, with ticks at 1, 2 or 5 times a power of ten."""
    high = max(high, 1e-3)
    power = 10.0 ** math.floor(math.log10(high / _TICKS))
    step = next(times * power for times in (1, 2, 5, 10) if times * power * _TICKS >= high)
    count = math.ceil(high / step - 1e-9)
    return Axis(
        label, 0.0, count * step, tuple(round(step * number, 10) for number in range(count + 1))
    )


@dataclass(frozen=True, slots=True)
class Frame:
    """A pair of axes, and the coordinates of values between them."""

    x: Axis
    y: Axis

    def across(self, value: float) -> float:
        """Return the x coordinate of a value."""
        return round(LEFT + (RIGHT - LEFT) * (value - self.x.low) / (self.x.high - self.x.low), 1)

    def up(self, value: float) -> float:
        """Return the y coordinate of a value."""
        return round(BOTTOM - (BOTTOM - TOP) * (value - self.y.low) / (self.y.high - self.y.low), 1)

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        """Return the SVG path of a line through points."""
        return "M" + "L".join(f"{self.across(x)} {self.up(y)}" for x, y in points)


# Points that are listed below a plot, of hundreds.
_LISTED = 10
_PERCENTILES = (10, 25, 50, 75, 90, 95, 99, 100)


@dataclass(frozen=True, slots=True)
class Line:
    """A line or a closed area; `kind` is its CSS class."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point and its tooltip."""

    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text in the drawing, anchored at "start", "middle" or "end"."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot.

    Attributes:
        key: its id in the page.
        title: its heading.
        about: how to read it, in a sentence or two.
        frame: its axes.
        lines: back to front.
        dots: above the lines.
        labels: above everything.
        columns: the headings of the figures.
        figures: the data as rows of text, for readers who cannot see the drawing.
    """

    key: str
    title: str
    about: str
    frame: Frame
    lines: tuple[Line, ...]
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]
    columns: tuple[str, ...]
    figures: tuple[tuple[str, ...], ...]


def plots(rows: Sequence[Row]) -> list[Plot]:
    """Return the plots for which there are figures."""
    return list(_plots(rows))


def _plots(rows: Sequence[Row]) -> Iterator[Plot]:
    if any("recall@10" in row.scores for row in rows):
        yield _recall(rows)
    if len(confidence.judged_answers(rows)):
        yield _risk_coverage(rows)
        yield _calibration(rows)
    if rows:
        yield _latency(rows)


def _recall(rows: Sequence[Row]) -> Plot:
    shares = recall_curve(rows)
    frame = Frame(
        Axis("k: passages looked at", 1, DEPTH, tuple(range(1, DEPTH + 1))), share_axis("recall@k")
    )
    ranks = range(1, DEPTH + 1)
    means = [float(value) for value in shares.mean(axis=0)]
    spread = [bootstrap(shares[:, [rank - 1]], mean) for rank in ranks]
    band = [(k, low) for k, (low, _) in zip(ranks, spread, strict=True)]
    band += reversed([(k, high) for k, (_, high) in zip(ranks, spread, strict=True)])
    figures = [
        (str(k), _percent(mean), f"{_percent(low)} to {_percent(high)}")
        for k, mean, (low, high) in zip(ranks, means, spread, strict=True)
    ]
    return Plot(
        "recall",
        "Finding: recall at k",
        "How much of what answers a question is among the first k passages, "
        f"over {len(shares)} questions with gold. The band is the 95 % interval.",
        frame,
        (
            Line("band", frame.path(band) + "Z"),
            Line("line", frame.path(zip(ranks, means, strict=True))),
        ),
        tuple(
            Dot(frame.across(k), frame.up(mean), f"k = {k}: {shown} ({interval})")
            for k, mean, (_, shown, interval) in zip(ranks, means, figures, strict=True)
        ),
        (),
        ("k", "recall@k", "95 % interval"),
        tuple(figures),
    )


def _risk_coverage(rows: Sequence[Row]) -> Plot:
    frame = Frame(
        share_axis("coverage: questions answered"), share_axis("risk: answers that are wrong")
    )
    points = _pairs(confidence.risk_coverage(rows))
    coverage, risk = points[-1]
    shown = [points[round(at)] for at in np.linspace(0, len(points) - 1, min(_LISTED, len(points)))]
    here = f"all answers given: {_percent(coverage)} answered, {_percent(risk)} of them wrong"
    x, y = frame.across(coverage), frame.up(risk)
    return Plot(
        "risk-coverage",
        "Risk and coverage",
        "If only the surest answers were given: how many of them would be wrong. A line that rises "
        f"to the right means that confidence can be relied on. The dot: {here}.",
        frame,
        (Line("line", frame.path(points)),),
        (Dot(x, y, here),),
        (Label(x, y - 10, "as run", "end" if coverage > 0.5 else "start"),),
        ("coverage", "risk"),
        tuple((_percent(one), _percent(other)) for one, other in shown),
    )


def _calibration(rows: Sequence[Row]) -> Plot:
    frame = Frame(
        share_axis("mean confidence of a tenth of the answers"), share_axis("of these, right")
    )
    points = _pairs(confidence.reliability(rows))
    shown = tuple((_percent(sure), _percent(right)) for sure, right in points)
    return Plot(
        "calibration",
        "Calibration",
        "Answers in ten groups of equal size, by confidence. On the dashed line confidence is the "
        "share of right answers; below it, the system is too sure.",
        frame,
        (Line("reference", frame.path([(0, 0), (1, 1)])), Line("line", frame.path(points))),
        tuple(
            Dot(frame.across(x), frame.up(y), f"{sure} sure, {right} right")
            for (x, y), (sure, right) in zip(points, shown, strict=True)
        ),
        (Label(frame.across(0.12), frame.up(0.05), "perfect"),),
        ("confidence", "right"),
        shown,
    )


def _latency(rows: Sequence[Row]) -> Plot:
    seconds = np.sort([row.seconds for row in rows])
    median, slow, slowest = (float(np.percentile(seconds, percent)) for percent in (50, 95, 100))
    # Cut at twice the 95th percentile, so that one outlier does not squeeze all other questions.
    frame = Frame(
        round_axis("seconds to answer", min(slowest, 2 * slow)),
        share_axis("questions answered by then"),
    )
    # Each question is a step up at the time of its answer.
    steps = [(0.0, 0.0)]
    for number, at in enumerate(seconds[seconds <= frame.x.high].tolist(), 1):
        share = number / len(seconds)
        steps += [(at, share - 1 / len(seconds)), (at, share)]
    marks = [("p50", 0.5, median), ("p95", 0.95, slow)]
    return Plot(
        "latency",
        "Time to answer",
        f"Half of the questions are answered within {median:.2f} s, 95 of 100 within {slow:.2f} s. "
        f"The slowest took {slowest:.2f} s.",
        frame,
        (
            *(
                Line("reference", frame.path([(at, 0), (at, share), (0, share)]))
                for _, share, at in marks
            ),
            Line("line", frame.path(steps)),
        ),
        tuple(
            Dot(frame.across(at), frame.up(share), f"{name}: {at:.2f} s")
            for name, share, at in marks
        ),
        tuple(
            Label(frame.across(at) + 8, frame.up(share) + 16, f"{name} {at:.2f} s")
            for name, share, at in marks
        ),
        ("share", "within"),
        tuple(
            (f"{percent} %", f"{np.percentile(seconds, percent):.2f} s") for percent in _PERCENTILES
        ),
    )


def _pairs(points: confidence.Points) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in zip(*points, strict=True)]


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
