"""Bootstrap intervals, paired tests, and the correction for testing many metrics at once.

Sources: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13, for the
percentile intervals; Smucker, Allan and Carterette, "A comparison of statistical significance tests
for information retrieval evaluation" (2007), for the paired randomisation test; Holm, "A simple
sequentially rejective multiple test procedure" (1979), and Tarone, "A modified Bonferroni method
for discrete data" (1990), for many metrics at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000
SEED = 20240229
ALPHA = 0.05
"""Significance level."""

_QUANTILES = (0.025, 0.975)
# At most this many lines of all samples are in memory together: with copies about 10 MB.
_LINES = 50_000
# Sums of the same values in another order differ by this little.
_ROUNDING = 1e-9

Values: TypeAlias = npt.NDArray[np.float64]
"""Shape (..., questions, columns): one line per question and one column per number that a statistic
needs, for each sample. A line that starts with NaN is a question that does not count."""

Statistic: TypeAlias = Callable[[Values], Values]
"""Values of shape (..., questions, columns) -> one number per sample, shape (...); NaN for a sample
in which no question counts."""


def mean(values: Values) -> Values:
    """Return the mean of the first column."""
    return mean_of(values[..., 0])


def mean_of(column: Values) -> Values:
    """Return the mean over the last axis, without NaN; NaN where nothing is left."""
    return divide(np.nansum(column, axis=-1), (~np.isnan(column)).sum(axis=-1))


def divide(total: Values, count: npt.NDArray[np.int64]) -> Values:
    """Return `total / count`; NaN where the count is zero."""
    quotient: Values = np.divide(
        total, count, out=np.full(np.shape(total), np.nan), where=np.asarray(count) > 0
    )
    return quotient


def bootstrap(values: Values, statistic: Statistic) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic over `RESAMPLES` resamples.

    The seed is fixed. `values` has shape (questions, columns); questions are resampled.
    """
    return interval(np.concatenate([statistic(values[index]) for index in resamples(len(values))]))


def resamples(size: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield `RESAMPLES` draws of `size` indices with replacement, in batches.

    Each call yields the same draws. A batch has shape (draws, size).
    """
    random = np.random.default_rng(SEED)
    for count in _batches(size):
        yield random.integers(0, size, (count, size))


def swaps(size: int) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield `RESAMPLES` times `size` flips of a fair coin, in batches; the same at each call."""
    random = np.random.default_rng(SEED)
    for count in _batches(size):
        yield random.random((count, size)) < 0.5


def interval(samples: Values) -> tuple[float, float]:
    """Return the bounds of the middle 95 % of `samples`."""
    low, high = np.quantile(samples, _QUANTILES)
    return float(low), float(high)


def _batches(size: int) -> Iterator[int]:
    most = max(1, _LINES // max(1, size))
    for done in range(0, RESAMPLES, most):
        yield min(most, RESAMPLES - done)


@dataclass(frozen=True, slots=True)
class PairedTest:
    """A metric before and after, over the same questions.

    Attributes:
        before: its value over the questions that count before.
        after: its value over the questions that count after.
        low: lower end of the 95 % interval of after minus before.
        high: upper end.
        p: p-value of the randomisation test.
        min_p: the smallest p-value that changes of these sizes can have, reached when all go in the
            same direction; 1 if nothing changed.
    """

    before: float
    after: float
    low: float
    high: float
    p: float
    min_p: float


Numbers: TypeAlias = Sequence[tuple[float, ...] | None]
"""What each question contributes to a metric; None where it does not count."""


def paired_test(before: Numbers, after: Numbers, statistic: Statistic = mean) -> PairedTest | None:
    """Compare a metric before and after by a bootstrap and a randomisation test.

    Each resample takes the same questions from both sides; the test swaps before and after for a
    random half of the questions. A question may count on one side only; a draw that leaves a side
    without any is left out.

    Args:
        before: what each question contributes.
        after: the same for the later result, in the same order.
        statistic: from contributions to the metric.

    Returns:
        None where either side has no value.
    """
    rows = [pair for pair in zip(before, after, strict=True) if pair != (None, None)]
    if not (any(one for one, _ in rows) and any(other for _, other in rows)):
        return None
    firsts, seconds = _columns([one for one, _ in rows]), _columns([other for _, other in rows])
    before_value, after_value = (float(statistic(values)) for values in (firsts, seconds))
    draws = ((firsts[index], seconds[index]) for index in resamples(len(rows)))
    low, high = interval(_differences(draws, statistic))
    flips = (flip[..., None] for flip in swaps(len(rows)))
    swapped = ((np.where(flip, seconds, firsts), np.where(flip, firsts, seconds)) for flip in flips)
    by_chance = np.abs(_differences(swapped, statistic))
    observed = abs(after_value - before_value)
    p, min_p = (_p_value(by_chance, size) for size in (observed, by_chance.max(initial=observed)))
    return PairedTest(before_value, after_value, low, high, p, min_p)


def _p_value(by_chance: Values, observed: float) -> float:
    # The observed difference is one of the possible draws.
    return (int((by_chance >= observed - _ROUNDING).sum()) + 1) / (len(by_chance) + 1)


def significant(tests: Mapping[str, PairedTest]) -> frozenset[str]:
    """Return the names that are significant after Holm's correction.

    If all differences are chance, the probability that any name is returned is at most `ALPHA`.
    Following Tarone, a metric that changed for too few questions ever to be significant does not
    count as a test.
    """
    values = {name: test.p for name, test in tests.items() if test.min_p <= ALPHA}
    kept: list[str] = []
    for place, name in enumerate(sorted(values, key=values.__getitem__)):
        if values[name] > ALPHA / (len(values) - place):
            break
        kept.append(name)
    return frozenset(kept)


def _differences(draws: Iterable[tuple[Values, Values]], statistic: Statistic) -> Values:
    """Return after minus before for each draw in which a question counts on both sides."""
    found: Values = np.concatenate(
        [statistic(after) - statistic(before) for before, after in draws]
    )
    kept: Values = found[~np.isnan(found)]
    return kept


def _columns(numbers: Numbers) -> Values:
    width = max((len(found) for found in numbers if found is not None), default=1)
    lines = [found or (np.nan,) * width for found in numbers]
    return np.array(lines, dtype=np.float64).reshape(-1, width)
