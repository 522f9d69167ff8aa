"""The SQLite half of the index: articles, passages, full text, manifest, and a journal for interrupted writes."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from qa.errors import ArticleError, IndexLockedError, IndexNotFoundError, QAError
from qa.index import matching, schema
from qa.index.selection import among
from qa.types import Article, Filter, Passage

_ARTICLE = "a.id, a.title, a.text, a.source, a.published, a.url, a.author"
# Offsets count characters in SQLite as in Python; substr starts at 1.
_PASSAGE = 'p.article_id, p.start, p."end", substr(a.text, p.start + 1, p."end" - p.start)'
_FROM = "passages p JOIN articles a ON a.id = p.article_id"
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# SQLite takes at most 32,766 variables; small statements are as fast.
_VARIABLES = 500


class Store:
    """One SQLite file. Every method opens its own connection, so that threads share nothing."""

    def __init__(self, path: Path, *, shown: Path | None = None) -> None:
        self._path = path
        self._shown = shown or path.parent  # the folder, as its user wrote it
        self._counted = "", 0

    def create(self, manifest: Mapping[str, Any]) -> None:
        """Create the tables, with `manifest`."""
        with self.connect(create=True) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript("BEGIN;" + schema.TABLES)
            db.executemany("INSERT INTO manifest VALUES (?, ?)", [(k, json.dumps(v)) for k, v in manifest.items()])

    def manifest(self) -> dict[str, Any]:
        """Return what the index was built with; empty when the file holds no tables yet."""
        with self.connect() as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'manifest'").fetchone():
                return {}
            return {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM manifest")}

    def migrate(self) -> None:
        """Bring the tables of an earlier version to today's, all or nothing."""
        with self.connect() as db:
            db.execute("BEGIN IMMEDIATE")
            schema.migrate(db)

    def generation(self) -> str:
        """Return a token that changes with each finished write."""
        with self.connect() as db:
            row = db.execute("SELECT value FROM manifest WHERE key = 'generation'").fetchone()
        return str(json.loads(row[0])) if row else ""

    def roots(self) -> list[Path]:
        """Return the files and folders that articles were read from."""
        with self.connect() as db:
            return [Path(path) for (path,) in db.execute("SELECT path FROM roots ORDER BY path")]

    def set_roots(self, roots: Iterable[Path]) -> None:
        """Replace the files and folders that articles are read from."""
        with self.connect() as db:
            db.execute("DELETE FROM roots")
            db.executemany("INSERT INTO roots VALUES (?)", {(str(root),) for root in roots})

    def articles(self, where: Filter | None = None) -> list[Article]:
        """Return all articles, or those that are chosen, sorted by id."""
        condition, values = among("a.id", where)
        with self.connect() as db:
            rows = db.execute(f"SELECT {_ARTICLE} FROM articles a WHERE {condition} ORDER BY a.id", values)
            return [Article(*row) for row in rows]

    def article(self, article_id: str) -> Article:
        """Return one article.

        Raises:
            ArticleError: the index holds no article of this id.
        """
        with self.connect() as db:
            row = db.execute(f"SELECT {_ARTICLE} FROM articles a WHERE a.id = ?", (article_id,)).fetchone()
        if row is None:
            raise ArticleError(article_id, "the index holds no such article; see: qa articles list")
        return Article(*row)

    def some(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Return id -> article for those ids that the index holds."""
        with self.connect() as db:
            rows = _in(db, f"SELECT {_ARTICLE} FROM articles a WHERE a.id IN ({{}})", list(article_ids))
            return {row[0]: Article(*row) for row in rows}

    def known(self) -> dict[str, tuple[str, str]]:
        """Return article id -> (origin, fingerprint) of all articles."""
        with self.connect() as db:
            return {row[0]: (row[1], row[2]) for row in db.execute("SELECT id, origin, fingerprint FROM articles")}

    def keys(self, article_ids: Iterable[str]) -> list[str]:
        """Return the keys of the passages of some articles."""
        with self.connect() as db:
            rows = _in(db, "SELECT key FROM passages WHERE article_id IN ({})", list(article_ids))
            return [key for (key,) in rows]

    def all_keys(self) -> list[str]:
        """Return the keys of all passages."""
        with self.connect() as db:
            return [key for (key,) in db.execute("SELECT key FROM passages ORDER BY number")]

    def passages(self, keys: Sequence[str]) -> dict[str, Passage]:
        """Return key -> passage for those keys that the index knows."""
        with self.connect() as db:
            rows = _in(db, f"SELECT p.key, {_PASSAGE} FROM {_FROM} WHERE p.key IN ({{}})", keys)
            return {row[0]: _passage(row[1:]) for row in rows}

    def match(self, query_terms: Sequence[str], limit: int, where: Filter | None = None) -> list[tuple[Passage, float]]:
        """Return the passages that hold any of the terms, with their BM25 scores, best first.

        Where they match very many, some that hold only the most frequent of them are passed over.
        """
        sql = f"SELECT {_PASSAGE} FROM {_FROM} WHERE p.number = ?"
        with self.connect() as db:
            db.execute("BEGIN")  # all that follows sees one state
            scored = list(matching.best(db, query_terms, limit, where))
            return [(_passage(row), score) for number, score in scored for row in db.execute(sql, (number,))]

    def frequencies(self, query_terms: Sequence[str]) -> dict[str, int]:
        """Return term -> number of passages that hold it."""
        with self.connect() as db:
            return matching.frequencies(db, query_terms)

    def size(self) -> int:
        """Return the number of passages; of a large index it is counted once for each write."""
        generation = self.generation()
        if self._counted[0] != generation:
            with self.connect() as db:
                self._counted = generation, int(db.execute("SELECT count(*) FROM passages").fetchone()[0])
        return self._counted[1]

    def counts(self) -> dict[str, int]:
        """Return the numbers of rows: articles, passages, and passages in the full-text table."""
        with self.connect() as db:
            return {t: db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("articles", "passages", "words")}

    def begin(self, keys: Iterable[str]) -> str:
        """Note the vectors that are about to come or go; return the token of the generation that is to come."""
        token = secrets.token_hex(8)
        with self.connect() as db:
            db.executemany("INSERT OR IGNORE INTO journal VALUES (?)", [(key,) for key in keys])
            db.execute("INSERT OR REPLACE INTO manifest VALUES ('next', ?)", (json.dumps(token),))
        return token

    def unfinished(self) -> list[str]:
        """Return the noted vectors that belong to no passage: left by a write that was interrupted."""
        with self.connect() as db:
            rows = db.execute("SELECT key FROM journal WHERE key NOT IN (SELECT key FROM passages)")
            return [key for (key,) in rows]

    def finish(self) -> None:
        """Forget the noted vectors, and what was to come."""
        with self.connect() as db:
            db.execute("DELETE FROM journal")
            db.execute("DELETE FROM manifest WHERE key = 'next'")

    def replace(
        self, gone: Iterable[str], new: Iterable[tuple[Article, str, str, Sequence[Passage]]], token: str = ""
    ) -> None:
        """Take some articles out and put others in, in one transaction.

        Args:
            gone: ids of the articles to take out.
            new: (article, origin, fingerprint, passages) of each article to put in.
            token: of the new generation; by default one of its own.
        """
        with self.connect() as db:
            for article_id in gone:
                schema.delete(db, article_id)
            for article, origin, fingerprint, passages in new:
                schema.delete(db, article.id)
                schema.insert(db, article, origin, fingerprint, passages)
            value = json.dumps(token or secrets.token_hex(8))
            db.execute("UPDATE manifest SET value = ? WHERE key = 'generation'", (value,))

    @contextlib.contextmanager
    def connect(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        """Open a connection for one transaction, and close it.

        Raises:
            IndexNotFoundError: there is no file, and `create` is false.
            QAError: the file is damaged, or it cannot be read or written.
        """
        if not (create or self._path.is_file()):
            raise self.absent()
        try:
            with contextlib.closing(sqlite3.connect(self._uri(), uri=True, timeout=30)) as db, db:
                yield db
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _uri(self) -> str:
        """Return how SQLite is to open the file: in a folder that nothing can be written to, as one that never changes.

        Else SQLite would make files beside it for its locks. Where they are there already, somebody else is writing.
        """
        uri, folder = self._path.absolute().as_uri(), self._path.parent
        if not folder.is_dir() or os.access(folder, os.W_OK):
            return uri
        written = self._path.with_name(f"{self._path.name}-wal").exists()
        return f"{uri}?{'mode=ro' if written else 'immutable=1'}"

    def absent(self) -> IndexNotFoundError:
        """Return the error that says that there is no index."""
        return IndexNotFoundError(f"there is no index in {self._shown}: run: qa index PATH, e.g. qa index corpus/")

    def _explained(self, error: sqlite3.Error) -> QAError:
        folder, code = self._shown, getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            return IndexLockedError(f"the index in {folder} is being written to: run this again")
        if code in _DAMAGED:
            return QAError(f"the index in {folder} is damaged ({error}): run: qa index --rebuild PATH")
        return QAError(f"the index in {folder} cannot be used: {error}")


def _passage(row: Sequence[Any]) -> Passage:
    article_id, start, end, text = row
    return Passage(f"{article_id}:{start}-{end}", article_id, start, end, text)


def _in(db: sqlite3.Connection, sql: str, values: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Run `sql`, whose `{}` is a list of values, for any number of values."""
    for i in range(0, len(values), _VARIABLES):
        part = values[i : i + _VARIABLES]
        yield from db.execute(sql.format(",".join("?" * len(part))), part)
