"""Whether two results of the same questions differ by more than chance: intervals of the difference, and tests.

Sources: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), for the intervals; Smucker, Allan and
Carterette, "A comparison of statistical significance tests for information retrieval evaluation" (2007), for the paired
randomisation test; Holm, "A simple sequentially rejective multiple test procedure" (1979), and
Tarone, "A modified Bonferroni method for discrete data" (1990), for many metrics at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation.result import Row
from qa.evaluation.summary import RESAMPLES, SEED, Measure, Values, interval, resamples

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
    firsts, seconds = _column([one for one, _ in rows]), _column([other for _, other in rows])
    values = _value(firsts, measure), _value(seconds, measure)
    if values[0] is None or values[1] is None:
        return None
    low, high = interval(_differences(((firsts[index], seconds[index]) for index in resamples(len(rows))), measure))
    by_chance = np.abs(_differences(_swapped(firsts, seconds), measure))
    observed = abs(values[1] - values[0])
    p, least = (_share(by_chance, size) for size in (observed, max(observed, *by_chance)))
    return Paired(values[0], values[1], low, high, p, least)


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


def _swapped(firsts: Values, seconds: Values) -> Iterator[tuple[Values, Values]]:
    random = np.random.default_rng(SEED)
    for _ in range(RESAMPLES):
        swap = random.random((len(firsts), 1)) < 0.5
        yield np.where(swap, seconds, firsts), np.where(swap, firsts, seconds)


def _differences(draws: Iterable[tuple[Values, Values]], measure: Measure) -> Values:
    pairs = ((_value(one, measure), _value(other, measure)) for one, other in draws)
    return np.array([other - one for one, other in pairs if one is not None and other is not None], dtype=np.float64)


def _column(figures: Sequence[tuple[float, ...] | None]) -> Values:
    width = max((len(found) for found in figures if found is not None), default=1)
    return np.array([found or (np.nan,) * width for found in figures], dtype=np.float64).reshape(-1, width)


def _value(values: Values, measure: Measure) -> float | None:
    present = values[~np.isnan(values[:, 0])]
    return measure.statistic(present) if len(present) else None
