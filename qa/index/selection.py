"""Chooses articles by source, author, date or id, through the table `facets` of (name, value, article id)."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qa.dates import days
from qa.text import normalise
from qa.types import Article, Filter

if TYPE_CHECKING:
    from qa.index.store import Store

# What stands between several authors of one article.
_BETWEEN_AUTHORS = re.compile(r"\s*(?:[,;&/|]|\band\b)\s*")


def count(store: Store, where: Filter) -> int:
    """Return the number of articles that are chosen."""
    condition, values = among("id", where)
    with store.connect() as db:
        sql = f"SELECT count(*) FROM articles WHERE {condition}"  # noqa: S608 - of this file's constants
        return int(db.execute(sql, values).fetchone()[0])


def keys(store: Store, where: Filter) -> list[str]:
    """Return the keys of the passages of the articles that are chosen."""
    condition, values = among("article_id", where)
    with store.connect() as db:
        sql = f"SELECT key FROM passages WHERE {condition}"  # noqa: S608 - of this file's constants
        return [key for (key,) in db.execute(sql, values)]


def names(store: Store, facet: str) -> list[str]:
    """Return all sources ("source") or authors ("author") that articles can be chosen by, folded, sorted."""
    with store.connect() as db:
        rows = db.execute("SELECT DISTINCT value FROM facets WHERE name = ? ORDER BY value", (facet,))
        return [name for (name,) in rows]


def among(column: str, where: Filter | None) -> tuple[str, list[Any]]:
    """Return a condition that holds for the chosen articles, whose ids are in `column`, and its values.

    A day, a source or an author is found in an index of the database, not by looking at every article.
    """
    if not where:
        return "true", []
    parts: list[tuple[str, list[Any]]] = [
        ("SELECT article_id FROM facets WHERE name = ? AND value = ?", [name, folded(wanted)])
        for name, wanted in (("source", where.source), ("author", where.author))
        if wanted
    ]
    if where.since or where.until:
        between = "SELECT article_id FROM facets WHERE name = 'day' AND value BETWEEN ? AND ?"
        parts.append((between, [where.first_day, where.last_day]))
    if where.article_ids:
        parts.append(("SELECT value FROM json_each(?)", [json.dumps(where.article_ids)]))
    sql = " INTERSECT ".join(part for part, _ in parts)
    return f"{column} IN ({sql})", [value for _, values in parts for value in values]


def fill_facets(db: sqlite3.Connection) -> None:
    """Write down anew what all articles can be chosen by."""
    db.execute("DELETE FROM facets")
    for article_id, source, published, author in db.execute("SELECT id, source, published, author FROM articles"):
        add_facets(db, Article(article_id, "", "", source=source, published=published, author=author))


def add_facets(db: sqlite3.Connection, article: Article) -> None:
    """Write down what an article can be chosen by."""
    rows = [(name, value, article.id) for name, value in facets(article)]
    db.executemany("INSERT OR IGNORE INTO facets VALUES (?, ?, ?)", rows)


def facets(article: Article) -> Iterator[tuple[str, str | int]]:
    """Yield (name, value) for all that an article can be chosen by: source, authors, and the day as a number.

    Of a month or a year it is the first day. A date that is not understood gives none.
    """
    if article.source:
        yield "source", folded(article.source)
    authors = folded(article.author)
    for author in {authors, *_BETWEEN_AUTHORS.split(authors)} - {""}:
        yield "author", author
    if known := days(article.published):
        yield "day", known[0]


def folded(name: str) -> str:
    """Return a name as it is compared: capitals and white space do not count."""
    return " ".join(normalise(name).casefold().split())
