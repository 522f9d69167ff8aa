"""Aggregates and intervals against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from qa.evaluation.metrics import summarise
from qa.evaluation.metrics.confidence import (
    area_under_risk_coverage,
    equal_mass_bins,
    expected_calibration_error,
    selective_risk,
)
from qa.evaluation.statistics import bootstrap, mean
from tests.unit.evaluation.evaluation_builders import make_row


def test_calibration_error_of_two_bins() -> None:
    """Two bins of two answers: |0.2 - 0.5| and |0.9 - 1.0|, each weighing one half."""
    values = np.array([[0.95, 1], [0.1, 0], [0.3, 1], [0.85, 1]])
    assert expected_calibration_error(values, bins=2) == pytest.approx((0.3 + 0.1) / 2)


def test_calibration_error_with_fewer_answers_than_bins() -> None:
    """With fewer answers than bins each answer is a bin."""
    assert expected_calibration_error(np.array([[0.75, 1], [0.5, 0]])) == pytest.approx(
        (0.25 + 0.5) / 2
    )


def test_perfect_confidence_has_no_calibration_error() -> None:
    """Answers that are right exactly when confidence is one have no error."""
    assert expected_calibration_error(np.array([[1.0, 1.0]] * 7 + [[0.0, 0.0]] * 13)) == 0.0


def test_bins_hold_equally_many() -> None:
    """Eleven answers in ten bins: the least confident bin has two, each of the others one."""
    values = np.array([[n / 10, 1.0] for n in range(11)])
    assert [len(part) for part in equal_mass_bins(values)] == [2] + [1] * 9


def test_risk_is_the_share_of_wrong_answers_so_far() -> None:
    """By falling confidence right, wrong, right, wrong: 0, 1/2, 1/3 and 2/4 are wrong; the area is their mean."""
    values = np.array([[0.6, 0], [0.9, 1], [0.7, 1], [0.8, 0]])
    assert selective_risk(values) == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert area_under_risk_coverage(values) == pytest.approx(1 / 3)


def test_equal_confidences_have_no_order() -> None:
    """Confidence that never differs gives the share of wrong answers at every coverage, in whatever order they come."""
    values = np.array([[0.5, 0.0], [0.5, 0.0], [0.5, 1.0], [0.5, 1.0]])
    assert selective_risk(values) == pytest.approx([0.5] * 4)
    assert selective_risk(values[::-1]) == pytest.approx([0.5] * 4)


def test_risk_is_measured_where_everything_was_answered() -> None:
    """Where every question was answered the area is known; what had nothing to quote counts for nothing."""
    rows = [
        make_row(
            answerable=True, abstained=False, confidence=0.9, scores={"quote_contains_answer": 1.0}
        ),
        make_row(answerable=False, abstained=False, confidence=0.2),
        make_row(answerable=True, abstained=True, confidence=0.0),
    ]
    metric = summarise(rows)["aurc"]
    assert metric.value == pytest.approx((0 + 1 / 2) / 2)
    assert metric.n == 2


def test_risk_is_not_measured_where_answers_were_held_back() -> None:
    """An abstention with some confidence hides a part of the curve: there is no area, rather than another one."""
    rows = [
        make_row(
            answerable=True, abstained=False, confidence=0.9, scores={"quote_contains_answer": 1.0}
        ),
        make_row(answerable=False, abstained=True, confidence=0.2),
    ]
    assert "aurc" not in summarise(rows)


def test_coverage_is_the_share_that_was_answered() -> None:
    """One answer to four questions is a coverage of a quarter, whether or not it can be judged."""
    metric = summarise(
        [
            make_row(abstained=False),
            make_row(),
            make_row(answerable=True),
            make_row(answerable=False),
        ]
    )
    assert (metric["coverage"].value, metric["coverage"].n) == (0.25, 4)


def test_f1_over_all_questions_rewards_abstaining_where_it_is_right() -> None:
    """As in SQuAD 2.0: F1 where there is an answer; where there is none, 1 for an abstention and 0 for an answer."""
    rows = [
        make_row(answerable=True, abstained=False, scores={"f1": 0.5}),
        make_row(answerable=True, abstained=True, scores={"f1": 0.0}),
        make_row(answerable=False, abstained=True),
        make_row(answerable=False, abstained=False),
        make_row(answerable=None, abstained=True),
    ]
    metrics = summarise(rows)
    assert metrics["f1_all"].value == pytest.approx((0.5 + 0 + 1 + 0) / 4)
    assert metrics["f1_all"].n == 4
    assert (metrics["f1"].value, metrics["f1"].n) == (0.25, 2)


def test_f1_over_all_questions_needs_unanswerable_ones() -> None:
    """Where every question has an answer it would only repeat F1."""
    assert "f1_all" not in summarise([make_row(answerable=True, scores={"f1": 0.5})])


def test_abstention_precision_and_recall() -> None:
    """Of 3 abstentions 2 are right, of 4 unanswerable questions 2 were abstained from."""
    rows = [
        *(make_row(answerable=False, abstained=True) for _ in range(2)),
        *(make_row(answerable=False, abstained=False) for _ in range(2)),
        make_row(answerable=True, abstained=True),
        make_row(answerable=None, abstained=True),
    ]
    metrics = summarise(rows)
    assert metrics["abstention_precision"].value == pytest.approx(2 / 3)
    assert metrics["abstention_precision"].n == 3
    assert (metrics["abstention_recall"].value, metrics["abstention_recall"].n) == (0.5, 4)


def test_abstention_is_not_scored_without_unanswerable_questions() -> None:
    """Where every question has an answer, abstaining has no precision and no recall."""
    metrics = summarise(
        [make_row(answerable=True, abstained=True), make_row(answerable=True, abstained=False)]
    )
    assert not {"abstention_precision", "abstention_recall"} & metrics.keys()


def test_a_metric_counts_only_rows_that_have_it() -> None:
    """No score is not a zero: rows without one lower neither the mean nor stand in n."""
    metrics = summarise([make_row(scores={"f1": 0.5}), make_row(), make_row(scores={"f1": 1.0})])
    assert (metrics["f1"].value, metrics["f1"].n) == (0.75, 2)
    assert "em" not in metrics


def test_seconds_are_percentiles() -> None:
    """p50 and p95 interpolate between the measured seconds."""
    metrics = summarise([make_row(seconds=float(n)) for n in range(101)])
    assert (metrics["seconds_p50"].value, metrics["seconds_p95"].value) == (50.0, 95.0)


def test_an_answered_unanswerable_question_is_miscalibrated() -> None:
    """Confidence in an answer that the articles do not have counts as wrong; abstentions do not count."""
    rows = [
        make_row(answerable=False, abstained=False, confidence=0.8),
        make_row(answerable=False, abstained=True, confidence=0.3),
    ]
    metric = summarise(rows)["ece"]
    assert metric.value == pytest.approx(0.8)
    assert metric.n == 1


def test_no_rows_give_no_metrics() -> None:
    """Without questions there is nothing to report."""
    assert summarise([]) == {}


def test_the_bootstrap_is_deterministic() -> None:
    """The same values always get the same interval."""
    values = np.random.default_rng(1).random((80, 1))
    assert bootstrap(values, mean) == bootstrap(values, mean)


def test_the_interval_of_a_share_is_about_two_standard_errors() -> None:
    """Of 400 questions half right, the interval is 0.5 give or take 1.96 times 0.025."""
    values = np.array([[0.0], [1.0]] * 200)
    low, high = bootstrap(values, mean)
    assert low == pytest.approx(0.451, abs=0.006)
    assert high == pytest.approx(0.549, abs=0.006)


def test_equal_values_have_an_empty_interval() -> None:
    """Where all questions score the same, resampling changes nothing."""
    assert bootstrap(np.ones((9, 1)), mean) == (1.0, 1.0)
