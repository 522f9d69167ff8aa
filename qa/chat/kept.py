"""The conversations that are kept: one SQLite file, in which each visitor finds only their own."""

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

from qa.chat.asking import Exchange, Verdict
from qa.errors import QAError

TITLE_CHARS = 120

_TABLES = """
CREATE TABLE IF NOT EXISTS conversations (
    visitor TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, changed REAL NOT NULL, PRIMARY KEY (visitor, id)
);
CREATE TABLE IF NOT EXISTS exchanges (
    visitor TEXT NOT NULL, conversation TEXT NOT NULL, number INTEGER NOT NULL, question TEXT NOT NULL,
    value TEXT NOT NULL, PRIMARY KEY (visitor, conversation, number),
    FOREIGN KEY (visitor, conversation) REFERENCES conversations (visitor, id) ON DELETE CASCADE
);
"""
_OTHER_VERSION = "This answer was kept by another version of the program and cannot be shown: ask again."
_EXCHANGE: TypeAdapter[Exchange] = TypeAdapter(Exchange)


@dataclass(frozen=True, slots=True)
class Heading:
    """A conversation in the list: its id, its title and when it last went on, in seconds since 1970."""

    id: str
    title: str
    changed: float


class Conversations:
    """The conversations of all visitors. Each method opens its own connection, so that threads share nothing.

    A visitor is known by a secret that their browser made. Only its digest is stored: who reads the file cannot
    take on anyone's part.

    Args:
        path: the SQLite file; it is made, with its folder, when something is first kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def headings(self, visitor: str) -> list[Heading]:
        """Return the conversations of a visitor, the latest first."""
        sql = "SELECT id, title, changed FROM conversations WHERE visitor = ? ORDER BY changed DESC, id"
        with self._connect() as db:
            return [Heading(*row) for row in db.execute(sql, (_digest(visitor),))]

    def load(self, visitor: str, conversation: str) -> tuple[Exchange, ...]:
        """Return the exchanges of a conversation, without their articles; none where there is no such conversation."""
        sql = "SELECT question, value FROM exchanges WHERE visitor = ? AND conversation = ? ORDER BY number"
        with self._connect() as db:
            return tuple(_exchange(*row) for row in db.execute(sql, (_digest(visitor), conversation)))

    def save(self, visitor: str, conversation: str, exchanges: tuple[Exchange, ...]) -> None:
        """Keep the last of `exchanges`, which number the whole conversation, under a title that the first one gives."""
        owner, number, last = _digest(visitor), len(exchanges), exchanges[-1]
        value = _EXCHANGE.dump_json(dataclasses.replace(last, articles=())).decode()
        with self._connect() as db:
            db.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET changed = excluded.changed",
                (owner, conversation, _title(exchanges[0].question), time.time()),
            )
            row = (owner, conversation, number, last.question, value)
            db.execute("INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, ?, ?)", row)

    def judge(self, visitor: str, conversation: str, number: int, verdict: Verdict) -> Exchange:
        """Note what the visitor thinks of an answer, and return its exchange.

        Raises:
            QAError: the visitor has no such answer.
        """
        exchanges = self.load(visitor, conversation)
        if not 0 < number <= len(exchanges) or exchanges[number - 1].answer is None:
            raise QAError("this answer is not there any more: reload the page")
        judged = dataclasses.replace(exchanges[number - 1], verdict=verdict)
        sql = "UPDATE exchanges SET value = ? WHERE visitor = ? AND conversation = ? AND number = ?"
        with self._connect() as db:
            db.execute(sql, (_EXCHANGE.dump_json(judged).decode(), _digest(visitor), conversation, number))
        return judged

    def title(self, visitor: str, conversation: str) -> str:
        """Return the title of a conversation; empty where there is none."""
        return next((each.title for each in self.headings(visitor) if each.id == conversation), "")

    def rename(self, visitor: str, conversation: str, title: str) -> None:
        """Give a conversation another title; a blank one changes nothing."""
        if wanted := _title(title):
            sql = "UPDATE conversations SET title = ? WHERE visitor = ? AND id = ?"
            with self._connect() as db:
                db.execute(sql, (wanted, _digest(visitor), conversation))

    def delete(self, visitor: str, conversation: str) -> None:
        """Delete a conversation with all that was said in it."""
        with self._connect() as db:
            db.execute("DELETE FROM conversations WHERE visitor = ? AND id = ?", (_digest(visitor), conversation))

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """Open a connection for one transaction, and close it.

        Raises:
            QAError: the file cannot be read or written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self._path, timeout=10)) as db, db:
                db.execute("PRAGMA foreign_keys = ON")
                db.executescript(_TABLES)
                yield db
        except (sqlite3.Error, OSError) as error:
            raise QAError(f"conversations cannot be kept in {self._path}: {error}") from error


def _exchange(question: str, value: str) -> Exchange:
    try:
        return _EXCHANGE.validate_json(value)
    except ValidationError:
        return Exchange(question, error=_OTHER_VERSION)


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARS else f"{line[: TITLE_CHARS - 1].rstrip()}…"


def _digest(visitor: str) -> str:
    return hashlib.sha256(visitor.encode("utf-8", "replace")).hexdigest()
