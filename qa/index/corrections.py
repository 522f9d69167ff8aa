"""Links columns of corrections to the articles that they name: by title, or by day and subject."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.dates import days, iso
from qa.lexicon import MONTHS
from qa.text import Span, paragraph_spans, terms, words

_COLUMN = re.compile(
    r"\b(?:corrections?|clarifications?|corrigend(?:um|a)|errat(?:um|a))\b", re.IGNORECASE
)
_MONTH = rf"(?:{'|'.join(MONTHS)})"
_DAY = re.compile(rf"\b(?:\d{{1,2}}\s+{_MONTH}|{_MONTH}\s+\d{{1,2}})\b(?:,?\s+\d{{4}})?")
# Shorter titles are words that any text may hold.
_LEAST_WORDS = 3
# A paragraph that is hardly more than a title speaks of what comes next.
_ONLY_TITLE = 1.5
# An article of the day that is named is meant if it has this share of the paragraph's words, and
# clearly more than any other of that day.
_LEAST_SHARE, _LEAST_LEAD = 0.3, 0.05
_LEAST_TERMS = 4


@dataclass(frozen=True, slots=True)
class _Item:
    """An article, as it may be named: its title is in words between blanks."""

    article_id: str
    title: str
    day: int
    source: str


def link(db: sqlite3.Connection) -> None:
    """Find again which articles the columns of corrections name."""
    db.execute("DELETE FROM corrections")
    rows = db.execute("SELECT id, title, published, source FROM articles ORDER BY id").fetchall()
    columns = [row for row in rows if _COLUMN.search(row[1])]
    if not columns:
        return
    named = {row[0] for row in columns}
    items = [
        _Item(article_id, f" {' '.join(words(title))} ", (days(published) or (0, 0))[0], source)
        for article_id, title, published, source in rows
        if article_id not in named
    ]
    for column, _, published, source in columns:
        (text,) = db.execute("SELECT text FROM articles WHERE id = ?", (column,)).fetchone()
        day = (days(published) or (0, 0))[0]
        # A paper corrects itself: others only count where the outlet is unknown.
        own = [item for item in items if _is_same_outlet(source, item.source)]
        for corrected, (start, end) in _corrected(db, text, day, own):
            db.execute(
                "INSERT OR IGNORE INTO corrections VALUES (?, ?, ?, ?)",
                (column, corrected, start, end),
            )


def _is_same_outlet(one: str, other: str) -> bool:
    """Return whether two names may be one outlet's: "The Courier" and "Courier online"."""
    names = set(words(one)) - {"the"}, set(words(other)) - {"the"}
    return names[0] <= names[1] or names[1] <= names[0]


def _corrected(
    db: sqlite3.Connection, text: str, day: int, items: Sequence[_Item]
) -> Iterator[tuple[str, Span]]:
    """Yield the id of each article that a column names, with the span that speaks of it."""
    spans = list(paragraph_spans(text))
    for number, (start, end) in enumerate(spans):
        said = text[start:end]
        tokens = words(said)
        line = f" {' '.join(tokens)} "
        titled = [
            item for item in items if item.title in line and len(item.title.split()) >= _LEAST_WORDS
        ]
        dated = set(_named_days(said, day))
        for title in {item.title for item in titled}:
            only = len(tokens) <= _ONLY_TITLE * len(title.split())
            last = spans[number + 1][1] if only and number + 1 < len(spans) else end
            yield (
                _meant([each for each in titled if each.title == title], dated, day),
                (start, last),
            )
        if not titled and (found := _of_day(db, said, [i for i in items if i.day in dated])):
            yield found, (start, end)


def _named_days(said: str, day: int) -> Iterator[int]:
    """Yield the days that a paragraph names, without a year the last ones before the column's."""
    for match in _DAY.finditer(said):
        year = day // 10_000
        for written in (match[0], f"{match[0]} {year}", f"{match[0]} {year - 1}"):
            known = days(iso(written)) if day or written == match[0] else None
            if known and (not day or known[0] < day):
                yield known[0]
                break


def _meant(items: Sequence[_Item], dated: set[int], day: int) -> str:
    """Return which of the articles of one title is meant: of a day that is named, or the last."""
    of_day = [item for item in items if item.day in dated]
    before = [item for item in items if not day or item.day <= day]
    return max(of_day or before or items, key=lambda item: (item.day, item.article_id)).article_id


def _of_day(db: sqlite3.Connection, said: str, items: Sequence[_Item]) -> str:
    """Return which of a day's articles a paragraph is about; empty if that is not clear."""
    wanted = set(terms(said))
    if len(wanted) < _LEAST_TERMS:
        return ""
    shares = []
    for item in items:
        row = db.execute("SELECT title, text FROM articles WHERE id = ?", (item.article_id,))
        held = set(terms("\n".join(row.fetchone())))
        shares.append((len(wanted & held) / len(wanted), item.article_id))
    best, *others = [*sorted(shares, reverse=True), (0.0, "")]
    lead = best[0] - (others[0][0] if others else 0.0)
    return best[1] if best[0] >= _LEAST_SHARE and lead >= _LEAST_LEAD else ""
