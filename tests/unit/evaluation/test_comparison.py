"""Comparing two results: a real change is found, noise and a slow machine are not."""

from __future__ import annotations

import dataclasses

import pytest

from qa.errors import QAError
from qa.evaluation.comparison import Difference, compare
from qa.evaluation.report import comparison_table
from qa.evaluation.result import Result
from tests.unit.evaluation.evaluation_builders import make_row


def result(
    f1: list[float], *, seconds: float = 0.1, name: str = "myset", half: bool = False
) -> Result:
    """Return a result whose questions have these F1 values."""
    rows = tuple(
        make_row(str(n), answerable=True, seconds=seconds, scores={"f1": value})
        for n, value in enumerate(f1)
    )
    return Result(name, half, "abc123", {}, 3, {}, rows)


def of_f1(differences: list[Difference]) -> Difference:
    """Return the difference of F1."""
    (found,) = [item for item in differences if item.metric.name == "f1"]
    return found


def test_the_same_result_does_not_differ() -> None:
    """A result compared with itself has no difference and none that is significant."""
    differences = compare(result([0.0, 1.0, 0.5]), result([0.0, 1.0, 0.5]))
    assert {item.difference for item in differences} == {0.0}
    assert not any(item.significant for item in differences)


def test_a_clear_fall_is_worse() -> None:
    """Twenty of forty right answers lost is significant, with before, after and their difference."""
    found = of_f1(compare(result([1.0] * 40), result([1.0, 0.0] * 20)))
    assert (found.before, found.after, found.difference, found.n) == (1.0, 0.5, -0.5, 40)
    assert found.significant
    assert found.worse
    assert found.verdict != "better"


def test_a_clear_gain_is_not_worse() -> None:
    """The same change the other way round is better."""
    found = of_f1(compare(result([1.0, 0.0] * 20), result([1.0] * 40)))
    assert found.verdict == "better"
    assert not found.worse


def test_noise_is_not_significant() -> None:
    """As many questions won as lost is no change."""
    found = of_f1(compare(result([1.0, 0.0] * 20), result([0.0, 1.0] * 20)))
    assert not found.significant


def test_three_lost_questions_are_no_proof() -> None:
    """Three questions that all fall would do so by chance one time in four: too few to exit with 1."""
    found = of_f1(compare(result([1.0] * 3), result([0.0] * 3)))
    assert (found.difference, found.worse, found.verdict) == (-1.0, False, "")


def test_one_of_many_metrics_may_fall_by_chance() -> None:
    """Six of sixty questions lost are significant alone, but not beside seven metrics that went up and down as much."""
    names = ("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10", "em", "quote_contains_answer")

    def some(*, side: int, lost: int) -> Result:
        scores = [
            {**dict.fromkeys(names, float(n % 2 == side)), "f1": float(n >= lost)}
            for n in range(60)
        ]
        rows = tuple(
            make_row(str(n), answerable=True, scores=values) for n, values in enumerate(scores)
        )
        return Result("myset", False, "abc123", {}, 3, {}, rows)

    among = of_f1(compare(some(side=0, lost=0), some(side=1, lost=6)))
    alone = of_f1(compare(result([1.0] * 60), result([0.0] * 6 + [1.0] * 54)))
    assert (alone.p, alone.worse, alone.verdict) == (among.p, True, "worse")
    assert (among.worse, among.verdict) == (False, "worse?")


def test_what_rounds_to_nothing_is_no_change() -> None:
    """Another processor may give the last digits otherwise, for every question in the same direction."""
    assert of_f1(compare(result([0.5] * 90), result([0.49999] * 90))).verdict == ""


def test_a_slower_run_is_shown_but_never_worse() -> None:
    """Seconds depend on the machine: their change is told, not judged."""
    differences = compare(result([1.0] * 9), result([1.0] * 9, seconds=0.4))
    (found,) = [item for item in differences if item.metric.name == "seconds_p50"]
    assert found.significant
    assert not found.worse
    assert found.verdict != "better"


def test_less_calibration_error_is_better() -> None:
    """For the calibration error, less is more."""
    rows = [make_row(str(n), abstained=False, answerable=False, confidence=0.9) for n in range(30)]
    before = Result("myset", False, "x", {}, 3, {}, tuple(rows))
    after = dataclasses.replace(
        before, rows=tuple(dataclasses.replace(row, confidence=0.2) for row in rows)
    )
    (found,) = [item for item in compare(before, after) if item.metric.name == "ece"]
    assert found.difference == pytest.approx(-0.7)
    assert found.verdict == "better"


def test_only_shared_questions_count() -> None:
    """A result over fewer questions is compared over those, by id and not by place."""
    before = result([0.0, 0.0, 1.0])
    after = dataclasses.replace(before, rows=before.rows[:0:-1])
    found = of_f1(compare(before, after))
    assert (found.n, found.before, found.after) == (2, 0.5, 0.5)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (result([1.0], name="other"), "cannot compare 'myset' with 'other'"),
        (result([1.0], half=True), r"with 'myset' \(half\)"),
        (dataclasses.replace(result([1.0]), given="article"), r"with 'myset' \(given article\)"),
        (dataclasses.replace(result([1.0]), where="kind=a"), r"with 'myset' \(kind=a\)"),
        (result([]), "share no question"),
    ],
)
def test_other_questions_cannot_be_compared(after: Result, reason: str) -> None:
    """Results of other sets or halves are refused, not compared anyhow."""
    with pytest.raises(QAError, match=reason):
        compare(result([1.0]), after)


def test_other_questions_left_out_do_not_matter() -> None:
    """Questions that only one result left out are not shared; the others are compared."""
    before = result([0.0, 1.0])
    assert (
        of_f1(compare(before, dataclasses.replace(before, rows=before.rows[1:], without=("a",)))).n
        == 1
    )


@pytest.mark.parametrize("held_back_first", [True, False])
def test_a_part_of_a_curve_is_not_compared_with_the_whole(*, held_back_first: bool) -> None:
    """Where one side held answers back, its risk-coverage area is not known, and nothing is said about it."""
    rows = tuple(
        make_row(str(n), abstained=False, answerable=False, confidence=0.5) for n in range(9)
    )
    whole = Result("myset", False, "x", {}, 3, {}, rows)
    part = dataclasses.replace(
        whole, rows=(dataclasses.replace(rows[0], abstained=True), *rows[1:])
    )
    before, after = (part, whole) if held_back_first else (whole, part)
    names = {item.metric.name for item in compare(before, after)}
    assert "aurc" not in names
    assert "ece" in names
    assert "aurc" in {item.metric.name for item in compare(whole, whole)}


def test_changed_gold_cannot_be_compared() -> None:
    """When a question's gold answer was edited in between, its two scores mean different things."""
    before = result([1.0])
    after = dataclasses.replace(
        before, rows=(dataclasses.replace(before.rows[0], answers=("other",)),)
    )
    with pytest.raises(QAError, match="question '0' has other gold now"):
        compare(before, after)


def test_the_table_marks_what_got_worse() -> None:
    """A significant fall is marked in words; what did not change is not."""
    lines = comparison_table(compare(result([1.0] * 40), result([1.0, 0.0] * 20))).splitlines()
    (f1,) = [line for line in lines if " f1 " in line]
    assert f1.split()[-2:] == ["worse", "│"]
    assert "-0.500" in f1
    assert sum("worse" in line for line in lines) == 1
