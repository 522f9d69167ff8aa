"""Each wrong answer is of one kind: the first step that failed."""

from __future__ import annotations

from typing import Any

import pytest

from qa.evaluation.failures import Failure, failure
from qa.evaluation.questions import GoldSpan
from qa.evaluation.result import CitedSpan, HitSpan, Row
from tests.unit.evaluation.evaluation_builders import make_row

TEXT = "The bridge was closed. Lena Varga ordered it on Monday. Nobody was hurt."
TEXTS = {"a": TEXT, "b": "The ferry still runs."}
GOLD = GoldSpan("a", 23, 33)
HOME, OTHER = HitSpan("a", 0, 72, 0.9), HitSpan("b", 0, 21, 0.5)


def quoted(start: int, end: int, article_id: str = "a") -> tuple[CitedSpan, ...]:
    """Return one citation of a span."""
    return (CitedSpan(article_id, start, end, TEXTS[article_id][start:end], valid=True),)


def asked(**values: Any) -> Row:
    """Return a row of a question with a gold span that was found, quoted and answered right, changed by `values`."""
    right: dict[str, Any] = {
        "answers": ("Lena Varga",),
        "answerable": True,
        "relevant": (GOLD,),
        "abstained": False,
        "confidence": 0.8,
        "short": "Lena Varga",
        "citations": quoted(23, 55),
        "hits": (OTHER, HOME),
        "scores": {"recall@10": 1.0, "f1": 1.0, "quote_contains_answer": 1.0},
    }
    return make_row(**(right | values))


SILENT: dict[str, Any] = {
    "abstained": True,
    "short": "",
    "citations": (),
    "scores": {"recall@10": 1.0, "f1": 0.0},
}
WRONG = {"recall@10": 1.0, "f1": 0.0, "quote_contains_answer": 0.0}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, None),
        ({"hits": (OTHER,)}, None),
        (
            {"hits": (OTHER,), "citations": quoted(0, 21, "b"), "scores": WRONG},
            Failure.NOT_RETRIEVED,
        ),
        ({"citations": quoted(0, 21, "b"), "scores": WRONG}, Failure.NOT_READ),
        ({"citations": quoted(0, 23), "scores": WRONG}, Failure.NOT_READ),
        ({"citations": quoted(0, 24), "scores": WRONG}, Failure.WRONG_SPAN),
        ({"short": "Monday", "scores": WRONG | {"quote_contains_answer": 1.0}}, Failure.WRONG_SPAN),
        ({"short": "Varga", "scores": WRONG | {"quote_contains_answer": 1.0, "f1": 0.5}}, None),
        (SILENT, Failure.SHOULD_HAVE_ANSWERED),
        (SILENT | {"hits": (OTHER,)}, Failure.NOT_RETRIEVED),
        (SILENT | {"hits": ()}, Failure.NOT_RETRIEVED),
    ],
    ids=[
        "right",
        "right, from another place",
        "gold not found",
        "another article quoted",
        "quoted up to the gold span",
        "the gold span touched",
        "another word of the gold sentence",
        "part of the answer",
        "silent, though found",
        "silent, for nothing was found",
        "nothing found at all",
    ],
)
def test_a_question_with_a_gold_span(changes: dict[str, Any], kind: Failure | None) -> None:
    """Right comes first, then whether the place was found, then quoted; silence counts only where it was found."""
    assert failure(asked(**changes), TEXTS) == kind


@pytest.mark.parametrize(
    ("abstained", "kind"), [(True, None), (False, Failure.SHOULD_HAVE_ABSTAINED)]
)
def test_a_question_without_an_answer(*, abstained: bool, kind: Failure | None) -> None:
    """Where the articles have no answer, each answer is wrong and silence is right."""
    row = make_row(
        answerable=False, abstained=abstained, citations=() if abstained else quoted(0, 22)
    )
    assert failure(row, TEXTS) == kind


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"hits": (OTHER,), "scores": WRONG}, Failure.NOT_RETRIEVED),
        ({"citations": quoted(0, 21, "b"), "scores": WRONG}, Failure.NOT_READ),
        ({"citations": quoted(0, 22), "scores": WRONG}, Failure.WRONG_SPAN),
        ({"answers": (), "scores": {"recall@10": 1.0}}, None),
        (SILENT | {"answers": (), "answerable": None}, None),
    ],
    ids=["not found", "another article", "the article", "nothing to match", "nothing known"],
)
def test_a_question_with_gold_articles(changes: dict[str, Any], kind: Failure | None) -> None:
    """Where gold is articles, an article is the place; without answers only the search is judged."""
    assert failure(asked(relevant=(), relevance={"a": 2, "b": 0}, **changes), TEXTS) == kind


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"hits": (OTHER,), "scores": WRONG}, Failure.NOT_RETRIEVED),
        ({"citations": quoted(0, 22), "scores": WRONG}, Failure.NOT_READ),
        (SILENT, Failure.SHOULD_HAVE_ANSWERED),
    ],
    ids=["in no passage", "in a passage, not in the quote", "silent"],
)
def test_a_question_with_answers_alone(changes: dict[str, Any], kind: Failure | None) -> None:
    """Without any gold place, a passage that has the words of a gold answer is where the answer is."""
    assert failure(asked(relevant=(), **changes), TEXTS) == kind


def test_a_text_that_was_given_is_never_missed() -> None:
    """Where nothing was searched, no search can have failed."""
    given = SILENT | {"hits": (), "scores": {"f1": 0.0}}
    assert failure(asked(**given), TEXTS) == Failure.SHOULD_HAVE_ANSWERED


def test_what_the_set_does_not_say_is_not_judged() -> None:
    """A question without gold of any kind did not fail, whatever came back."""
    assert failure(make_row(hits=(HOME,), abstained=False, citations=quoted(0, 22)), TEXTS) is None


def test_an_answer_without_spaces_is_right_when_it_holds_the_gold_one() -> None:
    """In a script without spaces no words can be shared: a longer answer around the gold one is right."""
    row = asked(answers=("北京",), short="在北京市", scores=WRONG | {"quote_contains_answer": 1.0})
    assert failure(row, TEXTS) is None
