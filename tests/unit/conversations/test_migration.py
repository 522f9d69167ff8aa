"""Conversations that an earlier version stored."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from qa.answering.rendering import render_text
from qa.conversations.conversation import Exchange
from qa.conversations.migration import VERSION
from qa.conversations.store import ConversationStore, _digest
from qa.types import Answer, Form, Statement

VISITOR, CONVERSATION = "1" * 32, "a" * 32
_FILE = Path(__file__).parent / "kept-version-1.jsonl"
# Recorded from version 1, one exchange of each kind.
OLD: dict[str, dict[str, Any]] = {
    line["name"]: line["value"] for line in map(json.loads, _FILE.read_text().splitlines())
}
ANSWERS = [name for name, value in OLD.items() if value["answer"]]
NINE = "Police said nine people died."
TWELVE = "In all, twelve people died in the crash."


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    """Return a store over a file that version 1 wrote."""
    path = tmp_path / "conversations.sqlite"
    owner = _digest(VISITOR)
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE conversations (visitor TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, "
            "changed REAL NOT NULL, PRIMARY KEY (visitor, id));"
            "CREATE TABLE exchanges (visitor TEXT NOT NULL, conversation TEXT NOT NULL, number INTEGER NOT NULL, "
            "question TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (visitor, conversation, number), "
            "FOREIGN KEY (visitor, conversation) REFERENCES conversations (visitor, id) ON DELETE CASCADE);"
        )
        db.execute("INSERT INTO conversations VALUES (?, ?, 'Crash', 1.0)", (owner, CONVERSATION))
        for number, value in enumerate(OLD.values(), 1):
            row = (owner, CONVERSATION, number, value["question"], json.dumps(value))
            db.execute("INSERT INTO exchanges VALUES (?, ?, ?, ?, ?)", row)
    return ConversationStore(path)


@pytest.fixture
def opened(store: ConversationStore) -> dict[str, Exchange]:
    """Return the exchanges as they are now, by the name of their kind."""
    return dict(zip(OLD, store.load(VISITOR, CONVERSATION), strict=True))


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_opens_as_before(opened: dict[str, Exchange], name: str) -> None:
    """Text, quotes and all else are those that were stored, and the text is what the statements say."""
    answer, old = opened[name].answer, OLD[name]["answer"]
    assert answer is not None
    assert (answer.text, answer.short, answer.confidence) == (
        old["text"],
        old["short"],
        old["confidence"],
    )
    assert [c.quote for c in answer.citations] == [c["quote"] for c in old["citations"]]
    assert (answer.standalone_question, answer.fallback_reason) == (old["asked"], old["note"])
    assert [hit.passage.text for hit in answer.hits] == [h["passage"]["text"] for h in old["hits"]]
    assert answer.abstained == old["abstained"]
    if not answer.abstained:
        assert render_text(answer.form, answer.statements, answer.fallback_reason) == answer.text


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        ("fact with a claimant", "fact", [(NINE, "nine", "Police")]),
        (
            "fact and a further sentence",
            "fact",
            [(NINE, "people", "Police"), (TWELVE, "", "")],
        ),
        ("fact that is its whole sentence", "fact", [("Rain fell.", "Rain fell", "")]),
        (
            "fact with quotation marks within",
            "fact",
            [("A witness said “no” to it (3).", "no", "a witness")],
        ),
        ("accounts", "accounts", [(NINE, "nine", "Police"), (TWELVE, "twelve", "")]),
        (
            "accounts that are whole sentences",
            "accounts",
            [("Rain fell.", "Rain fell", ""), (TWELVE, "twelve", "")],
        ),
        ("list", "list", [("nine", "nine", ""), ("twelve", "twelve", "")]),
        (
            "explanation",
            "explanation",
            [("The brakes [sic] failed.", "", ""), (NINE, "", ""), ("The brakes failed.", "", "")],
        ),
        ("yes or no", "yes_no", [(NINE, "", ""), (TWELVE, "", "")]),
        ("abstention", "abstention", []),
    ],
)
def test_an_answer_gets_its_structure(
    opened: dict[str, Exchange], name: str, form: Form, said: list[tuple[str, str, str]]
) -> None:
    """Form, sentences, short answers and claimants are read off the text."""
    answer = opened[name].answer
    assert answer is not None
    assert answer.form == form
    assert [(s.text, s.short_answer, s.claimant) for s in answer.statements] == said
    assert {s.status for s in answer.statements} <= {
        "disputed" if form == "accounts" else "current"
    }
    assert not any(s.generated for s in answer.statements)


def test_what_a_chat_model_wrote_is_told_from_quotes(opened: dict[str, Exchange]) -> None:
    """Its sentences are marked as generated, unsupported ones have no citation, and quotes follow a failure."""

    def told(name: str) -> list[tuple[str, bool, int]]:
        answer = opened[name].answer
        assert isinstance(answer, Answer)
        return [(s.text, s.generated, len(s.citations)) for s in answer.statements]

    lions = ("Lions are large cats.", True, 0)
    assert told("chat model") == [(NINE, True, 1)]
    assert told("chat model, one sentence unsupported") == [(NINE, True, 1), lions]
    assert told("chat model that failed") == [
        (NINE, True, 1),
        (NINE, False, 1),
        (TWELVE, False, 1),
    ]
    assert told("chat model that said nothing") == [(NINE, False, 1)]


def test_other_exchanges_open_as_before(opened: dict[str, Exchange]) -> None:
    """What had come of a stopped answer is still there, and an error still says why."""
    assert opened["stopped"] == Exchange("who?", cancelled=True, partial="The lock")
    assert opened["error"] == Exchange("who?", error="no")


def test_a_file_is_brought_up_to_date_once(store: ConversationStore, tmp_path: Path) -> None:
    """The file then holds the current structure and its version, and is not read as an old one again."""
    before = store.load(VISITOR, CONVERSATION)
    with sqlite3.connect(tmp_path / "conversations.sqlite") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        values = [json.loads(value) for (value,) in db.execute("SELECT value FROM exchanges")]
    assert all("stopped" not in value for value in values)
    store.save(VISITOR, CONVERSATION, len(before) + 1, Exchange("new?", (Statement("x"),)))
    assert store.load(VISITOR, CONVERSATION)[:-1] == before


def test_what_no_version_wrote_stays_as_it_is(store: ConversationStore, tmp_path: Path) -> None:
    """An exchange that cannot be read does not keep the others from opening."""
    with sqlite3.connect(tmp_path / "conversations.sqlite") as db:
        db.execute("UPDATE exchanges SET value = '[]' WHERE number = 1")
    first, second, *_ = store.load(VISITOR, CONVERSATION)
    assert "another version" in first.error
    assert second.answer is not None
