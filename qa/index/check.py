"""Tells whether all parts of an index agree: articles, passages, words, filters, vectors, manifest."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.index.schema import fingerprint_of, key_at
from qa.index.selection import facets
from qa.types import Article

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.index import Index
    from qa.index.vectors import Vectors

_KINDS = {
    "journal": "vectors left by an interrupted write",
    "article": "articles that do not fit their fingerprint or their passages",
    "orphan": "passages of no article",
    "words": "passages whose words are missing, or words of no passage",
    "facets": "articles that filters would not find, or would find wrongly",
    "missing": "passages without a vector",
    "stray": "vectors of no passage",
    "vector": "vectors that cannot be read, are not of this encoder, or that no search finds",
    "stamp": "generation of the vectors that is not that of the articles",
}
_SHOWN = 3
_BATCH = 500
# Vectors that are looked for by themselves, spread over the index.
_SAMPLE = 50
# Cosine of a vector and itself, as far as 32 bits carry.
_SAME = 0.999


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one way: its kind, and the names of all that it concerns."""

    kind: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        """Return it in words, with the first few names."""
        more = ", ..." if len(self.names) > _SHOWN else ""
        return f"{len(self.names):,} {_KINDS[self.kind]}: {', '.join(self.names[:_SHOWN])}{more}"


def problems(index: Index) -> list[Problem]:
    """Return all that is wrong. Only for a caller that holds the write lock.

    Raises:
        QAError: the file of articles itself is damaged, so that nothing can be mended.
    """
    with index.store.connect() as db:
        _refuse_damage(index, db)
        found = {
            "journal": index.store.unfinished(),
            "article": list(_articles(db)),
            "orphan": _column(db, "SELECT key FROM passages WHERE article_id NOT IN (SELECT id FROM articles)"),
            "words": list(_words(db)),
            "facets": list(_facets(db)),
        }
        keys = _column(db, "SELECT key FROM passages ORDER BY number")
    found.update(_vectors(index, keys, set(found["journal"])))
    return [Problem(kind, tuple(names)) for kind, names in found.items() if names]


def _refuse_damage(index: Index, db: sqlite3.Connection) -> None:
    said = _column(db, "PRAGMA quick_check(1)")
    if said != ["ok"]:
        reason = said[0].splitlines()[-1]
        raise QAError(f"the index in {index.settings.index} is damaged ({reason}): run: qa index --rebuild PATH")


def _column(db: sqlite3.Connection, sql: str) -> list[str]:
    return [str(value) for (value,) in db.execute(sql)]


def _articles(db: sqlite3.Connection) -> Iterator[str]:
    """Yield the ids of the articles whose fingerprint or passages are not those of their text."""
    spans: dict[str, list[tuple[str, int, int]]] = {}
    for article_id, key, start, end in db.execute('SELECT article_id, key, start, "end" FROM passages'):
        spans.setdefault(article_id, []).append((key, start, end))
    sql = "SELECT id, title, text, source, published, url, author, fingerprint FROM articles"
    for *values, fingerprint in db.execute(sql):
        article = Article(*values)
        passages = spans.get(article.id, [])
        whole = fingerprint == fingerprint_of(article) and passages
        if not whole or any(
            key != key_at(fingerprint, start, end) or not 0 <= start < end <= len(article.text)
            for key, start, end in passages
        ):
            yield article.id


def _words(db: sqlite3.Connection) -> Iterator[str]:
    """Yield the keys of passages without words and the numbers of words without a passage."""
    try:
        # A command of FTS5 in the form of an insert: it compares the terms with the rows, and changes nothing.
        with contextlib.suppress(sqlite3.OperationalError):  # a medium that cannot be written to
            db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        yield from _column(db, "SELECT key FROM passages WHERE number NOT IN (SELECT rowid FROM words)")
        yield from _column(db, "SELECT rowid FROM words WHERE rowid NOT IN (SELECT number FROM passages)")
    except sqlite3.DatabaseError as error:
        yield f"the full-text table ({error})"


def _facets(db: sqlite3.Connection) -> list[str]:
    """Return the ids of the articles of which something else is written down than what they can be chosen by."""
    written = set(db.execute("SELECT name, value, article_id FROM facets"))
    sql = "SELECT id, '', '', source, published, url, author FROM articles"
    expected = {(*facet, row[0]) for row in db.execute(sql) for facet in facets(Article(*row))}
    return sorted({str(article_id) for *_, article_id in written ^ expected})


def _vectors(index: Index, keys: Sequence[str], journal: set[str]) -> dict[str, list[str]]:
    """Return what is wrong with the vectors, by kind; those that the journal names are known to be too many."""
    vectors = index.pair.vectors
    try:
        there = set(vectors.keys())
    except QAError:
        return {"vector": list(keys)}
    present = [key for key in keys if key in there]
    manifest, stamp = index.store.manifest(), vectors.stamp()
    return {
        "missing": [key for key in keys if key not in there],
        "stray": sorted(there.difference(keys, journal)),
        "vector": _unusable(index, present),
        "stamp": [stamp or "none"] if keys and stamp not in (manifest["generation"], manifest.get("next")) else [],
    }


def _unusable(index: Index, keys: Sequence[str]) -> list[str]:
    """Return the keys whose vectors have another dimension or length than the encoder's.

    All of them, where vectors cannot be read, or where a search misses most of a sample: then Chroma's files are
    broken. A few that it misses are no fault, the search is an approximate one.
    """
    if not keys:
        return []
    vectors, bad = index.pair.vectors, []
    dimension = len(index.encoder.encode(["dimension"])[0])
    sample = keys[:: max(1, len(keys) // _SAMPLE)]
    try:
        if 2 * sum(_is_missed(vectors, vector) for vector in vectors.some(sample).values()) > len(sample):
            return list(keys)
        for i in range(0, len(keys), _BATCH):
            read = vectors.some(keys[i : i + _BATCH])
            bad += [key for key in keys[i : i + _BATCH] if key not in read or not _is_unit(read[key], dimension)]
    except QAError:
        return list(keys)
    return bad


def _is_unit(vector: NDArray[np.float32], dimension: int) -> bool:
    return len(vector) == dimension and abs(float(vector @ vector) - 1) < 1 - _SAME


def _is_missed(vectors: Vectors, vector: NDArray[np.float32]) -> bool:
    nearest = vectors.nearest(vector, 1)
    return not nearest or nearest[0][1] < _SAME
