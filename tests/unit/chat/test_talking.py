"""One conversation with the pipeline."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator

import pytest

from qa.chat.asking import QUESTION_CHARS, UNEXPECTED, Asking, Exchange, Reading, clean, converse, history
from qa.chat.opening import Opening
from qa.chat.stopping import Stop
from qa.errors import IndexNotFoundError, ModelError
from qa.types import Answer, Filter, Turn
from tests.fakes import NOTHING, FakePipeline, HeldPipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE


def _pipeline() -> FakePipeline:
    failures = {"refused?": ModelError("the reader is missing"), "broken?": RuntimeError("secret")}
    return FakePipeline([ARTICLE], {QUESTION: [QUOTE]}, failures)


def _last(pipeline: FakePipeline, question: str, past: tuple[Exchange, ...] = ()) -> tuple[Exchange, ...]:
    return list(converse(Opening(pipeline), Asking(question, past)))[-1]


def test_the_question_shows_at_once() -> None:
    """The first state of the conversation holds the question before anything was read."""
    first = next(converse(Opening(_pipeline()), Asking(QUESTION)))
    assert first == (Exchange(QUESTION),)


def test_the_text_grows() -> None:
    """Each state continues the text of the one before it, and the last holds the answer and its article."""
    pipeline = _pipeline()
    pipeline.pause = 0.06
    states = [state[-1] for state in converse(Opening(pipeline), Asking(QUESTION))]
    texts = [state.text for state in states[:-1]]
    assert len(texts) > 2
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert states[-1].answer == pipeline.answer(QUESTION)
    assert states[-1].articles == (ARTICLE,)


def test_what_is_read_is_named_at_once() -> None:
    """While an answer is awaited its state tells what is read, and not any more once that is done."""
    states = [state[-1] for state in converse(Opening(_pipeline()), Asking(QUESTION))]
    assert [state.reading for state in states[:2]] == [None, Reading(1, (ARTICLE.title,))]
    assert states[-1].reading is None


def test_what_a_model_writes_from_is_held_out() -> None:
    """Where a chat model writes, the passages and their articles come with what is read; for quotes they do not."""
    pipeline = _pipeline()
    pipeline.writer = "a model"
    for quotes in (False, True):
        states = [state[-1] for state in converse(Opening(pipeline), Asking(QUESTION, quotes=quotes))]
        found = next(state.reading for state in states if state.reading)
        shown = (tuple(pipeline.search(QUESTION)), (ARTICLE,))
        assert (found.hits, found.articles) == (((), ()) if quotes else shown)


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
        def stream(self, question: str, **more: object) -> Iterator[str | Answer]:
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
    errors = [list(converse(opening, Asking(QUESTION)))[-1][-1].error for _ in range(4)]
    assert errors == ["there is no index", "there is no index", "", ""]
    assert len(tries) == 3


def test_an_index_that_vanishes_is_opened_again() -> None:
    """After the index was found missing, the next question opens it anew."""
    gone = FakePipeline([ARTICLE], failures={QUESTION: IndexNotFoundError("the index is gone")})
    pipelines = [gone, _pipeline()]
    opening = Opening(lambda: pipelines.pop(0))
    assert list(converse(opening, Asking(QUESTION)))[-1][-1].error == "the index is gone"
    assert list(converse(opening, Asking(QUESTION)))[-1][-1].text == f"{QUOTE} [1]"


def test_a_stop_ends_an_answer_at_once() -> None:
    """While the pipeline still works, the conversation ends with what has come; the next question is answered."""
    held = HeldPipeline([ARTICLE], {QUESTION: [QUOTE]}, after=2)
    stop = Stop()
    states = []
    for state in converse(Opening(held), Asking(QUESTION), stop):
        states.append(state)
        if state[-1].text:
            stop()
    assert states[-1] == (Exchange(QUESTION, "The lock ", stopped=True),)
    held.let_go.set()
    assert _last(held, QUESTION, states[-1])[-1].answer is not None


def test_a_stop_may_come_before_its_question() -> None:
    """A question that waited in the queue and was stopped there is not answered."""
    stop = Stop()
    stop()
    assert list(converse(Opening(_pipeline()), Asking(QUESTION), stop))[-1] == (Exchange(QUESTION, stopped=True),)


def test_an_edited_question_takes_the_place_of_the_last() -> None:
    """The last exchange goes, also out of what was said before; blanks leave all as it was."""
    pipeline = _pipeline()
    talk = _last(pipeline, QUESTION)
    edited = list(converse(Opening(pipeline), Asking("who else?", talk, replaces=True)))[-1]
    assert [exchange.question for exchange in edited] == ["who else?"]
    assert pipeline.asked[-1] == ("who else?", ())
    assert list(converse(Opening(pipeline), Asking(" ", talk, replaces=True)))[-1] == talk


def test_a_corrected_question_is_asked_as_it_stands() -> None:
    """What the visitor says was meant is not understood by what was said before."""
    pipeline = _pipeline()
    talk = _last(pipeline, QUESTION)
    assert len(list(converse(Opening(pipeline), Asking("and then?", talk, literal=True)))[-1]) == 2
    assert pipeline.asked[-1] == ("and then?", ())


def test_only_some_articles_are_asked() -> None:
    """The pipeline gets the conditions, and the exchange says which they were; without any it gets none."""
    pipeline = _pipeline()
    asking = Asking(QUESTION, where={"source": "Courier", "since": "2026", "until": ""})
    last = list(converse(Opening(pipeline), asking))[-1][-1]
    assert pipeline.wheres == [Filter(source="Courier", since="2026")]
    assert last.scope == "source “Courier”, since 2026"
    assert _last(pipeline, QUESTION)[-1].scope == ""
    assert pipeline.wheres[-1] is None


def test_a_date_that_is_none_is_refused() -> None:
    """Conditions come from the browser: what is wrong with them is said, and nothing is asked."""
    pipeline = _pipeline()
    last = list(converse(Opening(pipeline), Asking(QUESTION, where={"since": "soon"})))[-1][-1]
    assert "since = 'soon'" in last.error
    assert pipeline.asked == []


def test_what_is_being_written_shows_until_it_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat model's sentence shows apart from the answer while it grows, and is gone when it has been checked."""
    monkeypatch.setattr("qa.chat.asking.FRAME_SECONDS", 0.0)
    pipeline = FakePipeline([ARTICLE], {QUESTION: [QUOTE]}, writing=("Yes", "Yes, it is"))
    frames = [state[-1] for state in converse(Opening(pipeline), Asking(QUESTION))]
    shown = [frame.writing for frame in frames[1:]]
    assert shown[:3] == ["", "Yes", "Yes, it is"]
    assert not any(shown[3:])
    assert all("Yes, it" not in frame.text for frame in frames)


def test_the_visitor_chooses_who_answers() -> None:
    """The wish for quotes reaches the pipeline."""
    pipeline = _pipeline()
    for quotes in (True, False):
        list(converse(Opening(pipeline), Asking(QUESTION, quotes=quotes)))
    assert pipeline.quoted == [True, False]
