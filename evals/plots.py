"""Plots how well confidence separates right from wrong answers: risk-coverage and reliability."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from qa.evaluation import Result
from qa.evaluation.metrics.confidence import operating_point, reliability, risk_coverage

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(results: Mapping[str, tuple[Result, Result]], path: Path) -> None:
    """Plot two panels into a file.

    Left, the risk at each coverage, with a point at the shipped threshold; right, the share of
    right answers at each confidence.

    Args:
        results: name -> the run in which every question was answered, and the same run at the
            shipped threshold.
        path: the file; its suffix decides its format.
    """
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    risk, reliable = figure.subplots(1, 2)
    colours: dict[str, str] = {}
    for name, (always, shipped) in results.items():
        colour = colours.setdefault(always.set, f"C{len(colours)}")
        style = "--" if always.half else "-"
        risk.plot(*risk_coverage(always.rows), color=colour, linestyle=style, label=name)
        risk.plot(
            *operating_point(shipped.rows),
            color=colour,
            marker="o",
            fillstyle="none" if always.half else "full",
        )
        reliable.plot(
            *reliability(always.rows), color=colour, linestyle=style, marker=".", label=name
        )
    risk.plot([], [], color="grey", marker="o", linestyle="none", label="at the shipped threshold")
    reliable.plot([0, 1], [0, 1], color="grey", linewidth=0.8, label="perfect calibration")
    _label(
        risk,
        "Risk and coverage",
        "coverage: share of questions answered",
        "risk: share of these answers wrong",
    )
    _label(
        reliable, "Reliability", "mean confidence of a tenth of the answers", "share of them right"
    )
    # Without the version of the library, the same results give the same file.
    figure.savefig(path, dpi=120, metadata={"Software": None} if path.suffix == ".png" else None)


def _label(axes: Axes, title: str, across: str, up: str) -> None:
    axes.set(title=title, xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
