"""Whether two results of the same questions differ by more than chance: intervals of the difference, and tests.

Sources: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), for the intervals; Smucker, Allan and
Carterette, "A comparison of statistical significance tests for information retrieval evaluation" (2007), for the paired
randomisation test; Holm, "A simple sequentially rejective multiple test procedure" (1979), and
Tarone, "A modified Bonferroni method for discrete data" (1990), for many metrics at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation.resampling import Values, interval, resamples, swaps
from qa.evaluation.result import Row
from qa.evaluation.summary import Measure

LEVEL = 0.05
# Sums of the same figures in another order differ by this little.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Paired:
    """A metric before and after, over the same questions.

    Attributes:
        before: its value over the questions that count before.
        after: the same after.
        low: lower end of the 95 % interval of after less before.
        high: upper end.
        p: how often chance alone gives a difference as large, if both are equally good.
        least: the smallest p that the same changes could have had, had all gone the same way; 1 without any change.
    """

    before: float
    after: float
    low: float
    high: float
    p: float
    least: float


def paired(before: Sequence[Row], after: Sequence[Row], measure: Measure) -> Paired | None:
    """Compare one metric by a bootstrap and a randomisation test, or return None where either side has no value.

    Both sequences hold the same questions in the same order. Each resample takes the same questions from both; the test
    swaps before and after for some of the questions. A question may count on one side only: a draw that leaves a side
    without any is passed over.
    """
    rows = [(measure.figures(one), measure.figures(other)) for one, other in zip(before, after, strict=True)]
    rows = [pair for pair in rows if pair != (None, None)]
    if not (any(one for one, _ in rows) and any(other for _, other in rows)):
        return None
    firsts, seconds = _column([one for one, _ in rows]), _column([other for _, other in rows])
    before_value, after_value = (float(measure.statistic(values)) for values in (firsts, seconds))
    low, high = interval(_differences(((firsts[index], seconds[index]) for index in resamples(len(rows))), measure))
    flips = (flip[..., None] for flip in swaps(len(rows)))
    swapped = ((np.where(flip, seconds, firsts), np.where(flip, firsts, seconds)) for flip in flips)
    by_chance = np.abs(_differences(swapped, measure))
    observed = abs(after_value - before_value)
    p, least = (_share(by_chance, size) for size in (observed, by_chance.max(initial=observed)))
    return Paired(before_value, after_value, low, high, p, least)


def _share(by_chance: Values, size: float) -> float:
    # What was observed is one of the possible draws.
    return (int((by_chance >= size - _ROUNDING).sum()) + 1) / (len(by_chance) + 1)


def standing(found: Mapping[str, Paired]) -> frozenset[str]:
    """Return the names whose p-values stand when all are judged together.

    If nothing differs but by chance, the probability that any name at all is returned is at most `LEVEL`. What changed
    for too few questions to be significant under any circumstances is no opportunity for chance, and does not count.
    """
    values = {name: values.p for name, values in found.items() if values.least <= LEVEL}
    kept: list[str] = []
    for place, name in enumerate(sorted(values, key=values.__getitem__)):
        if values[name] > LEVEL / (len(values) - place):
            break
        kept.append(name)
    return frozenset(kept)


def _differences(draws: Iterable[tuple[Values, Values]], measure: Measure) -> Values:
    """Return after less before for each draw that leaves neither side without a question that counts."""
    found: Values = np.concatenate([measure.statistic(after) - measure.statistic(before) for before, after in draws])
    kept: Values = found[~np.isnan(found)]
    return kept


def _column(figures: Sequence[tuple[float, ...] | None]) -> Values:
    width = max((len(found) for found in figures if found is not None), default=1)
    return np.array([found or (np.nan,) * width for found in figures], dtype=np.float64).reshape(-1, width)
