"""What a metric is. Each file beside this one defines the metrics of one kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qa.evaluation.result import Estimate, Row
from qa.evaluation.statistics import Statistic, bootstrap, mean


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its name, what it means, its formula, and how it appears in reports.

    Attributes:
        name: its key in results and tables, e.g. "f1".
        title: its name in the HTML report.
        meaning: what it is, in one line.
        counts: which questions count.
        compute: row -> what a question contributes: a number, or several if `statistic` takes
            several; None where the question does not count.
        reads: what `compute` needs. "ranking" (`Row.hits`; left out where nothing was searched) and
            "texts" (questions, answers, quotes) are computed once, when a question is asked, and
            kept in `Row.scores`, as a baseline keeps neither. "row" is computed whenever it is
            needed; from a baseline only what needs no more than a row's numbers and flags.
        statistic: from the contributions of all questions to the metric's value.
        better: whether a "higher" or a "lower" value is better; "" where a change is shown and
            never judged.
        unit: "s" for seconds; empty for a share between 0 and 1.
        applies: whether the metric says anything about such rows at all.
        headline: whether it appears in the short table that compares settings.
    """

    name: str
    title: str
    meaning: str
    counts: str
    compute: Callable[[Row], float | tuple[float, ...] | None]
    reads: Literal["ranking", "texts", "row"] = "row"
    statistic: Statistic = mean
    better: Literal["higher", "lower", ""] = "higher"
    unit: Literal["s", ""] = ""
    applies: Callable[[Sequence[Row]], bool] = bool
    headline: bool = False

    def values(self, row: Row) -> tuple[float, ...] | None:
        """Return what a row contributes; None where it does not count."""
        found = self.compute(row) if self.reads == "row" else row.scores.get(self.name)
        return found if found is None or isinstance(found, tuple) else (float(found),)

    def estimate(self, rows: Sequence[Row]) -> Estimate | None:
        """Return the value over all rows that count, with its interval; None where none does."""
        counted = [found for row in rows if (found := self.values(row)) is not None]
        if not counted or not self.applies(rows):
            return None
        values = np.array(counted, dtype=np.float64)
        low, high = bootstrap(values, self.statistic)
        return Estimate(float(self.statistic(values)), low, high, len(values))

    def shown(self, value: float, *, sign: bool = False) -> str:
        """Return a value with three digits and its unit."""
        return f"{value:{'+' if sign else ''}.3f}{' s' if self.unit else ''}"
