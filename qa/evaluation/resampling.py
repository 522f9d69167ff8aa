"""Samples of the same questions, many at a time: what else could have come out.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13, the percentile interval.
Questions are what is resampled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000
SEED = 20240229
_LEVEL = (0.025, 0.975)
# Lines of all samples that are in memory together: with their copies and orders, some 10 MB.
_LINES = 50_000

Values: TypeAlias = npt.NDArray[np.float64]
"""One line per question, one column per figure that a statistic needs; before these two axes, one for the samples."""


def bootstrap(values: Values, statistic: Callable[[Values], Values]) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic over `RESAMPLES` resamples; the seed is fixed.

    The statistic is asked for many samples at once: values of shape (samples, questions, columns) give (samples,).
    """
    return interval(np.concatenate([statistic(values[index]) for index in resamples(len(values))]))


def resamples(size: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the same `RESAMPLES` draws of `size` indices, with replacement, at every call: some at a time."""
    random = np.random.default_rng(SEED)
    for count in _batches(size):
        yield random.integers(0, size, (count, size))


def swaps(size: int) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield the same `RESAMPLES` times `size` flips of a fair coin at every call: some at a time."""
    random = np.random.default_rng(SEED)
    for count in _batches(size):
        yield random.random((count, size)) < 0.5


def interval(samples: Values) -> tuple[float, float]:
    """Return what the middle 95 % of `samples` lie between."""
    low, high = np.quantile(samples, _LEVEL)
    return float(low), float(high)


def _batches(size: int) -> Iterator[int]:
    most = max(1, _LINES // max(1, size))
    for done in range(0, RESAMPLES, most):
        yield min(most, RESAMPLES - done)
