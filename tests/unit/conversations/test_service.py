"""The chat as a service, without a page."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest

from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.requests import (
    AskRequest,
    CancelRequest,
    ConversationRequest,
    ExportRequest,
    RenameRequest,
    VerdictRequest,
    VisitorRequest,
)
from qa.conversations.service import ChatService, ExchangeUpdate
from qa.errors import QAError
from qa.evaluation.questions import read_questions
from tests.fakes import FakeIndex, FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE

VISITOR, CONVERSATION, TOKEN = "1" * 32, "a" * 32, "b" * 32
KEYS: dict[str, Any] = {"visitor": VISITOR, "conversation": CONVERSATION}


@pytest.fixture
def pipeline() -> FakePipeline:
    """Return a pipeline that answers one question."""
    return FakePipeline([ARTICLE], {QUESTION: [QUOTE]})


@pytest.fixture
def service(pipeline: FakePipeline, tmp_path: Path) -> ChatService:
    """Return a service without conversations."""
    return ChatService(LazyPipeline(pipeline), tmp_path)


def ask(
    service: ChatService, question: str = QUESTION, *, replaces: bool = False
) -> ExchangeUpdate:
    """Ask, and return the last update."""
    request = AskRequest(**KEYS, token=TOKEN, question=question, replaces=replaces)
    *_, last = service.ask(request)
    return last


def opened(service: ChatService) -> list[str]:
    """Return the questions of the stored conversation."""
    return [exchange.question for exchange in service.open(ConversationRequest(**KEYS))]


def test_a_conversation_goes_on(service: ChatService, pipeline: FakePipeline) -> None:
    """Each question is numbered, gets what was said before, and is stored with its answer."""
    first, second = ask(service), ask(service, "and then?")
    assert (first.number, second.number) == (1, 2)
    assert second.earlier == (dataclasses.replace(first.exchange, articles=()),)
    assert [turn.text for turn in pipeline.asked[-1][1]] == [QUESTION, f"{QUOTE} [1]"]
    assert opened(service) == [QUESTION, "and then?"]


def test_an_edited_question_takes_the_place_of_the_last(
    service: ChatService, pipeline: FakePipeline
) -> None:
    """The last exchange goes, also out of what was said before; a blank question changes nothing."""
    ask(service)
    assert ask(service, "who else?", replaces=True).number == 1
    assert pipeline.asked[-1] == ("who else?", ())
    assert opened(service) == ["who else?"]
    blank = AskRequest(**KEYS, token=TOKEN, question=" ", replaces=True)
    assert list(service.ask(blank)) == []
    assert opened(service) == ["who else?"]


def test_a_question_can_be_cancelled_before_it_arrives(service: ChatService) -> None:
    """The cancellation is for one question: the next one, of the same token, is answered."""
    service.cancel(CancelRequest(token=TOKEN))
    assert ask(service).exchange.cancelled
    assert ask(service).exchange.answer is not None


def test_articles_are_read_once_when_a_conversation_is_opened(
    service: ChatService, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking reads no article of an earlier exchange again; opening reads all of them at once."""
    reads: list[set[str]] = []
    known = pipeline.index.articles_by_id

    def some(_: object, ids: set[str]) -> object:
        reads.append(ids)
        return known(ids)

    monkeypatch.setattr(type(pipeline.index), "articles_by_id", some)
    for question in (QUESTION, "who else?", QUESTION):
        ask(service, question)
    assert reads == []
    exchanges = service.open(ConversationRequest(**KEYS))
    assert reads == [{ARTICLE.id}]
    assert [exchange.articles for exchange in exchanges] == [(ARTICLE,)] * 3


def test_an_article_that_has_changed_is_left_out(
    service: ChatService, pipeline: FakePipeline
) -> None:
    """A quote is shown within its article only while the article still holds it there."""
    ask(service)
    pipeline.index = FakeIndex([dataclasses.replace(ARTICLE, text=f"New. {ARTICLE.text}")])
    (exchange,) = service.open(ConversationRequest(**KEYS))
    assert exchange.articles == ()
    assert exchange.answer is not None


def test_conversations_are_listed_renamed_and_deleted(service: ChatService) -> None:
    """A visitor's list holds the titles, for them only."""
    ask(service)
    service.rename(RenameRequest(**KEYS, title="The lock"))
    (summary,) = service.conversations(VisitorRequest(visitor=VISITOR))
    assert (summary.id, summary.title) == (CONVERSATION, "The lock")
    assert service.conversations(VisitorRequest(visitor="2" * 32)) == []
    service.delete(ConversationRequest(**KEYS))
    assert service.conversations(VisitorRequest(visitor=VISITOR)) == []


def test_a_verdict_is_stored_and_becomes_a_question(service: ChatService, tmp_path: Path) -> None:
    """It is found with the conversation and in the question set of feedback."""
    ask(service)
    assert service.judge(VerdictRequest(**KEYS, exchange=1, verdict="up")) == "up"
    assert service.open(ConversationRequest(**KEYS))[0].verdict == "up"
    (question,) = read_questions(tmp_path / "feedback" / "questions.jsonl")
    assert question.question == QUESTION


def test_a_deleted_conversation_takes_its_feedback_along(
    service: ChatService, tmp_path: Path
) -> None:
    """Its lines are deleted, those of other conversations stay, and nobody else can do it."""
    other = KEYS | {"conversation": "c" * 32}
    ask(service)
    *_, _last = service.ask(AskRequest(**other, token=TOKEN, question=QUESTION))
    for keys in (KEYS, other):
        service.judge(VerdictRequest(**keys, exchange=1, verdict="up"))
    feedback = tmp_path / "feedback" / "questions.jsonl"
    service.delete(ConversationRequest(visitor="2" * 32, conversation=CONVERSATION))
    assert len(read_questions(feedback)) == 2
    service.delete(ConversationRequest(**KEYS))
    assert [question.id for question in read_questions(feedback)] == [f"{'c' * 32}-1"]


def test_only_the_owner_can_read_what_is_stored(service: ChatService, tmp_path: Path) -> None:
    """Conversations and feedback have the mode 0600, whatever the umask says."""
    umask = os.umask(0)
    try:
        ask(service)
        service.judge(VerdictRequest(**KEYS, exchange=1, verdict="up"))
    finally:
        os.umask(umask)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.*")}
    assert modes == {"conversations.sqlite": 0o600, "questions.jsonl": 0o600}
    assert (tmp_path / "feedback").stat().st_mode & 0o777 == 0o700


def test_a_conversation_is_exported(service: ChatService) -> None:
    """Markdown and JSON hold it; without a conversation there is nothing to export."""
    with pytest.raises(QAError, match="nothing to export"):
        service.export(ExportRequest(**KEYS, format="md"))
    ask(service)
    assert QUOTE in service.export(ExportRequest(**KEYS, format="md"))
    assert json.loads(service.export(ExportRequest(**KEYS, format="json")))["title"] == QUESTION


def test_an_answer_is_given_although_it_cannot_be_stored(
    service: ChatService, tmp_path: Path
) -> None:
    """A broken file of conversations withholds no answer and opens as an empty conversation."""
    (tmp_path / "conversations.sqlite").write_text("no database " * 100)
    assert ask(service).exchange.answer is not None
    assert opened(service) == []
