"""The plots of the page, as what its template draws: axes, lines, points, and the figures behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation import curves
from qa.evaluation.metrics import DEPTH
from qa.evaluation.page.axes import Axis, Frame, round_axis, share_axis
from qa.evaluation.resampling import bootstrap
from qa.evaluation.result import Row
from qa.evaluation.statistics import mean

# Of hundreds of points, so many are listed below a plot.
_LISTED = 10
_PERCENTILES = (10, 25, 50, 75, 90, 95, 99, 100)


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a closed area; `kind` says how it looks."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point, and what it says when pointed at."""

    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """Words in the drawing, anchored at "start", "middle" or "end"."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot.

    Attributes:
        key: its name in the page.
        title: its heading.
        about: how to read it, in a sentence or two.
        frame: its axes.
        lines: back to front.
        dots: above the lines.
        labels: above all.
        columns: the headings of the figures.
        figures: what is drawn, for those who do not see it, as rows of text.
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
    """Return the plots that there are figures for."""
    return list(_plots(rows))


def _plots(rows: Sequence[Row]) -> Iterator[Plot]:
    if any("recall@10" in row.scores for row in rows):
        yield _recall(rows)
    if len(curves.judged_answers(rows)):
        yield _risk_coverage(rows)
        yield _calibration(rows)
    if rows:
        yield _latency(rows)


def _recall(rows: Sequence[Row]) -> Plot:
    shares = curves.recall(rows)
    frame = Frame(Axis("k: passages looked at", 1, DEPTH, tuple(range(1, DEPTH + 1))), share_axis("recall@k"))
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
        f"How much of what answers a question is among the first k passages, over {len(shares)} questions with gold. "
        "The band is the 95 % interval.",
        frame,
        (Line("band", frame.path(band) + "Z"), Line("line", frame.path(zip(ranks, means, strict=True)))),
        tuple(
            Dot(frame.across(k), frame.up(mean), f"k = {k}: {shown} ({interval})")
            for k, mean, (_, shown, interval) in zip(ranks, means, figures, strict=True)
        ),
        (),
        ("k", "recall@k", "95 % interval"),
        tuple(figures),
    )


def _risk_coverage(rows: Sequence[Row]) -> Plot:
    frame = Frame(share_axis("coverage: questions answered"), share_axis("risk: answers that are wrong"))
    points = _pairs(curves.risk_coverage(rows))
    coverage, risk = points[-1]
    shown = [points[round(at)] for at in np.linspace(0, len(points) - 1, min(_LISTED, len(points)))]
    here = f"all answers given: {_percent(coverage)} answered, {_percent(risk)} of them wrong"
    x, y = frame.across(coverage), frame.up(risk)
    return Plot(
        "risk-coverage",
        "Risk and coverage",
        "If only the surest answers were given: how many of them would be wrong. A line that rises to the right means "
        f"that confidence can be relied on. The dot: {here}.",
        frame,
        (Line("line", frame.path(points)),),
        (Dot(x, y, here),),
        (Label(x, y - 10, "as run", "end" if coverage > 0.5 else "start"),),
        ("coverage", "risk"),
        tuple((_percent(one), _percent(other)) for one, other in shown),
    )


def _calibration(rows: Sequence[Row]) -> Plot:
    frame = Frame(share_axis("mean confidence of a tenth of the answers"), share_axis("of these, right"))
    points = _pairs(curves.reliability(rows))
    shown = tuple((_percent(sure), _percent(right)) for sure, right in points)
    return Plot(
        "calibration",
        "Calibration",
        "Answers in ten groups of equal size, by confidence. On the dashed line confidence is the share of right "
        "answers; below it, the system is too sure.",
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
    # One question that waited for something else does not press all others against the axis.
    frame = Frame(round_axis("seconds to answer", min(slowest, 2 * slow)), share_axis("questions answered by then"))
    points = [(float(at), (number + 1) / len(seconds)) for number, at in enumerate(seconds) if at <= frame.x.high]
    # Each question is a step up where it was answered.
    steps = [(0.0, 0.0), *(step for at, share in points for step in ((at, share - 1 / len(seconds)), (at, share)))]
    marks = [("p50", 0.5, median), ("p95", 0.95, slow)]
    return Plot(
        "latency",
        "Time to answer",
        f"Half of the questions are answered within {median:.2f} s, 95 of 100 within {slow:.2f} s. "
        f"The slowest took {slowest:.2f} s.",
        frame,
        (
            *(Line("reference", frame.path([(at, 0), (at, share), (0, share)])) for _, share, at in marks),
            Line("line", frame.path(steps)),
        ),
        tuple(Dot(frame.across(at), frame.up(share), f"{name}: {at:.2f} s") for name, share, at in marks),
        tuple(Label(frame.across(at) + 8, frame.up(share) + 16, f"{name} {at:.2f} s") for name, share, at in marks),
        ("share", "within"),
        tuple((f"{percent} %", f"{np.percentile(seconds, percent):.2f} s") for percent in _PERCENTILES),
    )


def _pairs(points: curves.Points) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in zip(*points, strict=True)]


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
