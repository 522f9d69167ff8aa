"""What there is in an index, without the texts: for lists, counts and filters."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from qa.index.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in a list. `origin` is the file that it was read from."""

    id: str
    title: str
    source: str
    published: str
    author: str
    origin: str


def entries(store: Store) -> list[Entry]:
    """Return an entry for each article, sorted by id."""
    sql = "SELECT id, title, source, published, author, origin FROM articles ORDER BY id"
    with store.connect() as db:
        return [Entry(*row) for row in db.execute(sql)]


def titles(store: Store, article_ids: Iterable[str]) -> dict[str, str]:
    """Return id -> title for those ids that the index holds."""
    sql = "SELECT id, title FROM articles WHERE id IN (SELECT value FROM json_each(?))"
    with store.connect() as db:
        return dict(db.execute(sql, (json.dumps(list(article_ids)),)))
