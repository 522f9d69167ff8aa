"""The words in which the reader is asked."""

from __future__ import annotations

import pytest

from qa.understanding.reading import as_read


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("How has the cost of the dam changed?", "What is the cost of the dam?"),
        ("How did the fare go up over time?", "What is the fare?"),
        ("How have the estimates for the pier developed?", "What is the estimates for the pier?"),
        (
            "How many people were first said to be missing, and what was the right number?",
            "How many people were said to be missing?",
        ),
        ("What was the bridge to cost at first?", "What was the bridge to cost?"),
    ],
)
def test_a_question_of_change_is_read_for_the_thing_that_changed(question: str, read: str) -> None:
    """That there were several, and in which order, is no part of what the reader looks for."""
    assert as_read(question, "changes") == read


def test_any_other_question_is_read_as_it_is() -> None:
    """The words of time may be part of what is asked."""
    asked = "Who was the first mayor?"
    assert as_read(asked, "question") == asked
