"""Stored conversations: one SQLite file, in which each visitor finds only their own."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from qa.conversations.conversation import Exchange, Verdict
from qa.conversations.migration import VERSION, migrated
from qa.errors import QAError
from qa.files import make_private_file, make_private_folder

TITLE_CHARS = 120

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS conversations (
        visitor TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, changed REAL NOT NULL,
        PRIMARY KEY (visitor, id)
    )""",
    """
    CREATE TABLE IF NOT EXISTS exchanges (
        visitor TEXT NOT NULL, conversation TEXT NOT NULL, number INTEGER NOT NULL,
        question TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (visitor, conversation, number),
        FOREIGN KEY (visitor, conversation) REFERENCES conversations (visitor, id)
            ON DELETE CASCADE
    )""",
)
_UNREADABLE = (
    "This answer was stored by another version of the program and cannot be shown: ask again."
)
_EXCHANGE: TypeAdapter[Exchange] = TypeAdapter(Exchange)


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation in a list: its id, its title and its last change, in seconds since 1970."""

    id: str
    title: str
    changed: float


class ConversationStore:
    """The conversations of all visitors. Each method opens its own connection: threads share none.

    A visitor is known by a secret that their client made. Only its digest is stored, so that
    whoever reads the file cannot impersonate anyone.

    Args:
        path: the SQLite file; created, with its folder, on first use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def summaries(self, visitor: str) -> list[ConversationSummary]:
        """Return the conversations of a visitor, the most recent first."""
        sql = (
            "SELECT id, title, changed FROM conversations WHERE visitor = ? "
            "ORDER BY changed DESC, id"
        )
        with self._connect() as db:
            return [ConversationSummary(*row) for row in db.execute(sql, (_digest(visitor),))]

    def load(self, visitor: str, conversation: str) -> tuple[Exchange, ...]:
        """Return the exchanges of a conversation, without articles; none if it does not exist."""
        sql = (
            "SELECT question, value FROM exchanges WHERE visitor = ? AND conversation = ? "
            "ORDER BY number"
        )
        with self._connect() as db:
            return tuple(
                _exchange(*row) for row in db.execute(sql, (_digest(visitor), conversation))
            )

    def save(self, visitor: str, conversation: str, number: int, exchange: Exchange) -> None:
        """Store an exchange, without articles, in place of an earlier one of this number.

        A new conversation takes its question as its title.
        """
        owner, bare = _digest(visitor), dataclasses.replace(exchange, articles=())
        with self._connect() as db:
            db.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET changed = excluded.changed",
                (owner, conversation, _title(exchange.question), time.time()),
            )
            value = _EXCHANGE.dump_json(bare).decode()
            row = (owner, conversation, number, exchange.question, value)
            db.execute("INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, ?, ?)", row)

    def append(self, visitor: str, conversation: str, exchange: Exchange) -> int:
        """Store an exchange after all others of its conversation, and return its number."""
        owner, bare = _digest(visitor), dataclasses.replace(exchange, articles=())
        with self._connect() as db:
            db.execute("BEGIN IMMEDIATE")  # nobody takes the number meanwhile
            db.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET changed = excluded.changed",
                (owner, conversation, _title(exchange.question), time.time()),
            )
            highest = "SELECT max(number) FROM exchanges WHERE visitor = ? AND conversation = ?"
            number = (db.execute(highest, (owner, conversation)).fetchone()[0] or 0) + 1
            value = _EXCHANGE.dump_json(bare).decode()
            row = (owner, conversation, number, exchange.question, value)
            db.execute("INSERT INTO exchanges VALUES (?, ?, ?, ?, ?)", row)
            return int(number)

    def judge(self, visitor: str, conversation: str, number: int, verdict: Verdict) -> Exchange:
        """Store the visitor's verdict on an answer, and return its exchange.

        Raises:
            QAError: the visitor has no such answer.
        """
        exchanges = self.load(visitor, conversation)
        if not 0 < number <= len(exchanges) or exchanges[number - 1].answer is None:
            raise QAError("this answer is not there any more: reload the page")
        judged = dataclasses.replace(exchanges[number - 1], verdict=verdict)
        value = _EXCHANGE.dump_json(judged).decode()
        sql = "UPDATE exchanges SET value = ? WHERE visitor = ? AND conversation = ? AND number = ?"
        with self._connect() as db:
            db.execute(sql, (value, _digest(visitor), conversation, number))
        return judged

    def title(self, visitor: str, conversation: str) -> str:
        """Return the title of a conversation; empty if it does not exist."""
        return next((c.title for c in self.summaries(visitor) if c.id == conversation), "")

    def rename(self, visitor: str, conversation: str, title: str) -> None:
        """Give a conversation another title; a blank one changes nothing."""
        if line := _title(title):
            sql = "UPDATE conversations SET title = ? WHERE visitor = ? AND id = ?"
            with self._connect() as db:
                db.execute(sql, (line, _digest(visitor), conversation))

    def delete(self, visitor: str, conversation: str) -> bool:
        """Delete a conversation with all its exchanges; return whether the visitor had it."""
        sql = "DELETE FROM conversations WHERE visitor = ? AND id = ?"
        with self._connect() as db:
            return db.execute(sql, (_digest(visitor), conversation)).rowcount > 0

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """Open a connection for one transaction, and close it.

        Raises:
            QAError: the file cannot be read or written.
        """
        try:
            make_private_folder(self._path.parent)
            make_private_file(self._path)
            with contextlib.closing(sqlite3.connect(self._path, timeout=10)) as db, db:
                db.execute("PRAGMA foreign_keys = ON")
                _upgrade(db)
                yield db
        except (sqlite3.Error, OSError) as error:
            raise QAError(f"conversations cannot be stored in {self._path}: {error}") from error


def _upgrade(db: sqlite3.Connection) -> None:
    """Create the tables, and bring exchanges of earlier versions to the current one, once."""
    if _version(db) >= VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    if (version := _version(db)) < VERSION:  # no other process was faster
        for table in _TABLES:
            db.execute(table)
        for rowid, value in db.execute("SELECT rowid, value FROM exchanges").fetchall():
            row = (migrated(value, version or 1), rowid)
            db.execute("UPDATE exchanges SET value = ? WHERE rowid = ?", row)
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.commit()


def _version(db: sqlite3.Connection) -> int:
    """Return the version of the file; 0 for a new one, and for version 1, which had no number."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _exchange(question: str, value: str) -> Exchange:
    try:
        return _EXCHANGE.validate_json(value)
    except ValidationError:
        return Exchange(question, error=_UNREADABLE)


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARS else f"{line[: TITLE_CHARS - 1].rstrip()}…"


def _digest(visitor: str) -> str:
    return hashlib.sha256(visitor.encode("utf-8", "replace")).hexdigest()
