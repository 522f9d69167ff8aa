"""Everything that is read from the SQLite store: one connection, one transaction, one state."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from qa.errors import ArticleError
from qa.index import bm25, versions
from qa.index.filters import sql_condition
from qa.index.records import ArticleSummary, Correction
from qa.index.schema import ARTICLE, article_of
from qa.index.versions import Version
from qa.languages import code_of
from qa.sources.uris import to_uri
from qa.sources.web.pages import Page
from qa.text import Span
from qa.types import Article, Filter, Passage

# Offsets count characters in SQLite as in Python; substr starts at 1.
_PASSAGE = 'p.article_id, p.start, p."end", substr(a.text, p.start + 1, p."end" - p.start)'
_FROM = "passages p JOIN articles a ON a.id = p.article_id"
# SQLite takes at most 32,766 variables; small statements are as fast.
_VARIABLES = 500
# Articles of a story that are looked at for a passage: more are nothing that anybody reads.
_REPRINTS = 20


class DamagedRow(sqlite3.DatabaseError):
    """A row holds what was never written to it."""


def sound_row(_: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row as it is: a row factory for connections.

    Raises:
        DamagedRow: it holds NULL or bytes, as no table does.
    """
    if any(value is None or isinstance(value, bytes) for value in row):
        raise DamagedRow
    return row


class ReadTransaction:
    """One state of the articles. `Store.read` opens one.

    Args:
        db: a connection outside of any transaction.
        passage_counts: generation -> number of passages, kept by the store from one transaction to
            the next: counting the rows of a large index takes long.
    """

    def __init__(self, db: sqlite3.Connection, passage_counts: dict[str, int]) -> None:
        self._db = db
        self._passage_counts = passage_counts
        self.renew()

    def renew(self) -> None:
        """Move on to the newest state."""
        self._db.rollback()
        self._db.execute("BEGIN")
        self.manifest: Mapping[str, Any] = {}
        tables = self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'manifest'")
        if tables.fetchone():
            rows = self._db.execute("SELECT key, value FROM manifest")
            self.manifest = _manifest(rows.fetchall())

    @property
    def generation(self) -> str:
        """A token that changes with each finished write."""
        return str(self.manifest.get("generation", ""))

    def roots(self) -> list[str]:
        """Return the URIs that articles were read from; also of an index of an earlier schema."""
        return sorted(to_uri(root) for (root,) in self._db.execute("SELECT * FROM roots"))

    def pages(self) -> dict[str, Page]:
        """Return address -> what is remembered of a web page."""
        return {
            page.address: page for page in map(_page, self._db.execute("SELECT about FROM pages"))
        }

    def web_articles(self) -> list[tuple[Article, str]]:
        """Return the articles that came from the web, each with its origin."""
        sql = f"SELECT origin, {ARTICLE} FROM articles WHERE origin GLOB 'http*://*' ORDER BY id"
        return [(_article(row[1:]), row[0]) for row in self._db.execute(sql)]

    def articles(self, where: Filter | None = None) -> list[Article]:
        """Return all articles that pass the filter, sorted by id."""
        condition, values = sql_condition("id", where)
        sql = f"SELECT {ARTICLE} FROM articles WHERE {condition} ORDER BY id"
        return [_article(row) for row in self._db.execute(sql, values)]

    def articles_by_id(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Return id -> article, without the ids that are unknown."""
        rows = self._rows(f"SELECT {ARTICLE} FROM articles WHERE id IN ({{}})", article_ids)
        return {row[0]: _article(row) for row in rows}

    def article(self, article_id: str) -> Article:
        """Return one article.

        Raises:
            ArticleError: the index holds no article of this id.
        """
        found = self.articles_by_id([article_id])
        if not found:
            raise ArticleError(article_id, "the index holds no such article; see: qa articles list")
        return found[article_id]

    def summaries(self, where: Filter | None = None) -> list[ArticleSummary]:
        """Return a summary of each article that passes the filter, sorted by id."""
        condition, values = sql_condition("id", where)
        sql = (
            "SELECT id, title, source, published, author, origin, place, language FROM articles"
            f" WHERE {condition} ORDER BY id"
        )
        return [ArticleSummary(*row) for row in self._db.execute(sql, values)]

    def versions(self, article_id: str) -> list[Version]:
        """Return an article as it is, and its earlier versions, newest first.

        Raises:
            ArticleError: the index holds no article of this id.
        """
        article = self.article(article_id)
        sql = "SELECT read FROM articles WHERE id = ?"
        (read,) = self._db.execute(sql, (article_id,)).fetchone()
        try:
            return [Version(article, read), *versions.of(self._db, article_id)]
        except (TypeError, ValueError, LookupError):
            raise DamagedRow from None

    def version_rows(self) -> list[tuple[str, str, str]]:
        """Return the rows of all earlier versions, for an index that is rebuilt."""
        return self._db.execute("SELECT article_id, read, article FROM versions").fetchall()

    def stories(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return article id -> the name of the story that other articles print, too."""
        sql = "SELECT article_id, story FROM stories WHERE story <> '' AND article_id IN ({})"
        return dict(self._rows(sql, article_ids))

    def reprints(self, article_ids: Iterable[str]) -> list[str]:
        """Return the ids of the articles that print the stories of some articles."""
        names = set(self.stories(article_ids).values())
        rows = self._rows("SELECT article_id FROM stories WHERE story IN ({})", names)
        return sorted(article_id for (article_id,) in rows)

    def printing(self, stories: Iterable[str], where: Filter | None) -> dict[str, str]:
        """Return article id -> story, of articles that print one and pass the filter.

        Of each story these are the first 20 at most.
        """
        condition, values = sql_condition("article_id", where)
        sql = f"SELECT article_id FROM stories WHERE story = ? AND {condition} LIMIT {_REPRINTS}"
        return {
            article_id: story
            for story in stories
            for (article_id,) in self._db.execute(sql, (story, *values)).fetchall()
        }

    def passages_of(self, article_ids: Iterable[str]) -> list[Passage]:
        """Return the passages of some articles."""
        sql = f"SELECT {_PASSAGE} FROM {_FROM} WHERE p.article_id IN ({{}}) ORDER BY p.number"
        return [_passage(row) for row in self._rows(sql, article_ids)]

    def corrections(self, article_ids: Iterable[str]) -> list[Correction]:
        """Return what columns of corrections say of some articles."""
        sql = 'SELECT corrected, article_id, start, "end" FROM corrections WHERE corrected IN ({})'
        return [Correction(*row) for row in self._rows(sql, article_ids)]

    def correcting(self, article_ids: Iterable[str]) -> set[str]:
        """Return which of some articles correct others."""
        sql = "SELECT DISTINCT article_id FROM corrections WHERE article_id IN ({})"
        return {article_id for (article_id,) in self._rows(sql, article_ids)}

    def corrected_by(self, article_id: str) -> list[tuple[Article, Span]]:
        """Return the articles that correct this one, and where each says so."""
        found = self.corrections([article_id])
        held = self.articles_by_id({each.article_id for each in found})
        return [(held[c.article_id], (c.start, c.end)) for c in found if c.article_id in held]

    def titles(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return id -> title, without the ids that are unknown."""
        return dict(self._rows("SELECT id, title FROM articles WHERE id IN ({})", article_ids))

    def languages(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return id -> code of the language, without the ids that are unknown."""
        rows = self._rows("SELECT id, language FROM articles WHERE id IN ({})", article_ids)
        return {article_id: code_of(language) for article_id, language in rows}

    def known(self) -> dict[str, tuple[str, str]]:
        """Return article id -> (URI of its origin, fingerprint) of all articles."""
        rows = self._db.execute("SELECT id, origin, fingerprint FROM articles")
        return {article_id: (origin, fingerprint) for article_id, origin, fingerprint in rows}

    def count_articles(self, where: Filter) -> int:
        """Return the number of articles that pass the filter."""
        condition, values = sql_condition("id", where)
        sql = f"SELECT count(*) FROM articles WHERE {condition}"
        return int(self._db.execute(sql, values).fetchone()[0])

    def facet_values(self, facet: str) -> list[str]:
        """Return all values of a facet ("source" or "author"), sorted."""
        sql = "SELECT DISTINCT value FROM facets WHERE name = ? ORDER BY value"
        return [value for (value,) in self._db.execute(sql, (facet,))]

    def newest_day(self) -> int:
        """Return the day of the newest article as a number like 20240131; 0 if none is dated."""
        sql = "SELECT coalesce(max(value), 0) FROM facets WHERE name = 'day'"
        return int(self._db.execute(sql).fetchone()[0])

    def vocabulary(self) -> dict[str, int]:
        """Return term -> number of passages that hold it, of all terms."""
        return dict(self._db.execute("SELECT term, doc FROM vocabulary"))

    def keys(self, where: Filter | None = None) -> list[str]:
        """Return the keys of the passages of all articles that pass the filter."""
        condition, values = sql_condition("article_id", where)
        sql = f"SELECT key FROM passages WHERE {condition} ORDER BY number"
        return [key for (key,) in self._db.execute(sql, values)]

    def keys_of(self, article_ids: Iterable[str]) -> list[str]:
        """Return the keys of the passages of some articles."""
        rows = self._rows("SELECT key FROM passages WHERE article_id IN ({})", article_ids)
        return [key for (key,) in rows]

    def passages(self, keys: Iterable[str]) -> dict[str, Passage]:
        """Return key -> passage, without the keys that are unknown."""
        rows = self._rows(f"SELECT p.key, {_PASSAGE} FROM {_FROM} WHERE p.key IN ({{}})", keys)
        return {row[0]: _passage(row[1:]) for row in rows}

    def match(
        self, terms: Sequence[str], limit: int, where: Filter | None = None
    ) -> list[tuple[Passage, float]]:
        """Return the passages that hold any of the terms, with their BM25 scores, best first.

        If very many match, some that hold only the most frequent terms are left out.
        """
        sql = f"SELECT {_PASSAGE} FROM {_FROM} WHERE p.number = ?"
        return [
            (_passage(row), score)
            for number, score in list(bm25.search(self._db, terms, limit, where))
            for row in self._db.execute(sql, (number,))
        ]

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return term -> number of passages that hold it, without the terms that none holds."""
        return bm25.document_frequencies(self._db, terms)

    def passage_count(self) -> int:
        """Return the number of passages."""
        if self.generation not in self._passage_counts:
            count = int(self._db.execute("SELECT count(*) FROM passages").fetchone()[0])
            self._passage_counts.clear()
            self._passage_counts[self.generation] = count
            return count
        return self._passage_counts[self.generation]

    def counts(self) -> dict[str, int]:
        """Return the numbers of articles, passages, and rows of the full-text table (words)."""
        return {
            table: self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("articles", "passages", "words")
        }

    def unfinished(self) -> list[str]:
        """Return the keys in the journal without a passage: left by an interrupted write."""
        sql = "SELECT key FROM journal WHERE key NOT IN (SELECT key FROM passages)"
        return [key for (key,) in self._db.execute(sql)]

    def _rows(self, sql: str, values: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """Run `sql`, whose `{}` is a list of values, for any number of values."""
        values = list(values)
        for i in range(0, len(values), _VARIABLES):
            part = values[i : i + _VARIABLES]
            # All at once: a cursor that is left open cannot be closed after its connection.
            yield from self._db.execute(sql.format(",".join("?" * len(part))), part).fetchall()


def _manifest(rows: Sequence[tuple[str, str]]) -> dict[str, Any]:
    try:
        manifest = {key: json.loads(value) for key, value in rows}
    except (TypeError, ValueError):
        raise DamagedRow from None
    if not (
        isinstance(manifest.get("schema"), int) and isinstance(manifest.get("generation"), str)
    ):
        raise DamagedRow
    return manifest


def _article(row: Sequence[Any]) -> Article:
    if not all(isinstance(value, str) for value in row):
        raise DamagedRow
    try:
        return article_of(row)
    except (TypeError, ValueError):
        raise DamagedRow from None


def _page(row: Sequence[Any]) -> Page:
    try:
        return Page.from_json(json.loads(row[0]))
    except (TypeError, ValueError, LookupError, AttributeError):
        raise DamagedRow from None


def _passage(row: Sequence[Any]) -> Passage:
    article_id, start, end, text = row
    try:
        return Passage(f"{article_id}:{start}-{end}", article_id, start, end, text)
    except (TypeError, ValueError):  # it is not within the article
        raise DamagedRow from None
