"""The tables of the SQLite store: their rows, and how older versions become today's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from qa.index import versions
from qa.index.filters import facets
from qa.index.records import IndexedArticle
from qa.languages import identify
from qa.sources.uris import to_uri
from qa.text import terms
from qa.types import Article

SCHEMA = 7

_FACETS = """
CREATE TABLE facets (
    name TEXT, value, article_id TEXT, PRIMARY KEY (name, value, article_id)
) WITHOUT ROWID;
CREATE INDEX facets_by_article ON facets (article_id);
"""
_WORDS = """
CREATE VIRTUAL TABLE words USING fts5 (
    title, text,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '._'"
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row);
"""
_PAGES = """
CREATE TABLE pages (address TEXT PRIMARY KEY, about TEXT NOT NULL);
"""
_STORIES = """
CREATE TABLE versions (
    article_id TEXT NOT NULL, read TEXT NOT NULL, article TEXT NOT NULL,
    PRIMARY KEY (article_id, read)
) WITHOUT ROWID;
CREATE TABLE stories (article_id TEXT PRIMARY KEY, story TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX stories_by_name ON stories (story);
CREATE TABLE bands (
    band INTEGER NOT NULL, article_id TEXT NOT NULL, PRIMARY KEY (band, article_id)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON bands (article_id);
CREATE TABLE corrections (
    article_id TEXT NOT NULL, corrected TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (corrected, article_id, start)
) WITHOUT ROWID;
"""
TABLES = f"""
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE roots (uri TEXT PRIMARY KEY);
CREATE TABLE articles (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL,
    published TEXT NOT NULL, url TEXT NOT NULL, author TEXT NOT NULL, origin TEXT NOT NULL,
    fingerprint TEXT NOT NULL, language TEXT NOT NULL DEFAULT '', pages TEXT NOT NULL DEFAULT '[]',
    place TEXT NOT NULL DEFAULT '', read TEXT NOT NULL DEFAULT ''
);
CREATE INDEX articles_by_origin ON articles (origin);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
    article_id TEXT NOT NULL REFERENCES articles (id),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL
);
CREATE INDEX passages_by_article ON passages (article_id);
CREATE TABLE journal (key TEXT PRIMARY KEY);
{_WORDS}{_FACETS}{_PAGES}{_STORIES}"""


ARTICLE = "id, title, text, source, published, url, author, language, pages, place"
"""The columns of an article, as `article_of` takes them."""


def article_of(row: Sequence[Any]) -> Article:
    """Return the article of a row of the columns `ARTICLE`.

    Raises:
        TypeError, ValueError: its pages are damaged.
    """
    article_id, title, text, source, published, url, author, language, pages, place = row
    starts = tuple(map(int, json.loads(pages)))
    return Article(article_id, title, text, source, published, url, author, language, starts, place)


def delete(db: sqlite3.Connection, article_id: str) -> None:
    """Delete all rows of an article."""
    db.execute(
        "DELETE FROM words WHERE rowid IN (SELECT number FROM passages WHERE article_id = ?)",
        (article_id,),
    )
    db.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))
    for table in ("facets", "stories", "bands", "corrections"):
        db.execute(f"DELETE FROM {table} WHERE article_id = ?", (article_id,))  # noqa: S608 - named above
    db.execute("DELETE FROM articles WHERE id = ?", (article_id,))


def replace(db: sqlite3.Connection, new: IndexedArticle) -> None:
    """Insert all rows of an article; the text that it had becomes an earlier version."""
    read = versions.keep(db, new.article)
    delete(db, new.article.id)
    article = new.article
    *values, pages, place = astuple(article)
    db.execute(
        f"INSERT INTO articles ({ARTICLE}, origin, fingerprint, read)"  # noqa: S608 - a constant
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, json.dumps(pages), place, new.origin, new.fingerprint, read),
    )
    _add_facets(db, article)
    for key, passage in zip(new.keys, new.passages, strict=True):
        cursor = db.execute(
            'INSERT INTO passages (key, article_id, start, "end") VALUES (?, ?, ?, ?)',
            (key, article.id, passage.start, passage.end),
        )
        _add_words(db, cursor.lastrowid or 0, article.language, article.title, passage.text)


def move(db: sqlite3.Connection, old: str, new: str) -> None:
    """Give what came from below one URI the same place below another."""
    for table, column in (("articles", "origin"), ("roots", "uri")):
        db.execute(
            f"UPDATE {table} SET {column} = ? || substr({column}, ?) "  # noqa: S608 - constants
            f"WHERE substr({column}, 1, ?) = ?",
            (new, len(old) + 1, len(old), old),
        )


def rebuild_facets(db: sqlite3.Connection) -> None:
    """Rewrite the facets of all articles."""
    db.execute("DELETE FROM facets")
    for article in bare_articles(db):
        _add_facets(db, article)


def bare_articles(db: sqlite3.Connection) -> Iterator[Article]:
    """Yield each article with what its facets are made of."""
    names = ("id", "source", "published", "author", "place", "language")
    columns = {name for (name,) in db.execute("SELECT name FROM pragma_table_info('articles')")}
    held = [name if name in columns else "''" for name in names]  # a migration adds some later
    for row in db.execute(f"SELECT {', '.join(held)} FROM articles"):  # noqa: S608 - named above
        yield Article(title="", text="", **dict(zip(names, row, strict=True)))


def rebuild_words(db: sqlite3.Connection) -> None:
    """Recreate the full-text table from the articles."""
    for table in ("vocabulary", "words"):
        db.execute(f"DROP TABLE {table}")
    _run(db, _WORDS)
    sql = (
        'SELECT p.number, a.language, a.title, substr(a.text, p.start + 1, p."end" - p.start)'
        " FROM passages p JOIN articles a ON a.id = p.article_id"
    )
    for row in db.execute(sql):
        _add_words(db, *row)


def migrate(db: sqlite3.Connection, made: int) -> None:
    """Bring the tables of an earlier schema to today's, in the caller's transaction.

    Vectors stay as they are.

    Args:
        db: within a transaction.
        made: the tables' schema, a key of `MIGRATIONS`.
    """
    for version in range(made, SCHEMA):
        MIGRATIONS[version](db)
    db.execute("UPDATE manifest SET value = ? WHERE key = 'schema'", (json.dumps(SCHEMA),))


def _to_schema_2(db: sqlite3.Connection) -> None:
    """Add the facets."""
    _run(db, _FACETS)
    rebuild_facets(db)


def _to_schema_3(db: sqlite3.Connection) -> None:
    """Turn the paths of origins and roots into URIs."""
    db.execute("ALTER TABLE roots RENAME COLUMN path TO uri")
    for table, column in (("roots", "uri"), ("articles", "origin")):
        paths = [path for (path,) in db.execute(f"SELECT DISTINCT {column} FROM {table}")]  # noqa: S608 - named above
        db.executemany(
            f"UPDATE {table} SET {column} = ? WHERE {column} = ?",  # noqa: S608 - named above
            [(to_uri(path), path) for path in paths],
        )


def _to_schema_4(db: sqlite3.Connection) -> None:
    """Add the articles' languages and pages."""
    db.execute("ALTER TABLE articles ADD COLUMN language TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]'")


def _to_schema_5(db: sqlite3.Connection) -> None:
    """Add what is remembered of web pages."""
    _run(db, _PAGES)


def _to_schema_6(db: sqlite3.Connection) -> None:
    """Add the articles' places, their earlier versions, reprints and corrections."""
    db.execute("ALTER TABLE articles ADD COLUMN place TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE articles ADD COLUMN read TEXT NOT NULL DEFAULT ''")
    _run(db, _STORIES)


def _to_schema_7(db: sqlite3.Connection) -> None:
    """Identify the articles' languages, by which their words are then cut and stemmed.

    Their fingerprints stay those of the articles as they were read.
    """
    sql = "SELECT id, title, text FROM articles WHERE language = ''"
    told = ((identify(f"{title}\n{text}"), id_) for id_, title, text in db.execute(sql).fetchall())
    db.executemany("UPDATE articles SET language = ? WHERE id = ?", told)
    rebuild_facets(db)
    rebuild_words(db)


MIGRATIONS: Mapping[int, Callable[[sqlite3.Connection], None]] = {
    1: _to_schema_2,
    2: _to_schema_3,
    3: _to_schema_4,
    4: _to_schema_5,
    5: _to_schema_6,
    6: _to_schema_7,
}
"""Schema -> what brings its tables to the next one."""


def _add_facets(db: sqlite3.Connection, article: Article) -> None:
    rows = [(name, value, article.id) for name, value in facets(article)]
    db.executemany("INSERT OR IGNORE INTO facets VALUES (?, ?, ?)", rows)


def _add_words(db: sqlite3.Connection, number: int, language: str, title: str, text: str) -> None:
    """Insert the stems of a passage and its article's title."""
    row = (number, " ".join(terms(title, language)), " ".join(terms(text, language)))
    db.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", row)


def _run(db: sqlite3.Connection, script: str) -> None:
    """Run several statements; unlike `executescript`, within the caller's transaction."""
    for statement in filter(str.strip, script.split(";")):
        db.execute(statement)
