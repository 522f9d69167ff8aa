"""A chat model's answer as the pipeline gives it: what is checked stays, and quotes take over where it fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from qa.answering.generation import NO_ANSWER
from qa.answering.rendering import UNSUPPORTED, render_text
from qa.errors import ModelError
from qa.pipeline import Pipeline
from qa.types import Answer, Article, Partial, Statement
from tests.collection import memory_index
from tests.unit.test_pipeline import ScriptedReader

DAM = Article("dam", "Dam", "The council of Orlo met. Mara Voss inspected the dam in May 2021.")
QUESTION = "Who inspected the dam?"
TRUE = "Mara Voss inspected the dam [1]."
QUOTED = "The council of Orlo met."


def answered(folder: Path, model: Any, **settings: Any) -> Answer:
    """Return the answer where the reader would quote the council, and check that the stream adds up to it."""
    reader = ScriptedReader({"council": 0.9})
    made = Pipeline(memory_index(folder, [DAM], **settings), reader=reader, llm=model)
    *events, answer = made.stream(QUESTION)
    assert isinstance(answer, Answer)
    if not answer.abstained:
        streamed = [event for event in events if isinstance(event, Statement)]
        assert render_text(answer.form, streamed, answer.fallback_reason) == answer.text
    return answer


def test_what_was_checked_before_a_failure_stays(tmp_path: Path) -> None:
    """A model that dies midway leaves its checked sentences; a note and quotes follow, numbered on."""
    text = f"{TRUE} The dam is old [1]. It is"
    answer = answered(
        tmp_path, FakeListChatModel(responses=[text], error_on_chunk_number=len(text) - 1)
    )
    assert answer.fallback_reason.startswith("The chat model failed: ")
    assert answer.text == f"Mara Voss inspected the dam. [1] {answer.fallback_reason} {QUOTED} [2]"


def test_a_model_that_repeats_itself_is_stopped(tmp_path: Path) -> None:
    """A loop ends with the first repetition."""
    answer = answered(tmp_path, FakeListChatModel(responses=[f"{TRUE} " * 50]))
    assert "repeats itself" in answer.fallback_reason
    assert answer.text.count("Mara Voss") == 1


def test_unsupported_sentences_can_be_kept(tmp_path: Path) -> None:
    """Where the settings keep it, a sentence without support is shown, without a marker and marked."""
    model = FakeListChatModel(responses=[f"{TRUE} Mara Voss built the dam in 1990 [1]."])
    answer = answered(tmp_path, model, keep_unsupported=True)
    assert (
        answer.text
        == f"Mara Voss inspected the dam. [1] Mara Voss built the dam in 1990.{UNSUPPORTED}"
    )


def test_nothing_but_unsupported_sentences_is_no_answer(tmp_path: Path) -> None:
    """Kept sentences alone do not make an answer: if the model then declines, it is an abstention."""
    model = FakeListChatModel(responses=[f"Lions are large cats [1]. {NO_ANSWER}"])
    declined = answered(tmp_path, model, keep_unsupported=True)
    assert declined.abstained
    assert declined.text.startswith("The articles do not contain")
    assert declined.statements == ()


def test_usage_is_told(tmp_path: Path) -> None:
    """The answer's timings hold the seconds that the model took."""
    assert answered(tmp_path, FakeListChatModel(responses=[TRUE])).timings["model"] > 0


def test_a_model_that_cannot_be_loaded_is_an_error(tmp_path: Path) -> None:
    """A wrong name is for the user to mend, so it is not passed over with quotes."""
    with pytest.raises(ModelError, match="could not be loaded"):
        answered(tmp_path, "nobody:nothing")


def test_what_was_left_out_is_counted(tmp_path: Path) -> None:
    """The answer's timings say how many sentences had no support."""
    model = FakeListChatModel(
        responses=[f"{TRUE} Mara Voss built the dam in 1990 [1]. Lions are large cats [1]."]
    )
    assert answered(tmp_path, model).timings["sentences_left_out"] == 2


def test_quotes_can_be_asked_for(tmp_path: Path) -> None:
    """Whoever wants quotes gets them, and the model is not asked."""
    reader, model = ScriptedReader({"council": 0.9}), FakeListChatModel(responses=[TRUE])
    made = Pipeline(memory_index(tmp_path, [DAM]), reader=reader, llm=model)
    assert made.llm_name == "FakeListChatModel"
    quoted, written = made.answer(QUESTION, quotes=True), made.answer(QUESTION)
    assert (quoted.text, written.text) == (f"{QUOTED} [1]", "Mara Voss inspected the dam. [1]")
    assert "model" not in quoted.timings


def test_what_is_written_can_be_watched_and_stopped(tmp_path: Path) -> None:
    """The growing sentence is streamed before it is checked; whoever leaves then stops the model."""
    model = FakeListChatModel(responses=[f"{TRUE} It is old."], sleep=0.001)
    reader = ScriptedReader({"council": 0.9})
    made = Pipeline(memory_index(tmp_path, [DAM]), reader=reader, llm=model)
    seen = [event.text for event in made.stream(QUESTION) if isinstance(event, Partial)]
    assert {"Mara", TRUE, "It is old."} <= set(seen)
    stream = made.stream(QUESTION)
    next(event for event in stream if isinstance(event, Partial) and event.text)
    stream.close()  # type: ignore[attr-defined]  # it is a generator
    assert list(stream) == []
