"""Intervals and tests of a difference, on cases that can be counted by hand."""

from __future__ import annotations

import pytest

from qa.evaluation.result import Row
from qa.evaluation.significance import Paired, paired, standing
from qa.evaluation.summary import MEASURES
from tests.unit.evaluation.evaluation_builders import make_row


def scored(values: list[float]) -> list[Row]:
    """Return rows with these F1 values."""
    return [make_row(str(n), scores={"f1": value}) for n, value in enumerate(values)]


def of_f1(before: list[Row], after: list[Row]) -> Paired:
    """Return the comparison of F1."""
    found = paired(before, after, MEASURES["f1"])
    assert found is not None
    return found


def test_pairing_shows_what_separate_intervals_hide() -> None:
    """A small but constant gain on questions of very different difficulty is certain when paired."""
    before = [n / 100 for n in range(90)]
    found = of_f1(scored(before), scored([value + 0.01 for value in before]))
    assert (found.low, found.high) == pytest.approx((0.01, 0.01))
    assert found.p < 0.002


def test_a_metric_that_one_side_lacks_is_not_compared() -> None:
    """Without any value on one side there is no difference."""
    assert paired(scored([1.0]), [make_row("0")], MEASURES["f1"]) is None


def test_a_question_may_count_on_one_side_only() -> None:
    """Values are over the questions that count on each side."""
    before, after = scored([1.0, 0.0, 1.0]), [*scored([1.0, 0.0]), make_row("2")]
    found = of_f1(before, after)
    assert (found.before, found.after) == pytest.approx((2 / 3, 0.5))


@pytest.mark.parametrize(("lost", "p"), [(1, 1.0), (2, 1 / 2), (3, 1 / 4), (5, 1 / 16)])
def test_chance_explains_a_few_lost_questions(lost: int, p: float) -> None:
    """If swapping is fair, n questions all fall, or all rise, in 2 of 2^n cases; the others change nothing."""
    found = of_f1(scored([1.0] * 20), scored([0.0] * lost + [1.0] * (20 - lost)))
    assert found.p == pytest.approx(p, abs=0.04)


def test_what_does_not_differ_is_chance() -> None:
    """Equal results differ by nothing, and every draw differs as much."""
    same = of_f1(scored([0.3, 1.0]), scored([0.3, 1.0]))
    assert same == Paired(0.65, 0.65, 0.0, 0.0, 1.0, 1.0)


def judged(**values: float) -> frozenset[str]:
    """Return which of these p-values stand."""
    return standing({name: Paired(0.5, 0.4, -0.2, 0.0, p, least=0.001) for name, p in values.items()})


def test_many_metrics_are_judged_together() -> None:
    """Holm: the smallest p stands below 0.05 / 3, the next below 0.05 / 2, the last below 0.05; then no more."""
    assert judged(a=0.03, b=0.01, c=0.024) == {"a", "b", "c"}
    assert judged(a=0.03, b=0.01, c=0.026) == {"b"}
    assert judged(a=0.001, b=0.02, c=0.02) == {"a", "b", "c"}
    assert judged(a=0.02, b=0.02, c=0.02) == frozenset()
    assert judged() == frozenset()


def test_what_can_show_nothing_is_not_counted() -> None:
    """Beside metrics that stayed, or changed for a question or two, one metric is judged as if it were alone."""
    few = of_f1(scored([1.0] * 20), scored([0.0, 0.0] + [1.0] * 18))
    same = of_f1(scored([1.0] * 20), scored([1.0] * 20))
    fell = Paired(0.5, 0.4, -0.2, 0.0, 0.04, least=0.001)
    assert few.least == pytest.approx(0.5, abs=0.04)
    assert same.least == 1.0
    assert standing({"few": few, "same": same, "fell": fell}) == {"fell"}
    assert standing({"other": Paired(0.5, 0.5, -0.1, 0.1, 0.9, least=0.001), "fell": fell}) == frozenset()


def test_equally_good_results_are_seldom_told_apart() -> None:
    """Over twenty pairs of results that differ by coin flips alone, about one in twenty has a p below 0.05."""
    import numpy as np

    random = np.random.default_rng(7)
    flips = random.integers(0, 2, (20, 2, 40)).astype(float)
    found = [of_f1(scored(one.tolist()), scored(other.tolist())).p < 0.05 for one, other in flips]
    assert sum(found) <= 3
