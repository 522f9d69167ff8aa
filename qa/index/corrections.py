"""Links columns of corrections to the articles that they name by their titles."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator

from qa.dates import days, written
from qa.text import Span, paragraph_spans, words

_COLUMN = re.compile(
    r"\b(?:corrections?|clarifications?|corrigend(?:um|a)|errat(?:um|a))\b", re.IGNORECASE
)
# Shorter titles are words that any text may hold.
_LEAST_WORDS = 3
# A paragraph that is hardly more than a title speaks of what comes next.
_ONLY_TITLE = 1.5


def link(db: sqlite3.Connection) -> None:
    """Find again which articles the columns of corrections name."""
    articles = db.execute("SELECT id, title, published FROM articles ORDER BY id").fetchall()
    columns = {article_id for article_id, title, _ in articles if _COLUMN.search(title)}
    db.execute("DELETE FROM corrections")
    if not columns:
        return
    titles: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for article_id, title, published in articles:
        named = words(title)
        if article_id not in columns and len(named) >= _LEAST_WORDS:
            titles[f" {' '.join(named)} "].append((article_id, published))
    for column in sorted(columns):
        row = db.execute("SELECT text, published FROM articles WHERE id = ?", (column,))
        text, published = row.fetchone()
        for corrected, (start, end) in _named(text, published, titles):
            db.execute(
                "INSERT OR IGNORE INTO corrections VALUES (?, ?, ?, ?)",
                (column, corrected, start, end),
            )


def _named(
    text: str, published: str, titles: dict[str, list[tuple[str, str]]]
) -> Iterator[tuple[str, Span]]:
    """Yield the id of each article that a column names, with the span that speaks of it."""
    spans = list(paragraph_spans(text))
    for number, (start, end) in enumerate(spans):
        tokens = words(text[start:end])
        said = f" {' '.join(tokens)} "
        for title, articles in titles.items():
            if title in said:
                only = len(tokens) <= _ONLY_TITLE * len(title.split())
                last = spans[number + 1][1] if only and number + 1 < len(spans) else end
                yield _meant(articles, text[start:end], published), (start, last)


def _meant(articles: list[tuple[str, str]], said: str, published: str) -> str:
    """Return which of the articles of one title is meant: of the day that is named, or the last."""
    dated = [each for each in articles if each[1] and written(each[1]).rsplit(" ", 1)[0] in said]
    day = (days(published) or (0, 0))[0]
    before = [each for each in articles if not day or (days(each[1]) or (0, 0))[0] <= day]
    return max(dated or before or articles, key=lambda each: (days(each[1]) or (0, 0), each[0]))[0]
