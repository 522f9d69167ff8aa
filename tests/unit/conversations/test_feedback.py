"""Visitors' verdicts as a question set."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from qa.conversations.conversation import Exchange, Verdict
from qa.conversations.feedback import Feedback, gold
from qa.evaluation.questions import Question, read_questions
from qa.types import Turn
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE


def _judged(verdict: Verdict, question: str = QUESTION) -> Exchange:
    answer = FakePipeline([ARTICLE], {QUESTION: [QUOTE]}).answer(question)
    return Exchange(question, answer=answer, verdict=verdict)


def _read(
    folder: Path,
    exchange: Exchange,
    *before: Exchange,
    correct: str = "",
    unanswerable: bool = False,
) -> Question:
    Feedback(folder).note("1", gold(exchange, before, correct=correct, unanswerable=unanswerable))
    (question,) = read_questions(folder / "questions.jsonl")
    return question


def test_a_right_answer_becomes_gold(tmp_path: Path) -> None:
    """Its short answer and the span of its quote are what the evaluation will look for."""
    question = _read(tmp_path / "new", _judged("up"))
    assert (question.question, question.answers, question.answerable) == (QUESTION, ("The",), True)
    (span,) = question.relevant
    assert ARTICLE.text[span.start : span.end] == QUOTE


def test_a_right_abstention_becomes_gold(tmp_path: Path) -> None:
    """That there is no answer is what the evaluation will look for."""
    question = _read(tmp_path, _judged("up", "who else?"))
    assert (question.answers, question.answerable, question.relevant) == ((), False, ())


def test_a_correction_becomes_gold(tmp_path: Path) -> None:
    """What the visitor says is right counts, and no span of the answer that was wrong."""
    question = _read(tmp_path, _judged("down"), correct="  the\nharbour master ", unanswerable=True)
    assert (question.answers, question.answerable, question.relevant) == (
        ("the harbour master",),
        True,
        (),
    )


def test_an_answer_that_should_not_be_is_unanswerable(tmp_path: Path) -> None:
    """The visitor can say that the articles hold no answer."""
    assert _read(tmp_path, _judged("down"), unanswerable=True).answerable is False


def test_a_complaint_without_reason_makes_no_gold(tmp_path: Path) -> None:
    """The question is kept, and no metric that needs gold judges it."""
    question = _read(tmp_path, _judged("down"))
    assert (question.question, question.answers, question.answerable) == (QUESTION, (), None)


def test_a_follow_up_keeps_what_was_said_before(tmp_path: Path) -> None:
    """The evaluation asks it in the same context."""
    question = _read(
        tmp_path, _judged("up", "who else?"), _judged(""), Exchange("broken?", error="no")
    )
    assert question.history == (Turn("user", QUESTION), Turn("assistant", f"{QUOTE} [1]"))


def test_a_second_verdict_replaces_the_first(tmp_path: Path) -> None:
    """Each answer has one line; a verdict that is taken back takes the line with it, and no other."""
    feedback = Feedback(tmp_path)
    feedback.note("1", gold(_judged("up"), ()))
    feedback.note("2", gold(_judged("up"), ()))
    feedback.note("1", gold(_judged("down"), ()))
    assert {q.id: q.answerable for q in read_questions(tmp_path / "questions.jsonl")} == {
        "2": True,
        "1": None,
    }
    feedback.note("1", gold(_judged(""), ()))
    assert [q.id for q in read_questions(tmp_path / "questions.jsonl")] == ["2"]


def test_without_a_short_answer_only_the_quote_is_gold(tmp_path: Path) -> None:
    """An answer in a chat model's own words may have none."""
    exchange = _judged("up")
    assert exchange.answer is not None
    question = _read(
        tmp_path,
        dataclasses.replace(exchange, answer=dataclasses.replace(exchange.answer, short="")),
    )
    assert question.answers == ()
    assert len(question.relevant) == 1
