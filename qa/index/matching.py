"""Finds the passages that hold a query's words, through SQLite's full-text table, and scores them by BM25.

To score a match costs ten times what it costs to find one. Where a query's words match very many passages, those are
scored that hold one of its rarer words: a passage with the frequent ones alone is seldom among the best.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from qa.index.selection import among
from qa.types import Filter

# Scored at the most, in some 0.8 ms per 1,000, unless the rarest word alone has more. Of 50,000 passages scored in
# part as 5 % (2,500), the 10 best were 98.5 % those of all scored, and half of the slowest searches' time was saved.
_SCORED = 30_000
# FTS5 refuses a query that nests too deeply; no question needs as many words.
_TERMS = 64


def best(
    db: sqlite3.Connection, query_terms: Sequence[str], limit: int, where: Filter | None
) -> Iterable[tuple[int, float]]:
    """Return (number of a passage, BM25 score) of the best, best first.

    How rare a term is counts over all articles, so that a passage has the same score whatever is chosen.

    Source: SQLite FTS5's bm25(), with k1 = 1.2 and b = 0.75; its sign is turned so that more is better.
    """
    counts = frequencies(db, list(dict.fromkeys(query_terms))[:_TERMS])
    if not counts:
        return []
    # The plus sign keeps FTS5 from looking up the terms anew for each number; it tests the matches instead.
    if where:  # chosen passages are few enough
        condition, values = among("article_id", where)
        test = f"AND +rowid IN (SELECT number FROM passages WHERE {condition})"  # noqa: S608 - of this package's texts
    elif len(rare := _rare(counts)) < len(counts):
        test, values = "AND +rowid IN (SELECT rowid FROM words WHERE words MATCH ?)", [_any_of(rare)]
    else:
        test, values = "", []
    sql = (
        "SELECT rowid, -score FROM (SELECT rowid, bm25(words) AS score FROM words"  # noqa: S608 - of this file's texts
        f" WHERE words MATCH ? {test} ORDER BY score, rowid LIMIT ?)"
    )
    return db.execute(sql, (_any_of(counts), *values, limit))


def frequencies(db: sqlite3.Connection, query_terms: Sequence[str]) -> dict[str, int]:
    """Return term -> number of passages that hold it, for those that any holds."""
    found: dict[str, int] = {}
    for term in dict.fromkeys(query_terms):
        found.update(db.execute("SELECT term, doc FROM vocabulary WHERE term = ?", (term,)))
    return found


def _rare(counts: dict[str, int]) -> list[str]:
    """Return the rarest terms, as many as match few enough passages together; at least one."""
    rare, matched = list[str](), 0
    for term in sorted(counts, key=lambda term: counts[term]):
        matched += counts[term]
        if rare and matched > _SCORED:
            break
        rare.append(term)
    return rare


def _any_of(terms: Iterable[str]) -> str:
    return " OR ".join(f'"{term}"' for term in terms)
