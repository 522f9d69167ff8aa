"""The halves of a newsroom set: one may be looked at, the other only judges."""

from __future__ import annotations

from evals.newsroom import halves
from qa.evaluation.questions import Question


def turn(dialogue: str, number: int, kind: str) -> Question:
    """Return a turn of a dialogue."""
    return Question(
        f"{dialogue}-{number}", f"Question {number}?", dialogue=dialogue, turn=number, kind=kind
    )


def test_a_dialogue_stays_together() -> None:
    """Also one that opens with a question about no story, which the halves get by turns."""
    questions = [
        *(turn("one", number, "catalogue" if number == 1 else "fact") for number in (1, 2, 3)),
        turn("two", 1, "smalltalk"),
        turn("three", 1, "off_topic"),
        turn("three", 2, "fact"),
    ]
    half = halves(questions, {"mill": "The mill burnt."})
    by_dialogue = {
        q.dialogue: {half[o.id] for o in questions if o.dialogue == q.dialogue} for q in questions
    }
    assert all(len(found) == 1 for found in by_dialogue.values())
    assert set(half.values()) == {"a", "b"}
