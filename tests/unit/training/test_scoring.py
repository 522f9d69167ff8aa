"""The figures that judge a reader."""

from __future__ import annotations

import pytest

from training.scoring import (
    ScoredPrediction,
    auroc,
    best_threshold,
    exact_and_f1,
    f1_above,
    f1_with_threshold,
)


def test_auroc_counts_pairs_in_the_right_order() -> None:
    """Of six pairs four are in order and one is a tie: 4.5 / 6."""
    assert auroc([3.0, 2.0, 0.0], [2.0, -1.0]) == pytest.approx(4.5 / 6)


def test_exact_match_and_f1_are_percent() -> None:
    """One right answer and one with a word too many, by hand: EM 50, F1 (1 + 2/3) / 2."""
    judged = [
        ScoredPrediction("a", "Karl Moe", 0, ("Karl Moe",)),
        ScoredPrediction("b", "old Oster", 0, ("Oster",)),
    ]
    exact, f1 = exact_and_f1(judged)
    assert exact == pytest.approx(50)
    assert f1 == pytest.approx(100 * (1 + 2 / 3) / 2)


def test_the_threshold_lies_between_wrong_and_right() -> None:
    """Where scores tell the answerable apart, the best threshold separates them."""
    judged = [
        ScoredPrediction("a", "x", -2.0, ()),
        ScoredPrediction("b", "y", 1.0, ()),
        ScoredPrediction("c", "z", 3.0, ("z",)),
    ]
    assert best_threshold(judged) == pytest.approx(2.0)


def test_abstaining_pays_only_where_there_is_no_answer() -> None:
    """Below the threshold an unanswerable question scores 1 and an answerable one 0; above, it is the other way."""
    silent, spoken = ScoredPrediction("a", "x", 0.0, ()), ScoredPrediction("b", "y", 0.0, ("y",))
    assert [f1_above(silent, 1.0), f1_above(spoken, 1.0)] == [1.0, 0.0]
    assert [f1_above(silent, -1.0), f1_above(spoken, -1.0)] == [0.0, 1.0]


def test_each_half_is_judged_by_the_other() -> None:
    """With scores that separate perfectly in both halves, every question is judged right."""
    judged = [
        ScoredPrediction(f"q{n}", "x", 1.0 if n % 2 else -1.0, ("x",) if n % 2 else ())
        for n in range(40)
    ]
    assert f1_with_threshold(judged) == 100.0
