"""Finds reprints across the collection: articles that print one text, whole or cut, are one story.

MinHash signatures (datasketch) of the texts' shingles are cut into bands; articles that share a
band are compared (Broder, 1997; Leskovec, Rajaraman and Ullman, "Mining of massive datasets",
chapter 3). The bands are stored, so that a new article is compared with a few others only.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator

from qa.shingles import Signature, tells_otherwise

_BANDS, _ROWS = 21, 3
# Of two texts of which one is half of the other, 63 of 100 share a band; of unrelated ones, none.
_LEAST_SHINGLES = 20
_MOST_COMPARED = 12
_BATCH = 200


def fold(db: sqlite3.Connection) -> int:
    """Name the story of some articles that have not been looked at; return how many there were."""
    sql = (
        "SELECT id, text FROM articles WHERE id NOT IN (SELECT article_id FROM stories)"
        " ORDER BY id LIMIT ?"
    )
    rows = db.execute(sql, (_BATCH,)).fetchall()
    for article_id, text in rows:
        _place(db, article_id, text)
    return len(rows)


def _place(db: sqlite3.Connection, article_id: str, text: str) -> None:
    signature = Signature.of(text)
    story = ""
    if len(signature.shingles) >= _LEAST_SHINGLES:
        bands = list(_bands(signature))
        for other, name, printed in _candidates(db, bands):
            same = signature.shares_most(Signature.of(printed))
            if same and not tells_otherwise(text, printed):
                story = name or other
                db.execute("UPDATE stories SET story = ? WHERE article_id = ?", (story, other))
                break
        rows = [(band, article_id) for band in bands]
        db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", rows)
    db.execute("INSERT INTO stories VALUES (?, ?)", (article_id, story))


def _candidates(db: sqlite3.Connection, bands: list[int]) -> list[tuple[str, str, str]]:
    """Return the ids, stories and texts of the articles that share most bands."""
    marks = ", ".join("?" * len(bands))
    sql = (
        "SELECT b.article_id, s.story, a.text FROM bands b"  # noqa: S608 - question marks
        " JOIN stories s ON s.article_id = b.article_id JOIN articles a ON a.id = b.article_id"
        f" WHERE b.band IN ({marks}) GROUP BY b.article_id"
        " ORDER BY count(*) DESC, b.article_id LIMIT ?"
    )
    return db.execute(sql, (*bands, _MOST_COMPARED)).fetchall()


def _bands(signature: Signature) -> Iterator[int]:
    from datasketch.minhash import MinHash

    made = MinHash(num_perm=_BANDS * _ROWS, seed=1)
    made.update_batch([" ".join(shingle).encode() for shingle in signature.shingles])
    values = made.digest().astype("<u8")
    for number in range(_BANDS):
        rows = values[number * _ROWS : (number + 1) * _ROWS].tobytes()
        digest = hashlib.blake2b(bytes([number]) + rows, digest_size=8).digest()
        yield int.from_bytes(digest, "little", signed=True)
