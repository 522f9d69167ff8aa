"""One conversation with the pipeline."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator

import pytest

from qa.conversations.cancel import CancelToken
from qa.conversations.conversation import (
    QUESTION_CHARS,
    UNEXPECTED,
    ConversationTurn,
    Exchange,
    ReadingProgress,
    clean,
    history,
    take_turn,
)
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.errors import IndexNotFoundError, ModelError
from qa.types import Filter, Found, StreamEvent, Turn
from tests.fakes import NOTHING, FakePipeline, HeldPipeline
from tests.unit.chat.samples import AFTER, ARTICLE, BEFORE, QUESTION, QUOTE

TWICE = "who opened it, and what was before?"
QUOTES = (QUOTE, BEFORE[:47])


def _pipeline() -> FakePipeline:
    failures = {"refused?": ModelError("the reader is missing"), "broken?": RuntimeError("secret")}
    quotes = {QUESTION: [QUOTE], TWICE: QUOTES, "and then?": [AFTER[:46]]}
    return FakePipeline([ARTICLE], quotes, failures)


def _states(pipeline: FakePipeline, turn: ConversationTurn) -> list[Exchange]:
    return list(take_turn(LazyPipeline(pipeline), turn))


def _last(pipeline: FakePipeline, question: str, earlier: tuple[Exchange, ...] = ()) -> Exchange:
    return _states(pipeline, ConversationTurn(question, earlier))[-1]


def test_the_question_shows_at_once() -> None:
    """The first state of an exchange holds the question before anything was read."""
    assert _states(_pipeline(), ConversationTurn(QUESTION))[0] == Exchange(QUESTION)


def test_the_answer_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each state continues the statements of the one before it, and the last holds the answer and its article."""
    monkeypatch.setattr("qa.conversations.conversation.FRAME_SECONDS", 1e-9)  # leaves no state out
    pipeline = _pipeline()
    states = _states(pipeline, ConversationTurn(TWICE))
    statements = [state.statements for state in states[:-1]]
    assert [len(said) for said in statements] == [0, 0, 1, 2]
    assert all(later[: len(said)] == said for said, later in itertools.pairwise(statements))
    assert states[-1].answer == pipeline.answer(TWICE)
    assert states[-1].articles == (ARTICLE,)


def test_what_came_last_is_shown_although_nothing_follows() -> None:
    """Statements that come faster than frames are shown as soon as the pipeline pauses."""
    held = HeldPipeline([ARTICLE], {TWICE: QUOTES})
    counts = []
    for state in take_turn(LazyPipeline(held), ConversationTurn(TWICE)):
        counts.append(len(state.statements))
        if len(state.statements) == len(QUOTES):
            held.let_go.set()
    assert held.let_go.is_set()
    assert max(counts) == len(QUOTES)


def test_what_is_read_is_named_at_once() -> None:
    """While an answer is awaited its state tells what is read, and not any more once that is done."""
    states = _states(_pipeline(), ConversationTurn(QUESTION))
    assert [state.reading for state in states[:2]] == [None, ReadingProgress(1, (ARTICLE.title,))]
    assert states[-1].reading is None


def test_what_a_model_writes_from_is_held_out() -> None:
    """Where a chat model writes, the passages and their articles come with what is read; for quotes they do not."""
    pipeline = _pipeline()
    pipeline.llm_name = "a model"
    for quotes in (False, True):
        states = _states(pipeline, ConversationTurn(QUESTION, quotes=quotes))
        found = next(state.reading for state in states if state.reading)
        shown = (tuple(pipeline.search(QUESTION)), (ARTICLE,))
        assert (found.hits, found.articles) == (((), ()) if quotes else shown)


def test_an_abstention_brings_the_related_articles() -> None:
    """The articles of the nearest passages come with an abstention."""
    last = _last(_pipeline(), "anything else?")
    assert last.answer is not None
    assert last.answer.text == NOTHING
    assert last.articles == (ARTICLE,)


def test_an_answer_needs_no_further_look_into_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """The articles beside an answer are those that were retrieved for it."""
    pipeline = _pipeline()
    monkeypatch.setattr(pipeline.index, "article", pytest.fail)
    assert _last(pipeline, QUESTION).articles == (ARTICLE,)


def test_history_holds_answered_questions_only() -> None:
    """A question that failed is not part of what was said; an answer comes with its structure."""
    pipeline = _pipeline()
    answered = _last(pipeline, QUESTION)
    past = (answered, _last(pipeline, "broken?", (answered,)))
    assert history(past) == [
        Turn("user", QUESTION),
        Turn("assistant", f"{QUOTE} [1]", answered.answer),
    ]
    _last(pipeline, "and then?", past)
    assert pipeline.asked[-1] == ("and then?", tuple(history(past)))


def test_an_expected_error_is_shown_in_its_own_words() -> None:
    """The words of a QAError are for the user."""
    assert _last(_pipeline(), "refused?").error == "the reader is missing"


def test_an_unexpected_error_is_logged_and_kept_from_the_user(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The user gets a plain sentence, the log gets the traceback."""
    with caplog.at_level(logging.ERROR):
        assert _last(_pipeline(), "broken?").error == UNEXPECTED
    assert caplog.records[-1].exc_info is not None
    assert "secret" in caplog.text


def test_a_stream_without_an_answer_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """What never became an answer is not left standing as one."""

    class Silent(FakePipeline):
        def stream(self, question: str, **more: object) -> Iterator[StreamEvent]:
            yield Found((), {})

    with caplog.at_level(logging.ERROR):
        assert _last(Silent([ARTICLE]), QUESTION).error == UNEXPECTED


def test_a_question_has_a_limit() -> None:
    """One character more than the limit is refused before the pipeline sees it."""
    pipeline = _pipeline()
    assert f"{QUESTION_CHARS:,}" in _last(pipeline, "x" * (QUESTION_CHARS + 1)).error
    assert pipeline.asked == []
    assert _last(pipeline, "x" * QUESTION_CHARS).error == ""


def test_blanks_are_not_asked() -> None:
    """A question of white space makes no exchange."""
    pipeline = _pipeline()
    assert _states(pipeline, ConversationTurn(" \n\t ")) == []
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

    lazy = LazyPipeline(open_pipeline)
    errors = [list(take_turn(lazy, ConversationTurn(QUESTION)))[-1].error for _ in range(4)]
    assert errors == ["there is no index", "there is no index", "", ""]
    assert len(tries) == 3


def test_an_index_that_vanishes_is_opened_again() -> None:
    """After the index was found missing, the next question opens it again."""
    gone = FakePipeline([ARTICLE], failures={QUESTION: IndexNotFoundError("the index is gone")})
    pipelines = [gone, _pipeline()]
    lazy = LazyPipeline(lambda: pipelines.pop(0))
    assert list(take_turn(lazy, ConversationTurn(QUESTION)))[-1].error == "the index is gone"
    assert list(take_turn(lazy, ConversationTurn(QUESTION)))[-1].answer is not None


def test_a_cancellation_ends_an_answer_at_once() -> None:
    """While the pipeline still works, the exchange ends with what has come; the next question is answered."""
    held = HeldPipeline([ARTICLE], {TWICE: QUOTES}, after=1)
    token = CancelToken()
    states = []
    for state in take_turn(LazyPipeline(held), ConversationTurn(TWICE), token):
        states.append(state)
        if state.statements:
            token.cancel()
    assert states[-1] == Exchange(TWICE, held.answer(TWICE).statements[:1], cancelled=True)
    held.let_go.set()
    assert _last(held, TWICE, (states[-1],)).answer is not None


def test_a_cancellation_may_come_before_its_question() -> None:
    """A question that waited in a queue and was cancelled there is not answered."""
    token = CancelToken()
    token.cancel()
    states = list(take_turn(LazyPipeline(_pipeline()), ConversationTurn(QUESTION), token))
    assert states[-1] == Exchange(QUESTION, cancelled=True)


def test_a_corrected_question_is_not_rewritten() -> None:
    """A question that the user has corrected is asked without the history."""
    pipeline = _pipeline()
    earlier = (_last(pipeline, QUESTION),)
    _states(pipeline, ConversationTurn("and then?", earlier, literal=True))
    assert pipeline.asked[-1] == ("and then?", ())


def test_only_some_articles_are_asked() -> None:
    """The pipeline gets the conditions, and the exchange says which they were; without any it gets none."""
    pipeline = _pipeline()
    where = {"source": "Courier", "since": "2026", "until": ""}
    last = _states(pipeline, ConversationTurn(QUESTION, where=where))[-1]
    assert pipeline.wheres == [Filter(source="Courier", since="2026")]
    assert last.scope == "source “Courier”, since 2026"
    assert _last(pipeline, QUESTION).scope == ""
    assert pipeline.wheres[-1] is None


def test_a_date_that_is_none_is_refused() -> None:
    """Conditions come from the client: what is wrong with them is said, and nothing is asked."""
    pipeline = _pipeline()
    last = _states(pipeline, ConversationTurn(QUESTION, where={"since": "soon"}))[-1]
    assert "since = 'soon'" in last.error
    assert pipeline.asked == []


def test_what_is_being_written_shows_until_it_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat model's sentence shows apart from the answer while it grows, and is gone when it has been checked."""
    monkeypatch.setattr("qa.conversations.conversation.FRAME_SECONDS", 1e-9)
    pipeline = FakePipeline([ARTICLE], {QUESTION: [QUOTE]}, writing=("Yes", "Yes, it is"))
    frames = _states(pipeline, ConversationTurn(QUESTION))
    shown = [frame.partial for frame in frames[1:]]
    assert shown[:3] == ["", "Yes", "Yes, it is"]
    assert not any(shown[3:])
    assert all("Yes, it" not in said.text for frame in frames for said in frame.statements)


def test_the_user_chooses_who_answers() -> None:
    """The wish for quotes reaches the pipeline."""
    pipeline = _pipeline()
    for quotes in (True, False):
        _states(pipeline, ConversationTurn(QUESTION, quotes=quotes))
    assert pipeline.quoted == [True, False]
