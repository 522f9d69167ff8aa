"""The SQLite half of the index: articles, passages, full text, manifest, journal of writes."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from qa.errors import IndexDamagedError, IndexLockedError, IndexNotFoundError, QAError, one_line
from qa.files import disk_full, make_private_file
from qa.index import consistency, corrections, reprints, schema, versions
from qa.index.read_transaction import DamagedRow, ReadTransaction, sound_row
from qa.index.records import IndexedArticle
from qa.sources.web.pages import Page

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# The statements are fixed: what is wrong with one is wrong with the tables.
_DAMAGED = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_MISMATCH,
    }
)
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
# Even to read, SQLite creates files beside an index, unless told that nobody writes to it.
_NOT_OPENED = _NO_ROOM | {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
_NOT_TEXT = "Could not decode"


class Store:
    """One SQLite file. Every method opens its own connection, so that threads share nothing.

    Args:
        path: the file.
        shown: its folder as the user wrote it, for messages.
    """

    def __init__(self, path: Path, *, shown: Path | None = None) -> None:
        self._path = path
        self._shown = shown or path.parent
        self._passage_counts: dict[str, int] = {}

    def exists(self) -> bool:
        """Return whether there is a file."""
        return self._path.is_file()

    def create(self, manifest: Mapping[str, Any]) -> None:
        """Create the tables, with `manifest`."""
        make_private_file(self._path)
        with self._connect() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript("BEGIN;" + schema.TABLES)
            db.executemany(
                "INSERT INTO manifest VALUES (?, ?)",
                [(key, json.dumps(value)) for key, value in manifest.items()],
            )

    @contextlib.contextmanager
    def read(self) -> Iterator[ReadTransaction]:
        """Open one read transaction, on a connection of its own.

        Raises:
            IndexNotFoundError: there is no file.
            IndexDamagedError: it is damaged.
            QAError: it cannot be read.
        """
        with self._connect(read_only=True) as db:
            yield ReadTransaction(db, self._passage_counts)

    def migrate(self, made: int) -> None:
        """Bring the tables of an earlier schema to today's, all or nothing."""
        with self._connect() as db:
            db.execute("BEGIN IMMEDIATE")
            schema.migrate(db, made)

    def move(self, old: str, new: str) -> None:
        """Give what came from below one URI the same place below another."""
        with self._connect() as db:
            schema.move(db, old, new)

    def set_roots(self, roots: Iterable[str]) -> None:
        """Replace the URIs that articles are read from."""
        with self._connect() as db:
            db.execute("DELETE FROM roots")
            db.executemany("INSERT INTO roots VALUES (?)", [(root,) for root in set(roots)])

    def remember(self, key: str, value: Any) -> None:
        """Set an entry of the manifest, for the next run."""
        with self._connect() as db:
            db.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (key, json.dumps(value)))

    def note_pages(self, pages: Iterable[Page]) -> None:
        """Remember what is known of web pages."""
        rows = [(page.address, json.dumps(page.to_json())) for page in pages]
        with self._connect() as db:
            db.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?)", rows)

    def begin(self, keys: Iterable[str]) -> str:
        """Enter in the journal which vectors will come or go; return the next generation."""
        token = secrets.token_hex(8)
        with self._connect() as db:
            db.executemany("INSERT OR IGNORE INTO journal VALUES (?)", [(key,) for key in keys])
            db.execute("INSERT OR REPLACE INTO manifest VALUES ('next', ?)", (json.dumps(token),))
        return token

    def replace(
        self, gone: Iterable[str], new: Iterable[IndexedArticle], generation: str = ""
    ) -> None:
        """Delete some articles and insert or replace others, in one transaction.

        Args:
            gone: ids of the articles to delete.
            new: the articles to insert or replace.
            generation: the new one, as `begin` gave it; by default a random one.
        """
        with self._connect() as db:
            for article_id in gone:
                schema.delete(db, article_id)
                versions.forget(db, article_id)
            for indexed in new:
                schema.replace(db, indexed)
            value = json.dumps(generation or secrets.token_hex(8))
            db.execute("UPDATE manifest SET value = ? WHERE key = 'generation'", (value,))

    def relate(self) -> None:
        """Find which articles are reprints, and which a column of corrections names."""
        while True:
            with self._connect() as db:
                if not reprints.fold(db):
                    break
        with self._connect() as db:
            corrections.link(db)
            db.execute("DELETE FROM versions WHERE article_id NOT IN (SELECT id FROM articles)")

    def keep_versions(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Add rows of earlier versions, as `ReadTransaction.version_rows` gave them."""
        with self._connect() as db:
            db.executemany("INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", rows)

    def finish(self) -> None:
        """Clear the journal, and forget the next generation."""
        with self._connect() as db:
            db.execute("DELETE FROM journal")
            db.execute("DELETE FROM manifest WHERE key = 'next'")

    def inconsistencies(self) -> dict[str, list[str]]:
        """Return the names of what is wrong with the tables, by kind of problem.

        Raises:
            IndexDamagedError: the file itself is damaged.
        """
        with self._connect() as db:
            if reason := consistency.damage(db):
                raise self._damaged(reason)
            try:
                return consistency.inconsistencies(db)
            except (TypeError, ValueError, LookupError) as error:  # a value of another type
                raise self._damaged(type(error).__name__) from error

    def mend(self, kinds: Collection[str]) -> None:
        """Mend those kinds of problem that concern the tables alone."""
        with self._connect() as db:
            consistency.mend(db, kinds)

    @contextlib.contextmanager
    def _connect(self, *, read_only: bool = False) -> Iterator[sqlite3.Connection]:
        """Open a connection for one transaction, and close it.

        A generator that holds one may go on in another thread, never in two at once.

        Args:
            read_only: nothing will be written, so that a full disk is no hindrance.

        Raises:
            IndexNotFoundError: there is no file.
            IndexDamagedError: it is damaged.
            QAError: it cannot be read or written.
        """
        if not self.exists():
            raise self.absent()
        try:
            with contextlib.closing(self._opened(read_only=read_only)) as db, db:
                yield db
        except sqlite3.Error as error:
            raise self._explained(error) from error
        except UnicodeDecodeError as error:  # SQLite's own message quotes what is damaged
            raise self._damaged("a name is unreadable") from error

    def _opened(self, *, read_only: bool) -> sqlite3.Connection:
        try:
            return _opened(self._uri())
        except sqlite3.Error as error:
            log = self._path.with_name(f"{self._path.name}-wal")
            if (
                read_only
                and _code(error) in _NOT_OPENED
                and not (log.exists() and log.stat().st_size)
            ):
                return _opened(f"{self._path.absolute().as_uri()}?immutable=1")
            raise

    def _uri(self) -> str:
        """Return how SQLite is to open the file: read-only if nothing can be written to its folder.

        Otherwise SQLite would create files beside it for its locks. If they are there already,
        somebody else is writing.
        """
        uri, folder = self._path.absolute().as_uri(), self._path.parent
        if not folder.is_dir() or os.access(folder, os.W_OK):
            return uri
        written = self._path.with_name(f"{self._path.name}-wal").exists()
        return f"{uri}?{'mode=ro' if written else 'immutable=1'}"

    def absent(self) -> QAError:
        """Return the error that says that there is no index, or nothing in its file."""
        if self.exists():
            return self._damaged(f"{self._path.name} holds nothing")
        return IndexNotFoundError(
            f"there is no index in {self._shown}: run: qa index PATH, e.g. qa index corpus/"
        )

    def _explained(self, error: sqlite3.Error) -> QAError:
        """Return SQLite's error as one of ours, without what it may quote of an article."""
        code = _code(error)
        if code in _BUSY:
            return IndexLockedError(
                f"the index in {self._shown} is being written to: run this again"
            )
        if code in _DAMAGED or isinstance(error, DamagedRow) or _NOT_TEXT in str(error):
            return self._damaged(getattr(error, "sqlite_errorname", "a value is unreadable"))
        if code in _NO_ROOM:
            return QAError(disk_full(self._shown, one_line(str(error))))
        return QAError(f"the index in {self._shown} cannot be used: {one_line(str(error))}")

    def _damaged(self, reason: str) -> IndexDamagedError:
        return IndexDamagedError(
            f"the index in {self._shown} is damaged ({one_line(reason)}): "
            "run: qa index --rebuild PATH"
        )


def _opened(uri: str) -> sqlite3.Connection:
    """Open a connection, and read from it: any obstacle shows now."""
    db = sqlite3.connect(uri, uri=True, timeout=30, check_same_thread=False)
    try:
        db.row_factory = sound_row
        db.execute("PRAGMA cell_size_check = ON")
        db.execute("PRAGMA schema_version").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
