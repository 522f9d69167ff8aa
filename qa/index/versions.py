"""Earlier versions of articles: what a page or a file said before its text changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa.dates import iso
from qa.errors import ArticleError, SettingsError
from qa.types import Article

_DAY_CHARS = 10
_MOST = 50
"""Earlier versions kept of one article."""


@dataclass(frozen=True, slots=True)
class Version:
    """An article as it read from a time on.

    Attributes:
        article: as it was.
        read: when it was first read so, in UTC as ISO 8601 writes it; empty if that is unknown.
    """

    article: Article
    read: str


def keep(db: sqlite3.Connection, article: Article) -> str:
    """Keep what an article was if its title or text is about to change.

    Returns:
        When the article was first read as it is now.
    """
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    sql = (
        "SELECT id, title, text, source, published, url, author, language, pages, place, read"
        " FROM articles WHERE id = ?"
    )
    old = db.execute(sql, (article.id,)).fetchone()
    if old is None:
        return now
    *fields, pages, place, read = old
    if (old[1], old[2]) == (article.title, article.text):
        return str(read)
    names = (*(each.name for each in dataclasses.fields(Article) if each.name != "pages"), "pages")
    said = dict(zip(names, (*fields, place, json.loads(pages)), strict=True))
    db.execute(
        "INSERT OR REPLACE INTO versions VALUES (?, ?, ?)",
        (article.id, read, json.dumps(said, ensure_ascii=False)),
    )
    db.execute(
        "DELETE FROM versions WHERE article_id = ? AND read NOT IN"
        " (SELECT read FROM versions WHERE article_id = ? ORDER BY read DESC LIMIT ?)",
        (article.id, article.id, _MOST),
    )
    return now


def of(db: sqlite3.Connection, article_id: str) -> list[Version]:
    """Return the earlier versions of an article, newest first.

    Raises:
        TypeError, ValueError, LookupError: one is damaged.
    """
    sql = "SELECT article, read FROM versions WHERE article_id = ? ORDER BY read DESC"
    return [
        Version(_article(json.loads(said)), read) for said, read in db.execute(sql, (article_id,))
    ]


def as_read(versions: Sequence[Version], written: str) -> Article:
    """Return the version that was current on a day, or at a time; the newest if none is given.

    Args:
        versions: newest first; at least one.
        written: as ISO 8601 has it, in UTC.

    Raises:
        ArticleError: the article was first read later.
        SettingsError: it is no date.
    """
    if not written:
        return versions[0].article
    if not (day := iso(written)) or len(day) < _DAY_CHARS:
        raise SettingsError(f"as of {written!r}: write a day as 2025-03-03")
    for version in versions:
        if version.read[: len(day)] <= day:
            return version.article
    first = versions[-1]
    raise ArticleError(first.article.id, f"was first read on {first.read[:_DAY_CHARS]}")


def forget(db: sqlite3.Connection, article_id: str) -> None:
    """Delete the earlier versions of an article."""
    db.execute("DELETE FROM versions WHERE article_id = ?", (article_id,))


def _article(said: Mapping[str, Any]) -> Article:
    return Article(**{**said, "pages": tuple(map(int, said["pages"]))})
