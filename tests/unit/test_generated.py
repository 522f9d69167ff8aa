"""A chat model's answer as the pipeline gives it: what is checked stays, and quotes take over where it fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from qa.answering.generation import NO_ANSWER
from qa.answering.grounding import DOUBTED, Verdict
from qa.answering.rendering import render_text
from qa.errors import ModelError
from qa.pipeline import Pipeline
from qa.types import Answer, Article, LeftOut, Partial, Statement
from tests.collection import memory_index
from tests.unit.test_pipeline import ScriptedReader

DAM = Article("dam", "Dam", "The council of Orlo met. Mara Voss inspected the dam in May 2021.")
QUESTION = "Who inspected the dam?"
TRUE = "Mara Voss inspected the dam [1]."
QUOTED = "The council of Orlo met."
SENTENCE = "Mara Voss inspected the dam in May 2021."


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


def test_what_is_left_out_is_told_with_its_reason(tmp_path: Path) -> None:
    """A sentence without support is no part of the text, but the answer holds it, and why."""
    model = FakeListChatModel(
        responses=[f"{TRUE} Mara Voss built the dam in 1990 [1]. The dam is <b>old</b> [1]. It is."]
    )
    answer = answered(tmp_path, model)
    assert answer.text == "Mara Voss inspected the dam. [1]"
    assert answer.left_out == (
        LeftOut(
            "Mara Voss built the dam in 1990.",
            "A number, date, name or quotation in it is not in the passages.",
        ),
        LeftOut("The dam is …>old…b>.", "It has markup or an address in it."),
        LeftOut("It is.", "It names no passage."),
    )


def test_nothing_but_unsupported_sentences_is_no_answer(tmp_path: Path) -> None:
    """If the model writes what nothing supports and then declines, that is an abstention."""
    model = FakeListChatModel(responses=[f"Lions are large cats [1]. {NO_ANSWER}"])
    declined = answered(tmp_path, model)
    assert declined.abstained
    assert declined.text.startswith("The articles do not contain")
    assert declined.statements == ()
    assert [one.text for one in declined.left_out] == ["Lions are large cats."]


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


class Doubting(FakeListChatModel):
    """Writes a sentence that the check doubts; asked for the words that carry it, gives `words`."""

    words: str

    def _stream(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
        self.responses = [f"1: {self.words}" if "Sentences:" in messages[-1].content else TRUE]
        self.i = 0
        return super()._stream(messages, *args, **kwargs)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Voss inspected the dam in May", True),
        ("Mara Voss looked at the dam", False),
        ("the dam", False),
        ("NONE", False),
    ],
)
def test_a_doubted_sentence_stays_for_words_that_carry_it(
    words: str, shown: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the check doubts, the model may name words: those that a passage holds exactly are cited, others nothing."""
    monkeypatch.setattr(
        "qa.answering.citations.verify",
        lambda *_: Verdict(supported=False, probability=0.4, reason=DOUBTED),
    )
    model = Doubting(responses=[""], words=words)
    answer = answered(tmp_path, model, llm_check=True)
    assert ([c.quote for c in answer.citations] == [SENTENCE]) == shown
    assert answer.left_out == (() if shown else (LeftOut("Mara Voss inspected the dam.", DOUBTED),))
    unasked = answered(tmp_path / "unasked", model)
    assert [one.reason for one in unasked.left_out] == [DOUBTED]
