"""Many samples at once give what each gives alone; intervals and tests, on cases counted by hand."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from qa.evaluation.metrics.confidence import (
    area_under_risk_coverage,
    equal_mass_bins,
    expected_calibration_error,
    selective_risk,
)
from qa.evaluation.statistics import (
    RESAMPLES,
    PairedTest,
    Values,
    bootstrap,
    mean,
    paired_test,
    resamples,
    significant,
    swaps,
)

STATISTICS = [mean, expected_calibration_error, area_under_risk_coverage]


def samples(seed: int, size: int) -> Values:
    """Return 30 samples of lines (confidence, right), with many equal confidences and some lines that do not count."""
    random = np.random.default_rng(seed)
    values = np.stack(
        [random.integers(0, 6, (30, size)) / 5, random.integers(0, 2, (30, size)) * 1.0], axis=-1
    )
    values[random.random((30, size)) < 0.4] = np.nan
    return values


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("size", [1, 4, 11, 37])
def test_samples_together_give_what_each_gives_alone(
    statistic: Callable[[Values], Values], size: int
) -> None:
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
    gaps = [
        len(part) * abs(part[:, 0].mean() - part[:, 1].mean()) for part in equal_mass_bins(values)
    ]
    assert float(expected_calibration_error(values)) == pytest.approx(sum(gaps) / size)


def test_risk_ends_where_answers_end() -> None:
    """What does not count has no risk, and stands behind all that do."""
    values = np.array([[np.nan, np.nan], [0.2, 0.0], [np.nan, np.nan], [0.9, 1.0]])
    assert selective_risk(values) == pytest.approx([0, 0.5, np.nan, np.nan], nan_ok=True)


def test_draws_do_not_depend_on_how_many_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw at a time, or all of them: the same questions are drawn, and the same ones swapped."""
    many = np.concatenate(list(resamples(7))), np.concatenate(list(swaps(7)))
    monkeypatch.setattr("qa.evaluation.statistics._LINES", 1)
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


def scored(values: list[float]) -> list[tuple[float] | None]:
    """Return what each question contributes: its value."""
    return [(value,) for value in values]


def compared(before: list[tuple[float] | None], after: list[tuple[float] | None]) -> PairedTest:
    """Return the comparison of the means."""
    found = paired_test(before, after)
    assert found is not None
    return found


def test_pairing_shows_what_separate_intervals_hide() -> None:
    """A small but constant gain on questions of very different difficulty is certain when paired."""
    before = [n / 100 for n in range(90)]
    found = compared(scored(before), scored([value + 0.01 for value in before]))
    assert (found.low, found.high) == pytest.approx((0.01, 0.01))
    assert found.p < 0.002


def test_a_metric_that_one_side_lacks_is_not_compared() -> None:
    """Without any value on one side there is no difference."""
    assert paired_test(scored([1.0]), [None]) is None


def test_a_question_may_count_on_one_side_only() -> None:
    """Values are over the questions that count on each side."""
    before, after = scored([1.0, 0.0, 1.0]), [*scored([1.0, 0.0]), None]
    found = compared(before, after)
    assert (found.before, found.after) == pytest.approx((2 / 3, 0.5))


@pytest.mark.parametrize(("lost", "p"), [(1, 1.0), (2, 1 / 2), (3, 1 / 4), (5, 1 / 16)])
def test_chance_explains_a_few_lost_questions(lost: int, p: float) -> None:
    """If swapping is fair, n questions all fall, or all rise, in 2 of 2^n cases; the others change nothing."""
    found = compared(scored([1.0] * 20), scored([0.0] * lost + [1.0] * (20 - lost)))
    assert found.p == pytest.approx(p, abs=0.04)


def test_what_does_not_differ_is_chance() -> None:
    """Equal results differ by nothing, and every draw differs as much."""
    same = compared(scored([0.3, 1.0]), scored([0.3, 1.0]))
    assert same == PairedTest(0.65, 0.65, 0.0, 0.0, 1.0, 1.0)


def judged(**values: float) -> frozenset[str]:
    """Return which of these p-values are significant together."""
    return significant(
        {name: PairedTest(0.5, 0.4, -0.2, 0.0, p, min_p=0.001) for name, p in values.items()}
    )


def test_many_metrics_are_judged_together() -> None:
    """Holm: the smallest p stands below 0.05 / 3, the next below 0.05 / 2, the last below 0.05; then no more."""
    assert judged(a=0.03, b=0.01, c=0.024) == {"a", "b", "c"}
    assert judged(a=0.03, b=0.01, c=0.026) == {"b"}
    assert judged(a=0.001, b=0.02, c=0.02) == {"a", "b", "c"}
    assert judged(a=0.02, b=0.02, c=0.02) == frozenset()
    assert judged() == frozenset()


def test_what_can_show_nothing_is_not_counted() -> None:
    """Beside metrics that stayed, or changed for a question or two, one metric is judged as if it were alone."""
    few = compared(scored([1.0] * 20), scored([0.0, 0.0] + [1.0] * 18))
    same = compared(scored([1.0] * 20), scored([1.0] * 20))
    fell = PairedTest(0.5, 0.4, -0.2, 0.0, 0.04, min_p=0.001)
    assert few.min_p == pytest.approx(0.5, abs=0.04)
    assert same.min_p == 1.0
    assert significant({"few": few, "same": same, "fell": fell}) == {"fell"}
    assert (
        significant({"other": PairedTest(0.5, 0.5, -0.1, 0.1, 0.9, min_p=0.001), "fell": fell})
        == frozenset()
    )


def test_equally_good_results_are_seldom_told_apart() -> None:
    """Over twenty pairs of results that differ by coin flips alone, about one in twenty has a p below 0.05."""
    import numpy as np

    random = np.random.default_rng(7)
    flips = random.integers(0, 2, (20, 2, 40)).astype(float)
    found = [
        compared(scored(one.tolist()), scored(other.tolist())).p < 0.05 for one, other in flips
    ]
    assert sum(found) <= 3
