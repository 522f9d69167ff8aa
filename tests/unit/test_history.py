"""Follow-up questions are made to stand for themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.history import refers_back, standalone
from qa.text import terms
from qa.types import Turn

TALK = (
    Turn("user", "Who inspected the Orlo dam?"),
    Turn("assistant", "The dam was inspected by Mara Voss in May. [1]"),
)


@pytest.mark.parametrize("question", ["When did the ferry Petrel sink?", "Which council voted on the budget?"])
def test_a_question_that_stands_is_left_alone(question: str) -> None:
    """A question that names what it asks about is searched as it is."""
    assert standalone(question, TALK) == question


@given(st.text())
def test_without_a_history_nothing_changes(question: str) -> None:
    """A first question has nothing to lean on."""
    assert standalone(question, ()) == question
    assert standalone(question, [Turn("assistant", "Hello.")]) == question


@pytest.mark.parametrize("question", ["When was that?", "And when?", "What about its cost?", "Why?"])
def test_a_follow_up_takes_the_subject_along(question: str) -> None:
    """A question that leans on the one before is searched with its words."""
    assert refers_back(question)
    assert set(terms("Orlo dam")) <= set(terms(standalone(question, TALK)))


def test_a_person_is_named_from_the_answer() -> None:
    """He and she are the names of the last answer."""
    assert "Mara Voss" in standalone("Where does she work?", TALK)
    assert "Mara Voss" not in standalone("And when?", TALK)


def test_the_subject_survives_several_follow_ups() -> None:
    """The words come from the last question that stood for itself and those after it."""
    turns = [Turn("user", "Who built the harbour?"), *TALK, Turn("user", "And what did it cost?")]
    asked = set(terms(standalone("Why?", turns)))
    assert set(terms("Orlo dam cost")) <= asked
    assert not asked & set(terms("harbour"))


@given(st.text(), st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), st.text())))
def test_any_talk_gives_a_question(question: str, turns: list[Turn]) -> None:
    """Whatever was said, the words of the question stay."""
    assert set(terms(question)) <= set(terms(standalone(question, turns))) | {"and", "but", "so", "or", "also"}
