"""A conversation becomes one text, in which what was mentioned has its place."""

from __future__ import annotations

from qa.models.resolution import within
from qa.understanding.followups.heard import Heard, candidates
from qa.understanding.followups.spoken import places, spoken

OLD = Heard("Who inspected the Orlo dam?", ("Mara Voss",), ("Mara Voss inspected the Orlo dam.",))
NEW = Heard("What did she find?", ("a crack",), carried=("Mara Voss",))


def test_the_newest_exchange_comes_first() -> None:
    """The question is followed by the newest answer and its question, then the older ones."""
    text = spoken("is it deep?", [NEW, OLD])
    assert text == (
        "is it deep? [SEP] a crack What did she find? Mara Voss"
        " [SEP] Mara Voss Who inspected the Orlo dam? Mara Voss inspected the Orlo dam."
    )


def test_a_mention_has_its_newest_place() -> None:
    """A place is where the conversation has the words, and never in the question itself."""
    question = "did mara voss see a crack?"
    text = spoken(question, [NEW, OLD])
    found = {
        c.text: place
        for c, place in zip(
            candidates([NEW, OLD]), places(text, question, candidates([NEW, OLD])), strict=True
        )
    }
    start, end = found["Mara Voss"] or (0, 0)
    assert text[start:end] == "Mara Voss"
    assert len(question) < start < text.index("Who inspected")


def test_tokens_within_a_place() -> None:
    """A token counts that stands for a part of the place; added ones stand for nothing."""
    assert within([(0, 0), (0, 4), (5, 8), (8, 9), (0, 0)], (5, 9)) == [2, 3]
    assert within([(0, 0), (0, 4)], None) == []
