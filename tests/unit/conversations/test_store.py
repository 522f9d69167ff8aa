"""Stored conversations."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from qa.conversations.conversation import Exchange
from qa.conversations.store import TITLE_CHARS, ConversationStore
from qa.errors import QAError
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE

ONE, OTHER = "1" * 32, "2" * 32
FIRST, SECOND = "a" * 32, "b" * 32
_PIPELINE = FakePipeline([ARTICLE], {QUESTION: [QUOTE]})


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    """Return a file of conversations that is not there yet."""
    return ConversationStore(tmp_path / "new" / "conversations.sqlite")


def answered(question: str = QUESTION) -> Exchange:
    """Return an answered question."""
    return Exchange(question, answer=_PIPELINE.answer(question))


def test_a_conversation_comes_back_as_it_was(store: ConversationStore) -> None:
    """Answers with citations and hits, abstentions, errors and stops all return equal, in their order."""
    exchanges = (
        answered(),
        answered("what else?"),
        Exchange("why?", error="no"),
        Exchange("who?", _PIPELINE.answer(QUESTION).statements, cancelled=True),
    )
    for number, exchange in enumerate(exchanges, 1):
        store.save(ONE, FIRST, number, exchange)
    assert store.load(ONE, FIRST) == exchanges


def test_articles_are_not_kept(store: ConversationStore, tmp_path: Path) -> None:
    """The texts of articles stay where they are: in the index."""
    store.save(
        ONE,
        FIRST,
        1,
        dataclasses.replace(
            answered(),
            articles=(ARTICLE,),
        ),
    )
    assert store.load(ONE, FIRST)[0].articles == ()
    assert (
        b"nothing of note will happen. Long after"
        not in (tmp_path / "new" / "conversations.sqlite").read_bytes()
    )


def test_an_edited_question_replaces_the_one_that_was_kept(store: ConversationStore) -> None:
    """The exchange at the same place is the new one."""
    store.save(ONE, FIRST, 1, Exchange("who?", cancelled=True))
    store.save(ONE, FIRST, 1, answered())
    assert store.load(ONE, FIRST) == (answered(),)


def test_one_visitor_never_sees_anothers(store: ConversationStore) -> None:
    """Neither listed, nor loaded, renamed, judged or deleted by who does not have the secret; ids may be equal."""
    store.save(ONE, FIRST, 1, answered())
    assert store.summaries(OTHER) == []
    assert store.load(OTHER, FIRST) == ()
    store.rename(OTHER, FIRST, "mine now")
    store.delete(OTHER, FIRST)
    with pytest.raises(QAError, match="not there any more"):
        store.judge(OTHER, FIRST, 1, "up")
    store.save(OTHER, FIRST, 1, answered("what else?"))
    assert store.load(ONE, FIRST) == (answered(),)
    assert store.title(ONE, FIRST) == QUESTION


def test_the_secret_is_not_stored(store: ConversationStore, tmp_path: Path) -> None:
    """Who reads the file learns no visitor's secret."""
    store.save(ONE, FIRST, 1, answered())
    assert ONE.encode() not in (tmp_path / "new" / "conversations.sqlite").read_bytes()


def test_the_latest_conversation_is_first(store: ConversationStore) -> None:
    """A conversation that goes on moves to the top; its title stays that of its first question."""
    store.save(ONE, FIRST, 1, answered())
    store.save(ONE, SECOND, 1, Exchange("two?", error="no"))
    store.save(ONE, FIRST, 2, answered("what else?"))
    assert [(each.id, each.title) for each in store.summaries(ONE)] == [
        (FIRST, QUESTION),
        (SECOND, "two?"),
    ]


def test_a_title_can_be_changed(store: ConversationStore) -> None:
    """A title is one line of limited length; a blank one changes nothing."""
    store.save(ONE, FIRST, 1, answered())
    store.rename(ONE, FIRST, "  The\n lock ")
    assert store.title(ONE, FIRST) == "The lock"
    store.rename(ONE, FIRST, " \n ")
    assert store.title(ONE, FIRST) == "The lock"
    store.rename(ONE, FIRST, "x" * 500)
    assert len(store.title(ONE, FIRST)) == TITLE_CHARS


def test_a_deleted_conversation_is_gone(store: ConversationStore, tmp_path: Path) -> None:
    """Nothing of it is left in any table, and another one stays."""
    store.save(ONE, FIRST, 1, answered())
    store.save(ONE, SECOND, 1, answered())
    store.delete(ONE, FIRST)
    assert [each.id for each in store.summaries(ONE)] == [SECOND]
    with sqlite3.connect(tmp_path / "new" / "conversations.sqlite") as db:
        assert db.execute("SELECT DISTINCT conversation FROM exchanges").fetchall() == [(SECOND,)]


def test_a_verdict_is_kept_with_its_answer(store: ConversationStore) -> None:
    """Only an answer can be judged, and the verdict can be taken back."""
    store.save(ONE, FIRST, 1, answered())
    store.save(ONE, FIRST, 2, Exchange("why?", error="no"))
    assert store.judge(ONE, FIRST, 1, "up").verdict == "up"
    assert store.load(ONE, FIRST)[0].verdict == "up"
    assert store.judge(ONE, FIRST, 1, "").verdict == ""
    for number in (0, 2, 3):
        with pytest.raises(QAError, match="not there any more"):
            store.judge(ONE, FIRST, number, "up")


def test_an_answer_of_another_version_is_named_as_such(
    store: ConversationStore, tmp_path: Path
) -> None:
    """What cannot be read shows its question and says why; the rest of the conversation shows as it was."""
    store.save(ONE, FIRST, 1, answered())
    store.save(ONE, FIRST, 2, answered("what else?"))
    with sqlite3.connect(tmp_path / "new" / "conversations.sqlite") as db:
        db.execute("""UPDATE exchanges SET value = '{"question": 7}' WHERE number = 1""")
    first, second = store.load(ONE, FIRST)
    assert (first.question, first.answer) == (QUESTION, None)
    assert "another version" in first.error
    assert second == answered("what else?")


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """The error says which file it is."""
    (tmp_path / "conversations.sqlite").write_text("no database " * 100)
    with pytest.raises(QAError, match=r"conversations\.sqlite: file is not a database"):
        ConversationStore(tmp_path / "conversations.sqlite").summaries(ONE)
