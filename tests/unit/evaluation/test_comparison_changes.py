"""Which questions got better and worse: listed by name, the greatest losses first."""

from __future__ import annotations

from qa.evaluation.comparison import changes_list, question_changes
from qa.evaluation.result import Result, Row
from tests.unit.evaluation.evaluation_builders import make_row


def result(*rows: Row) -> Result:
    """Return a result of these rows."""
    return Result("myset", False, "abc123", {}, 3, {}, rows)


def answer(identifier: str, f1: float, short: str = "Baku", ranking: float = 1.0) -> Row:
    """Return the row of an answerable question."""
    scores = {"f1": f1, "ndcg@10": ranking}
    return make_row(
        identifier,
        answers=("Baku",),
        answerable=True,
        abstained=not short,
        short=short,
        scores=scores,
    )


def unanswerable(identifier: str, *, abstained: bool) -> Row:
    """Return the row of a question without an answer."""
    return make_row(
        identifier, answerable=False, abstained=abstained, short="" if abstained else "Kars"
    )


def test_losses_come_first_and_what_is_equal_is_left_out() -> None:
    """Of four questions one is as before; the others are in the order of what they gained."""
    before = result(answer("a", 0.0), answer("b", 1.0), answer("c", 1.0), answer("d", 0.5))
    after = result(answer("a", 1.0), answer("b", 0.5), answer("c", 0.0), answer("d", 0.5))
    assert [(item.after.id, item.gain) for item in question_changes(before, after)] == [
        ("c", -1.0),
        ("b", -0.5),
        ("a", 1.0),
    ]


def test_abstaining_from_what_has_no_answer_is_right() -> None:
    """A question without an answer that is answered now got worse."""
    (change,) = question_changes(
        result(unanswerable("a", abstained=True)), result(unanswerable("a", abstained=False))
    )
    assert (change.metric, change.gain) == ("f1_all", -1.0)


def test_the_same_answer_found_lower_down_is_a_change() -> None:
    """Where the answer scores as before, the ranking tells."""
    one, other = answer("a", 1.0), answer("a", 1.0, ranking=0.5)
    (change,) = question_changes(result(one), result(other))
    assert (change.metric, change.values) == ("ndcg@10", (1.0, 0.5))


def test_the_list_is_cut_and_says_so() -> None:
    """All are counted, a few are shown with what was answered before and now."""
    before = result(*(answer(f"w{n}", 1.0) for n in range(5)), answer("b0", 0.0, short=""))
    after = result(*(answer(f"w{n}", 0.0, short="Kars") for n in range(5)), answer("b0", 1.0))
    assert changes_list(question_changes(before, after), limit=2).splitlines() == [
        "5 questions got worse, 1 got better",
        "worse   w0  f1_all 1.00 -> 0.00  ?",
        "        before: “Baku”, now: “Kars”",
        "worse   w1  f1_all 1.00 -> 0.00  ?",
        "        before: “Baku”, now: “Kars”",
        "worse   ... and 3 more",
        "better  b0  f1_all 0.00 -> 1.00  ?",
        "        before: abstained, now: “Baku”",
    ]


def test_a_baseline_without_texts_can_be_listed() -> None:
    """What was answered then is not known: that it was, is."""
    before, after = result(answer("a", 1.0)), result(answer("a", 0.0))
    bare = make_row("a", answerable=True, abstained=False, scores={"f1": 1.0}, gold="x")
    (change,) = question_changes(result(answer("a", 1.0)), after)
    assert "before: “Baku”" in changes_list([change])
    (change,) = question_changes(
        result(bare), result(make_row("a", answerable=True, scores={"f1": 0.0}, gold="x"))
    )
    assert "before: answered, now: abstained" in changes_list([change])
    assert changes_list(question_changes(before, before)) == "0 questions got worse, 0 got better\n"
