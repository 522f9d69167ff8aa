"""Statistics of many samples at once: values of shape (..., questions, columns) give one figure for each sample.

A line that starts with NaN is a question that does not count in its sample. A sample without any that does has NaN.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from qa.evaluation.resampling import Values

BINS = 10


def mean(values: Values) -> Values:
    """Return the mean of the first column."""
    return _mean(values[..., 0])


def expected_calibration_error(values: Values, bins: int = BINS) -> Values:
    """Return the mean distance of confidence from the share of right answers, over `equal_mass_bins`.

    `values` has a line (confidence, 1 if right else 0) for each answer.
    Source: Naeini et al. (2015), with the equal-mass bins of Nixon et al. (2019).
    """
    excess = np.take_along_axis(values[..., 0] - values[..., 1], _order(values[..., 0]), axis=-1)
    count = _count(values)[..., None]
    filled = np.minimum(bins, count)
    size, larger = np.divmod(count, np.maximum(filled, 1))
    edge = np.minimum(np.arange(bins + 1), filled)
    bounds = edge * size + np.minimum(edge, larger)
    # Of so many answers, the distance of their means is that of their sums.
    gaps = np.abs(np.diff(np.take_along_axis(_sums(excess), bounds, axis=-1), axis=-1))
    return _share(gaps.sum(axis=-1), count[..., 0])


def equal_mass_bins(values: Values, bins: int = BINS) -> list[Values]:
    """Return lines (confidence, right) by rising confidence, in bins that hold equally many, give or take one.

    Of equal confidences the earlier question comes first. Fewer lines than bins make one bin each.
    """
    ordered = values[np.argsort(values[:, 0], kind="stable")]
    return np.array_split(ordered, min(bins, len(ordered)))


def selective_risk(values: Values) -> Values:
    """Return the share of wrong answers among the first 1, 2, ... n answers by falling confidence, shape (..., n).

    `values` has a line (confidence, 1 if right else 0) for each answer. Answers of equal confidence have no order:
    each of them counts as wrong as they are on average.
    Source: Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks" (2017).
    """
    order = _order(-values[..., 0])
    confidence, right = (np.take_along_axis(values[..., column], order, axis=-1) for column in (0, 1))
    sums, rank = _sums(1 - right), np.arange(1, values.shape[-2] + 1)
    # The place where those of the same confidence start, and where they end.
    differs = np.ones((*confidence.shape[:-1], len(rank) + 1), dtype=bool)
    differs[..., 1:-1] = confidence[..., 1:] != confidence[..., :-1]
    start = np.maximum.accumulate(np.where(differs[..., :-1], rank - 1, 0), axis=-1)
    end = np.minimum.accumulate(np.where(differs[..., 1:], rank, len(rank))[..., ::-1], axis=-1)[..., ::-1]
    before, through = (np.take_along_axis(sums, place, axis=-1) for place in (start, end))
    risks: Values = (before + (through - before) * (rank - start) / (end - start)) / rank
    return np.where(np.isnan(confidence), np.nan, risks)


def area_under_risk_coverage(values: Values) -> Values:
    """Return the mean of `selective_risk` over all coverages: 0 when every answer is right, 1 when none is.

    Source: Geifman, Uziel and El-Yaniv, "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers" (2019).
    """
    return _mean(selective_risk(values))


def _order(column: Values) -> npt.NDArray[np.int64]:
    """Return the places of a column's figures by rising size; what does not count comes last."""
    order: npt.NDArray[np.int64] = np.argsort(column, axis=-1, kind="stable")
    return order


def _sums(column: Values) -> Values:
    """Return the sums of the first 0, 1, ... n, shape (..., n + 1)."""
    none = np.zeros((*column.shape[:-1], 1))
    return np.concatenate([none, np.nan_to_num(column, nan=0.0).cumsum(axis=-1)], axis=-1)


def _count(values: Values) -> npt.NDArray[np.int64]:
    counting: npt.NDArray[np.int64] = (~np.isnan(values[..., 0])).sum(axis=-1)
    return counting


def _mean(column: Values) -> Values:
    return _share(np.nansum(column, axis=-1), (~np.isnan(column)).sum(axis=-1))


def _share(total: Values, count: npt.NDArray[np.int64]) -> Values:
    share: Values = np.divide(total, count, out=np.full(np.shape(total), np.nan), where=np.asarray(count) > 0)
    return share
