"""Conversations that are kept."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from qa.chat.asking import Exchange
from qa.chat.kept import TITLE_CHARS, Conversations
from qa.errors import QAError
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE

ONE, OTHER = "1" * 32, "2" * 32
TALK, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    """Return a file of conversations that is not there yet."""
    return Conversations(tmp_path / "new" / "conversations.sqlite")


def answered(question: str = QUESTION) -> Exchange:
    """Return an answered question."""
    answer = FakePipeline([ARTICLE], {QUESTION: [QUOTE]}).answer(question)
    return Exchange(question, answer.text, answer)


def test_a_conversation_comes_back_as_it_was(kept: Conversations) -> None:
    """Answers with citations and hits, abstentions, errors and stops all return equal, in their order."""
    exchanges = (answered(), answered("what else?"), Exchange("why?", error="no"), Exchange("who?", "By", stopped=True))
    for number in range(1, len(exchanges) + 1):
        kept.save(ONE, TALK, exchanges[:number])
    assert kept.load(ONE, TALK) == exchanges


def test_articles_are_not_kept(kept: Conversations, tmp_path: Path) -> None:
    """The texts of articles stay where they are: in the index."""
    kept.save(ONE, TALK, (dataclasses.replace(answered(), articles=(ARTICLE,)),))
    assert kept.load(ONE, TALK)[0].articles == ()
    assert b"nothing of note will happen. Long after" not in (tmp_path / "new" / "conversations.sqlite").read_bytes()


def test_an_edited_question_replaces_the_one_that_was_kept(kept: Conversations) -> None:
    """The exchange at the same place is the new one."""
    kept.save(ONE, TALK, (Exchange("who?", stopped=True),))
    kept.save(ONE, TALK, (answered(),))
    assert kept.load(ONE, TALK) == (answered(),)


def test_one_visitor_never_sees_anothers(kept: Conversations) -> None:
    """Neither listed, nor loaded, renamed, judged or deleted by who does not have the secret; ids may be equal."""
    kept.save(ONE, TALK, (answered(),))
    assert kept.headings(OTHER) == []
    assert kept.load(OTHER, TALK) == ()
    kept.rename(OTHER, TALK, "mine now")
    kept.delete(OTHER, TALK)
    with pytest.raises(QAError, match="not there any more"):
        kept.judge(OTHER, TALK, 1, "up")
    kept.save(OTHER, TALK, (answered("what else?"),))
    assert kept.load(ONE, TALK) == (answered(),)
    assert kept.title(ONE, TALK) == QUESTION


def test_the_secret_is_not_stored(kept: Conversations, tmp_path: Path) -> None:
    """Who reads the file learns no visitor's secret."""
    kept.save(ONE, TALK, (answered(),))
    assert ONE.encode() not in (tmp_path / "new" / "conversations.sqlite").read_bytes()


def test_the_latest_conversation_is_first(kept: Conversations) -> None:
    """A conversation that goes on moves to the top; its title stays that of its first question."""
    kept.save(ONE, TALK, (answered(),))
    kept.save(ONE, SECOND, (Exchange("two?", error="no"),))
    kept.save(ONE, TALK, (answered(), answered("what else?")))
    assert [(heading.id, heading.title) for heading in kept.headings(ONE)] == [(TALK, QUESTION), (SECOND, "two?")]


def test_a_title_can_be_changed(kept: Conversations) -> None:
    """A title is one line of limited length; a blank one changes nothing."""
    kept.save(ONE, TALK, (answered(),))
    kept.rename(ONE, TALK, "  The\n lock ")
    assert kept.title(ONE, TALK) == "The lock"
    kept.rename(ONE, TALK, " \n ")
    assert kept.title(ONE, TALK) == "The lock"
    kept.rename(ONE, TALK, "x" * 500)
    assert len(kept.title(ONE, TALK)) == TITLE_CHARS


def test_a_deleted_conversation_is_gone(kept: Conversations, tmp_path: Path) -> None:
    """Nothing of it is left in any table, and another one stays."""
    kept.save(ONE, TALK, (answered(),))
    kept.save(ONE, SECOND, (answered(),))
    kept.delete(ONE, TALK)
    assert [heading.id for heading in kept.headings(ONE)] == [SECOND]
    with sqlite3.connect(tmp_path / "new" / "conversations.sqlite") as db:
        assert db.execute("SELECT DISTINCT conversation FROM exchanges").fetchall() == [(SECOND,)]


def test_a_verdict_is_kept_with_its_answer(kept: Conversations) -> None:
    """Only an answer can be judged, and the verdict can be taken back."""
    kept.save(ONE, TALK, (answered(),))
    kept.save(ONE, TALK, (answered(), Exchange("why?", error="no")))
    assert kept.judge(ONE, TALK, 1, "up").verdict == "up"
    assert kept.load(ONE, TALK)[0].verdict == "up"
    assert kept.judge(ONE, TALK, 1, "").verdict == ""
    for number in (0, 2, 3):
        with pytest.raises(QAError, match="not there any more"):
            kept.judge(ONE, TALK, number, "up")


def test_an_answer_of_another_version_is_named_as_such(kept: Conversations, tmp_path: Path) -> None:
    """What cannot be read shows its question and says why; the rest of the conversation shows as it was."""
    kept.save(ONE, TALK, (answered(),))
    kept.save(ONE, TALK, (answered(), answered("what else?")))
    with sqlite3.connect(tmp_path / "new" / "conversations.sqlite") as db:
        db.execute("""UPDATE exchanges SET value = '{"question": 7}' WHERE number = 1""")
    first, second = kept.load(ONE, TALK)
    assert (first.question, first.answer) == (QUESTION, None)
    assert "another version" in first.error
    assert second == answered("what else?")


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """The error says which file it is."""
    (tmp_path / "conversations.sqlite").write_text("no database " * 100)
    with pytest.raises(QAError, match=r"conversations\.sqlite: file is not a database"):
        Conversations(tmp_path / "conversations.sqlite").headings(ONE)
