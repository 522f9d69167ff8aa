"""Whether the tables of the SQLite store agree with each other, and how to mend them if not."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator

from qa.index import schema
from qa.index.filters import facets
from qa.index.records import is_fingerprint, passage_key


def damage(db: sqlite3.Connection) -> str:
    """Return what SQLite itself finds wrong with the file; empty if nothing."""
    said = _column(db, "PRAGMA quick_check(1)")
    return "" if said == ["ok"] else said[0].splitlines()[-1]


def inconsistencies(db: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the names of what is wrong, by kind of problem; see `qa.index.check.Problem`."""
    return {
        "article": list(_wrong_articles(db)),
        "orphan": _column(
            db, "SELECT key FROM passages WHERE article_id NOT IN (SELECT id FROM articles)"
        ),
        "words": list(_wrong_words(db)),
        "facets": _wrong_facets(db),
    }


def mend(db: sqlite3.Connection, kinds: Collection[str]) -> None:
    """Mend orphans, facets and words from the articles."""
    if "orphan" in kinds:
        db.execute("DELETE FROM passages WHERE article_id NOT IN (SELECT id FROM articles)")
    if "facets" in kinds:
        schema.rebuild_facets(db)
    if "words" in kinds or "orphan" in kinds:
        schema.rebuild_words(db)


def _wrong_articles(db: sqlite3.Connection) -> Iterator[str]:
    """Yield the ids of articles whose fingerprint or passages are not those of their text."""
    spans: dict[str, list[tuple[str, int, int]]] = {}
    for article_id, key, start, end in db.execute(
        'SELECT article_id, key, start, "end" FROM passages'
    ):
        spans.setdefault(article_id, []).append((key, start, end))
    sql = f"SELECT {schema.ARTICLE}, fingerprint FROM articles"  # noqa: S608 - a constant
    for *values, fingerprint in db.execute(sql):
        try:
            article = schema.article_of(values)
        except (TypeError, ValueError):
            yield values[0]
            continue
        passages = spans.get(article.id, [])
        whole = is_fingerprint(fingerprint, article) and passages
        if not whole or any(
            key != passage_key(fingerprint, start, end) or not 0 <= start < end <= len(article.text)
            for key, start, end in passages
        ):
            yield article.id


def _wrong_words(db: sqlite3.Connection) -> Iterator[str]:
    """Yield the keys of passages without words, and the numbers of words without a passage."""
    try:
        # A command of FTS5 in the form of an insert: it compares the terms with the rows, and
        # changes nothing. It fails on a medium that cannot be written to.
        with contextlib.suppress(sqlite3.OperationalError):
            db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        yield from _column(
            db, "SELECT key FROM passages WHERE number NOT IN (SELECT rowid FROM words)"
        )
        yield from _column(
            db, "SELECT rowid FROM words WHERE rowid NOT IN (SELECT number FROM passages)"
        )
    except sqlite3.DatabaseError as error:
        yield f"the full-text table ({error})"


def _wrong_facets(db: sqlite3.Connection) -> list[str]:
    """Return the ids of articles whose facets are not those of their metadata."""
    written = set(db.execute("SELECT name, value, article_id FROM facets"))
    articles = schema.bare_articles(db)
    expected = {(*facet, article.id) for article in articles for facet in facets(article)}
    return sorted({str(article_id) for *_, article_id in written ^ expected})


def _column(db: sqlite3.Connection, sql: str) -> list[str]:
    return [str(value) for (value,) in db.execute(sql)]
