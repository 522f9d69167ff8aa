"""What is asked about the answer before is answered from its statements."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from qa.answering.about import About
from qa.answering.recall import Recall
from qa.answering.rendering import render_text
from qa.models.moves import Move
from qa.pipeline import Pipeline
from qa.types import Answer, Article, Filter, Turn
from qa.understanding.followups import Resolver
from tests.collection import memory_index
from tests.unit.test_pipeline import ScriptedReader

FIRST = Article(
    "first",
    "Dam to be raised",
    "The mayor said that the dam in Orlo would cost 214 crowns. Work is to begin in May.",
    source="Courier",
    published="2025-02-11",
    author="Ann Lee",
)
LATER = Article(
    "later",
    "Dam dearer",
    "The dam in Orlo will cost 268 crowns. “It is a scandal,” said Hesper Vane of the cost.",
    source="Dispatch",
    published="2025-03-20",
)
QUESTION = "How much will the dam in Orlo cost?"


@pytest.fixture
def made(tmp_path: Path) -> Pipeline:
    """Return a pipeline that finds both figures."""
    reader = ScriptedReader({"214 crowns": 0.8, "268 crowns": 0.9, "scandal": 0.6})
    return Pipeline(memory_index(tmp_path, (FIRST, LATER)), reader=reader)


@pytest.fixture
def before(made: Pipeline) -> Answer:
    """Return the answer that is asked about."""
    return made.answer(QUESTION)


def moved(
    made: Pipeline, before: Answer, move: Move, monkeypatch: pytest.MonkeyPatch, said: str = "it?"
) -> Answer:
    """Return the answer to a message that is taken for a move."""
    monkeypatch.setattr(Resolver, "_about", lambda *_: (move, ""))
    turns = [Turn("user", QUESTION), Turn("assistant", before.text, before)]
    return made.answer(said, history=turns)


def test_who_says_so_is_the_claimant(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claimant is named, and the sentence is quoted again; else the article says so itself."""
    told = moved(made, before, "claimant", monkeypatch, "who says 214?")
    assert told.text.startswith("The mayor, as told in “Dam to be raised”, Courier, 11 February")
    assert told.citations[0].article_id == "first"
    own = moved(made, before, "claimant", monkeypatch, "who says 268?")
    assert own.text.startswith("The article itself says so, “Dam dearer”, Dispatch")


def test_the_source_is_named(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Title, outlet, date and author of the articles that the answer cites."""
    told = moved(made, before, "source", monkeypatch, "which paper has 214?")
    assert "“Dam to be raised”, Courier, 11 February 2025, by Ann Lee" in told.text
    assert "Dispatch" in told.text


def test_the_day_of_writing_is_told(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dates of the articles, with their outlets."""
    told = moved(made, before, "written", monkeypatch)
    assert "on 20 March 2025 in Dispatch" in told.text
    assert "on 11 February 2025 in Courier" in told.text


def test_shorter_is_the_short_answer(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first statement alone, as its short answer where it has one, cited."""
    assert moved(made, before, "shorter", monkeypatch).text == f"{LATER.text[:37]} [1]"
    first = dataclasses.replace(before.statements[0], short_answer="268 crowns")
    short = Answer(QUESTION, "fact", render_text("fact", [first]), (first,))
    assert moved(made, short, "shorter", monkeypatch).text == "268 crowns [1]"


def test_a_list_has_an_item_for_each_statement(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statements as a list."""
    told = moved(made, before, "listed", monkeypatch)
    assert told.form == "list"
    assert len(told.statements) == len(before.statements)


def test_before_that_tells_the_earlier_states(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a state that has changed, what came before is its earlier values, oldest first."""
    newest, older = before.statements
    changed = (newest, dataclasses.replace(older, status="earlier"))
    answer = Answer(QUESTION, "fact", render_text("fact", changed), changed)
    told = moved(made, answer, "before", monkeypatch, "and before that?")
    assert (told.form, [s.text for s in told.statements]) == ("timeline", [older.text])


def test_still_so_tells_the_newest(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question before is asked for the newest state."""
    told = moved(made, before, "still", monkeypatch)
    assert told.text.startswith("The newest about it: The dam in Orlo will cost 268 crowns")


def test_sure_tells_who_says_the_same(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every account is told, with how many articles give one."""
    told = moved(made, before, "sure", monkeypatch)
    assert {c.article_id for c in told.citations} == {"first", "later"}


def test_what_was_said_is_not_said_again(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`What else?` tells of the story what the answer before did not."""
    said = {(c.article_id, c.start) for c in before.citations}
    told = moved(made, before, "more", monkeypatch)
    assert not said & {(c.article_id, c.start) for c in told.citations}


def test_more_is_told_of_what_was_cited(made: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cited article says besides comes before what other articles say."""
    first = made.answer(QUESTION, where=Filter(article_ids=("first",)))
    told = moved(made, first, "more", monkeypatch)
    assert [c.article_id for c in told.citations] == ["first"]
    assert "Work is to begin in May." in told.text


def test_a_follow_up_of_a_move_is_about_the_question_before(
    made: Pipeline, before: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A move is understood as the question that it is about."""
    assert moved(made, before, "source", monkeypatch).standalone_question == QUESTION


def test_a_quotation_is_quoted(made: Pipeline) -> None:
    """Of the statements those that hold direct speech; none where there is no such."""
    scandal = made.answer("What did Hesper Vane say of the cost?")
    with made.index.snapshot() as snapshot:
        told = About(snapshot, scandal, "quote her").told("quote")
        assert told is None or all("“" in each.text for each in told.statements)
        assert About(snapshot, Answer("x", "abstention", "No."), "quote her").told("quote") is None


def test_what_the_articles_quote_is_quoted_where_the_answer_has_no_quotation(
    tmp_path: Path,
) -> None:
    """It is of the articles that the answer cites, and by a woman where her words are wanted."""
    article = Article(
        "fair",
        "Fair",
        "The fair opens in May. “We are broke,” Ida Moor said. She runs the fair with Tom Reed. "
        "“The fair is safe,” Mr Reed said. He has paid for the fair. “It rained,” she said.",
    )
    reader = ScriptedReader({"opens": 0.9})
    fair = Pipeline(memory_index(tmp_path, (article,)), reader=reader).answer("When is the fair?")
    with memory_index(tmp_path / "2", (article,)).snapshot() as snapshot:
        hers = About(snapshot, fair, "quote her").told("quote")
        his = About(snapshot, fair, "quote him").told("quote")
    assert hers is not None
    assert [each.text for each in hers.statements] == [
        "“We are broke,” Ida Moor said.",
        "“It rained,” she said.",
    ]
    assert his is not None
    assert [each.text for each in his.statements] == ["“The fair is safe,” Mr Reed said."]


def test_an_article_that_has_changed_is_not_quoted(made: Pipeline, before: Answer) -> None:
    """A citation whose article no longer reads so is left out."""
    with made.index.snapshot() as snapshot:
        about = About(snapshot, before, "source?")
        about.articles = {i: Article(i, "", "Something else.") for i in about.articles}
        assert about.told("source") is None


def test_a_turn_that_is_only_text_gets_its_answer_back(before: Answer) -> None:
    """An answer is known again by its question and text; another text is not."""
    recall = Recall()
    recall.note(before)
    turns = [Turn("user", QUESTION), Turn("assistant", before.text)]
    known = recall.structured(turns)[1].answer
    assert known is not None
    assert known.statements == before.statements
    other = [Turn("user", QUESTION), Turn("assistant", "Something else.")]
    assert recall.structured(other)[1].answer is None
    assert recall.structured([turns[1]])[0].answer is None


def test_only_the_last_answers_are_remembered(before: Answer) -> None:
    """The oldest answer is forgotten, so that memory does not grow."""
    recall = Recall()
    for number in range(300):
        recall.note(Answer(f"q{number}", "abstention", "No."))
    known = recall.structured([Turn("user", "q0"), Turn("assistant", "No.")])
    assert known[1].answer is None
    assert recall.structured([Turn("user", "q299"), Turn("assistant", "No.")])[1].answer
