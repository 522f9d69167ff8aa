"""One conversation with the pipeline."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator

import pytest

from qa.chat.asking import QUESTION_CHARS, UNEXPECTED, Exchange, clean, converse, history
from qa.chat.opening import Opening
from qa.errors import IndexNotFoundError, ModelError
from qa.types import Answer, Turn
from tests.fakes import NOTHING, FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE


def _pipeline() -> FakePipeline:
    failures = {"refused?": ModelError("the reader is missing"), "broken?": RuntimeError("secret")}
    return FakePipeline([ARTICLE], {QUESTION: [QUOTE]}, failures)


def _last(pipeline: FakePipeline, question: str, past: tuple[Exchange, ...] = ()) -> tuple[Exchange, ...]:
    return list(converse(Opening(pipeline), past, question))[-1]


def test_the_question_shows_at_once() -> None:
    """The first state of the conversation holds the question before anything was read."""
    first = next(converse(Opening(_pipeline()), (), QUESTION))
    assert first == (Exchange(QUESTION),)


def test_the_text_grows() -> None:
    """Each state continues the text of the one before it, and the last holds the answer and its article."""
    pipeline = _pipeline()
    pipeline.pause = 0.06
    states = [state[-1] for state in converse(Opening(pipeline), (), QUESTION)]
    texts = [state.text for state in states[:-1]]
    assert len(texts) > 2
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert states[-1].answer == pipeline.answer(QUESTION)
    assert states[-1].articles == (ARTICLE,)


def test_an_abstention_brings_the_related_articles() -> None:
    """The articles of the nearest passages come with an abstention."""
    last = _last(_pipeline(), "anything else?")[-1]
    assert last.text == NOTHING
    assert last.articles == (ARTICLE,)


def test_history_holds_answered_questions_only() -> None:
    """A question that failed is not part of what was said."""
    pipeline = _pipeline()
    talk = _last(pipeline, "broken?", _last(pipeline, QUESTION))
    assert len(talk) == 2
    assert history(talk) == [Turn("user", QUESTION), Turn("assistant", f"{QUOTE} [1]")]
    _last(pipeline, "and then?", talk)
    assert pipeline.asked[-1] == ("and then?", tuple(history(talk)))


def test_an_expected_error_is_shown_as_it_stands() -> None:
    """The words of a QAError are for the user."""
    assert _last(_pipeline(), "refused?")[-1].error == "the reader is missing"


def test_an_unexpected_error_is_logged_and_kept_from_the_user(caplog: pytest.LogCaptureFixture) -> None:
    """The user gets a plain sentence, the log gets the traceback."""
    with caplog.at_level(logging.ERROR):
        assert _last(_pipeline(), "broken?")[-1].error == UNEXPECTED
    assert caplog.records[-1].exc_info is not None
    assert "secret" in caplog.text


def test_a_stream_without_an_answer_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """Text that never became an answer is not left standing as one."""

    class Silent(FakePipeline):
        def stream(self, question: str, *, history: object = ()) -> Iterator[str | Answer]:
            yield "unfinished"

    with caplog.at_level(logging.ERROR):
        assert _last(Silent([ARTICLE]), QUESTION)[-1].error == UNEXPECTED


def test_a_question_has_a_limit() -> None:
    """One character more than the limit is refused before the pipeline sees it."""
    pipeline = _pipeline()
    assert f"{QUESTION_CHARS:,}" in _last(pipeline, "x" * (QUESTION_CHARS + 1))[-1].error
    assert pipeline.asked == []
    assert _last(pipeline, "x" * QUESTION_CHARS)[-1].error == ""


def test_blanks_are_not_asked() -> None:
    """A question of white space leaves the conversation as it was."""
    pipeline = _pipeline()
    assert _last(pipeline, " \n\t ") == ()
    assert pipeline.asked == []


def test_a_question_can_be_stored() -> None:
    """Half a surrogate pair, which UTF-8 cannot hold, is replaced; the rest is normalised."""
    assert clean(" caf\u0065\u0301 \ud800 ") == "caf\u00e9 ?"


def test_opening_is_tried_until_it_succeeds() -> None:
    """A pipeline that cannot open yet is opened by a later question, and then only once."""
    pipelines = [_pipeline()]
    tries = []

    def open_pipeline() -> FakePipeline:
        tries.append(1)
        if len(tries) < 3:
            raise IndexNotFoundError("there is no index")
        return pipelines.pop()

    opening = Opening(open_pipeline)
    errors = [list(converse(opening, (), QUESTION))[-1][-1].error for _ in range(4)]
    assert errors == ["there is no index", "there is no index", "", ""]
    assert len(tries) == 3


def test_an_index_that_vanishes_is_opened_again() -> None:
    """After the index was found missing, the next question opens it anew."""
    gone = FakePipeline([ARTICLE], failures={QUESTION: IndexNotFoundError("the index is gone")})
    pipelines = [gone, _pipeline()]
    opening = Opening(lambda: pipelines.pop(0))
    assert list(converse(opening, (), QUESTION))[-1][-1].error == "the index is gone"
    assert list(converse(opening, (), QUESTION))[-1][-1].text == f"{QUOTE} [1]"
