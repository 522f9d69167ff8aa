"""BM25 over SQLite's full-text table.

Scoring a match costs ten times as much as finding it. If a query's terms match very many passages,
only those that hold one of its rarer terms are scored: a passage with nothing but the frequent ones
is seldom among the best.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from qa.index.filters import sql_condition
from qa.types import Filter

# The most passages to score, at some 0.8 ms per 1,000, unless the rarest term alone has more. When
# 5 % (2,500) of 50,000 passages were scored, 98.5 % of the 10 best were the same as when all were,
# and the slowest searches took half as long.
_MAX_SCORED = 30_000
# FTS5 refuses a query that nests too deeply; no question needs as many terms.
_MAX_TERMS = 64


def search(
    db: sqlite3.Connection, terms: Sequence[str], limit: int, where: Filter | None
) -> Iterable[tuple[int, float]]:
    """Return (passage number, BM25 score), best first.

    Document frequencies are those of all articles, so that a filter does not change a score.

    Source: SQLite FTS5's bm25(), with k1 = 1.2 and b = 0.75; its sign is turned so that more is
    better.
    """
    counts = document_frequencies(db, list(dict.fromkeys(terms))[:_MAX_TERMS])
    if not counts:
        return []
    # The plus sign keeps FTS5 from looking up the terms again for each rowid; it tests the matches
    # instead.
    if where:  # few passages enough
        condition, values = sql_condition("article_id", where)
        test = f"AND +rowid IN (SELECT number FROM passages WHERE {condition})"  # noqa: S608 - of this package's texts
    elif len(rare := _rarest(counts)) < len(counts):
        test, values = (
            "AND +rowid IN (SELECT rowid FROM words WHERE words MATCH ?)",
            [_match_any(rare)],
        )
    else:
        test, values = "", []
    sql = (
        "SELECT rowid, -score FROM (SELECT rowid, bm25(words) AS score FROM words"  # noqa: S608 - of this file's texts
        f" WHERE words MATCH ? {test} ORDER BY score, rowid LIMIT ?)"
    )
    return db.execute(sql, (_match_any(counts), *values, limit))


def document_frequencies(db: sqlite3.Connection, terms: Sequence[str]) -> dict[str, int]:
    """Return term -> number of passages that hold it, without the terms that none holds."""
    found: dict[str, int] = {}
    for term in dict.fromkeys(terms):
        found.update(db.execute("SELECT term, doc FROM vocabulary WHERE term = ?", (term,)))
    return found


def _rarest(counts: dict[str, int]) -> list[str]:
    """Return the rarest terms: at least one, and as many as together match few enough passages."""
    rare, matched = list[str](), 0
    for term in sorted(counts, key=lambda term: counts[term]):
        matched += counts[term]
        if rare and matched > _MAX_SCORED:
            break
        rare.append(term)
    return rare


def _match_any(terms: Iterable[str]) -> str:
    return " OR ".join(f'"{term}"' for term in terms)
