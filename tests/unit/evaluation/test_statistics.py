"""Many samples at once give what each gives alone, whatever counts in them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from qa.evaluation.resampling import RESAMPLES, Values, bootstrap, resamples, swaps
from qa.evaluation.statistics import (
    area_under_risk_coverage,
    equal_mass_bins,
    expected_calibration_error,
    mean,
    selective_risk,
)

STATISTICS = [mean, expected_calibration_error, area_under_risk_coverage]


def samples(seed: int, size: int) -> Values:
    """Return 30 samples of lines (confidence, right), with many equal confidences and some lines that do not count."""
    random = np.random.default_rng(seed)
    values = np.stack([random.integers(0, 6, (30, size)) / 5, random.integers(0, 2, (30, size)) * 1.0], axis=-1)
    values[random.random((30, size)) < 0.4] = np.nan
    return values


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("size", [1, 4, 11, 37])
def test_samples_together_give_what_each_gives_alone(statistic: Callable[[Values], Values], size: int) -> None:
    """Lines that do not count change nothing, and a sample without any that counts has no figure."""
    together = samples(size, size)
    alone = [sample[~np.isnan(sample[:, 0])] for sample in together]
    expected = [float(statistic(sample)) if len(sample) else np.nan for sample in alone]
    np.testing.assert_allclose(statistic(together), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [1, 9, 10, 11, 29, 100])
def test_the_calibration_error_is_that_of_its_bins(size: int) -> None:
    """Counted bin by bin as it is defined: how far apart the means are, weighted by how many answers there are."""
    random = np.random.default_rng(size)
    values = np.stack([random.random(size).round(1), random.integers(0, 2, size) * 1.0], axis=-1)
    gaps = [len(part) * abs(part[:, 0].mean() - part[:, 1].mean()) for part in equal_mass_bins(values)]
    assert float(expected_calibration_error(values)) == pytest.approx(sum(gaps) / size)


def test_risk_ends_where_answers_end() -> None:
    """What does not count has no risk, and stands behind all that do."""
    values = np.array([[np.nan, np.nan], [0.2, 0.0], [np.nan, np.nan], [0.9, 1.0]])
    assert selective_risk(values) == pytest.approx([0, 0.5, np.nan, np.nan], nan_ok=True)


def test_draws_do_not_depend_on_how_many_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw at a time, or all of them: the same questions are drawn, and the same ones swapped."""
    many = np.concatenate(list(resamples(7))), np.concatenate(list(swaps(7)))
    monkeypatch.setattr("qa.evaluation.resampling._LINES", 1)
    one = list(resamples(7)), list(swaps(7))
    assert (len(one[0]), len(one[1])) == (RESAMPLES, RESAMPLES)
    assert np.array_equal(many[0], np.concatenate(one[0]))
    assert np.array_equal(many[1], np.concatenate(one[1]))


def test_thousands_of_questions_need_little_memory() -> None:
    """All draws of 5,000 questions would be 40 MB of indices alone; a part of them is in memory at a time."""
    values = np.random.default_rng(0).random((5000, 2))
    tracemalloc.start()
    bootstrap(values, area_under_risk_coverage)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000
