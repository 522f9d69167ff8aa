"""The tables of the SQLite half, how they came to be what they are, and what a row of each is made of."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import astuple

from qa.index.selection import add_facets, fill_facets
from qa.text import terms
from qa.types import Article, Passage

SCHEMA = 2

_FACETS = """
CREATE TABLE facets (name TEXT, value, article_id TEXT, PRIMARY KEY (name, value, article_id)) WITHOUT ROWID;
CREATE INDEX facets_by_article ON facets (article_id);
"""
_WORDS = """
CREATE VIRTUAL TABLE words USING fts5 (title, text, tokenize = "unicode61 remove_diacritics 0 tokenchars '._'");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row);
"""
TABLES = (
    """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE roots (path TEXT PRIMARY KEY);
CREATE TABLE articles (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL, published TEXT NOT NULL,
    url TEXT NOT NULL, author TEXT NOT NULL, origin TEXT NOT NULL, fingerprint TEXT NOT NULL
);
CREATE INDEX articles_by_origin ON articles (origin);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
    article_id TEXT NOT NULL REFERENCES articles (id), start INTEGER NOT NULL, "end" INTEGER NOT NULL
);
CREATE INDEX passages_by_article ON passages (article_id);
CREATE TABLE journal (key TEXT PRIMARY KEY);
"""
    + _WORDS
    + _FACETS
)


def delete(db: sqlite3.Connection, article_id: str) -> None:
    """Delete all rows of an article."""
    db.execute("DELETE FROM words WHERE rowid IN (SELECT number FROM passages WHERE article_id = ?)", (article_id,))
    db.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))
    db.execute("DELETE FROM facets WHERE article_id = ?", (article_id,))
    db.execute("DELETE FROM articles WHERE id = ?", (article_id,))


def insert(
    db: sqlite3.Connection, article: Article, origin: str, fingerprint: str, passages: Sequence[Passage]
) -> None:
    """Insert all rows of an article that has none."""
    values = (*astuple(article), origin, fingerprint)
    db.execute("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    add_facets(db, article)
    for passage in passages:
        cursor = db.execute(
            'INSERT INTO passages (key, article_id, start, "end") VALUES (?, ?, ?, ?)',
            (key_of(fingerprint, passage), article.id, passage.start, passage.end),
        )
        add_words(db, cursor.lastrowid or 0, article.title, passage.text)


def add_words(db: sqlite3.Connection, number: int, title: str, text: str) -> None:
    """Insert the stems of a passage and its article's title."""
    row = (number, " ".join(terms(title)), " ".join(terms(text)))
    db.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", row)


def migrate(db: sqlite3.Connection) -> None:
    """Bring the tables of schema 1 to today's, in the caller's transaction; vectors stay as they are.

    Schema 2 added the table of what articles can be chosen by.
    """
    for statement in filter(str.strip, _FACETS.split(";")):
        db.execute(statement)
    fill_facets(db)
    db.execute("UPDATE manifest SET value = ? WHERE key = 'schema'", (json.dumps(SCHEMA),))


def fill_words(db: sqlite3.Connection) -> None:
    """Make the full-text table anew from the articles."""
    for table in ("vocabulary", "words"):
        db.execute(f"DROP TABLE {table}")
    for statement in filter(str.strip, _WORDS.split(";")):
        db.execute(statement)
    sql = (
        'SELECT p.number, a.title, substr(a.text, p.start + 1, p."end" - p.start)'
        " FROM passages p JOIN articles a ON a.id = p.article_id"
    )
    for row in db.execute(sql):
        add_words(db, *row)


def fingerprint_of(article: Article) -> str:
    """Return a digest of everything that the index keeps of an article."""
    digest = hashlib.sha256()
    for part in astuple(article):
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()


def key_of(fingerprint: str, passage: Passage) -> str:
    """Return the key of a passage in both stores. It changes with the article, so an old vector fits no new text."""
    return key_at(fingerprint, passage.start, passage.end)


def key_at(fingerprint: str, start: int, end: int) -> str:
    """Return the key of the passage of this span."""
    return f"{fingerprint[:16]}:{start}-{end}"
