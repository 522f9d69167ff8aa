"""A doubt that names another figure, day or name is answered by what the articles say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.models.moves import move_model
from qa.pipeline import Pipeline
from qa.text import terms
from qa.types import Answer, Article, Turn
from qa.understanding.followups import Resolver
from qa.understanding.followups.doubts import stated
from tests.collection import memory_index
from tests.unit.test_pipeline import ScriptedReader

OLD = Article(
    "old",
    "Mill to be mended",
    "The mill in Harl would cost 90 crowns to mend, said the miller. It was built by monks.",
    source="Courier",
    published="2025-02-11",
)
NEW = Article(
    "new",
    "Mill dearer",
    "To mend the mill in Harl will cost 130 crowns. A goat costs 70 crowns.",
    source="Dispatch",
    published="2025-03-20",
)
QUESTION = "How much will it cost to mend the mill in Harl?"


@pytest.fixture
def made(tmp_path: Path) -> Pipeline:
    """Return a pipeline that finds the newest figure."""
    return Pipeline(memory_index(tmp_path, (OLD, NEW)), reader=ScriptedReader({"130": 0.9}))


def doubted(made: Pipeline, monkeypatch: pytest.MonkeyPatch, what: str) -> Answer:
    """Return the answer to a message that puts something against the answer before."""
    before = made.answer(QUESTION)
    monkeypatch.setattr(Resolver, "_about", lambda *_: ("sure", what))
    turns = [Turn("user", QUESTION), Turn("assistant", before.text, before)]
    return made.answer(f"wasn't it {what}?", history=turns)


def test_where_another_figure_stands_is_told(
    made: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence that has it comes first, with its article; then what the articles give."""
    told = doubted(made, monkeypatch, "90 crowns")
    assert told.note == "“90 crowns” is in “Mill to be mended”, Courier, 11 February 2025:"
    assert [c.article_id for c in told.citations] == ["old", "new"]
    assert "130 crowns" in told.text


def test_a_figure_that_no_article_has_is_said_to_be_so(
    made: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then only what the articles give is told, with its date."""
    told = doubted(made, monkeypatch, "four hundred")
    assert told.note.startswith("No article that I found gives “four hundred”")
    assert "20 March 2025" in told.text
    assert [c.article_id for c in told.citations] == ["new"]


def test_the_same_figure_of_something_else_does_not_count(
    made: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence that has the figure has to be about the question, too."""
    monkeypatch.setattr("qa.answering.challenges._LEAST", 0.5)
    assert doubted(made, monkeypatch, "70 crowns").note.startswith("No article")


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("I read twenty-two elsewhere", "twenty-two"),
        ("wasn't it 1.4 million?", "1.4 million"),
        ("the Courier had 30 per cent, no?", "30 per cent"),
        ("was it not on Friday?", "Friday"),
        ("wasn't it £3,500?", "£3,500"),
        ("I thought it was Ada Brook", "Ada Brook"),
        ("that is not what the Courier says", ""),
        ("are you sure, really?", ""),
        ("is that the one?", ""),
    ],
)
def test_what_a_message_puts_against_an_answer(message: str, found: str) -> None:
    """A figure with its unit, a day, or else a name that is neither known nor an outlet's."""
    assert stated(message, {*terms("Courier"), *move_model().frame}) == found
