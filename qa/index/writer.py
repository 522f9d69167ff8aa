"""Writing to an index: whoever has a `Writer` holds the write lock."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.extract import ReadOptions
from qa.index.check import Problem, check
from qa.index.passages import Splitter
from qa.index.records import IndexedArticle, fingerprint_of
from qa.index.repair import repair
from qa.index.synced_stores import SyncedStores
from qa.index.update import BATCH_SIZE, Embedded, Progress, Report, Update
from qa.protocols import Encoder
from qa.sources import display, is_address, to_path, to_uri
from qa.types import Article

if TYPE_CHECKING:
    from qa.sources.web.client import Client


class Writer:
    """What can be done to an index while its write lock is held; `Index.writer` gives one.

    Args:
        stores: of the index.
        encoder: embeds passages.
        split: an article -> its passages.
        options: how articles are read.
        client: asks web sites.
    """

    def __init__(
        self,
        stores: SyncedStores,
        encoder: Encoder,
        split: Splitter,
        *,
        options: ReadOptions,
        client: Client | None = None,
    ) -> None:
        self._stores = stores
        self._encoder = encoder
        self._split = split
        self._options = options
        self._client = client

    def update(
        self,
        places: Sequence[str | Path] = (),
        *,
        progress: Progress | None = None,
        embedded: Embedded | None = None,
        batch_size: int = BATCH_SIZE,
        only_due: bool = False,
    ) -> Report:
        """Add, change and remove articles as their sources have; see `Index.update`."""
        self._stores.recover()
        update = Update(
            self._stores,
            self._split,
            self._encoder,
            options=self._options,
            batch_size=batch_size,
            embedded=embedded,
            client=self._client,
            only_due=only_due,
        )
        return update.run(places, progress)

    def remove(self, *article_ids: str) -> None:
        """Remove articles: all of them, or none if one is unknown.

        A web page that was named by itself is not fetched again.

        Raises:
            ArticleError: the index holds no article of such an id.
        """
        self._stores.recover()
        with self._stores.store.read() as read:
            for article_id in article_ids:
                read.article(article_id)
            known, roots = read.known(), read.roots()
        self._stores.write(article_ids, (), self._encoder)
        gone = {known[article_id][0] for article_id in article_ids}
        if gone := set(filter(is_address, gone)) & set(roots):
            self._stores.store.set_roots(set(roots) - gone)

    def forget(self, places: Iterable[str | Path]) -> None:
        """Read some places no more; their articles stay.

        Raises:
            QAError: the index is not made from one of them; then all are kept.
        """
        with self._stores.store.read() as read:
            roots = read.roots()
        named = set(map(_root, places))
        for place in sorted(named.difference(roots)):
            raise QAError(
                f"the index is not made from {display(place)}, but from: "
                f"{', '.join(map(display, roots)) or 'nothing'}"
            )
        self._stores.store.set_roots(set(roots) - named)

    def restore(self, *articles: tuple[Article, str]) -> None:
        """Insert articles as they are, without reading them from their origins, which are URIs."""
        self._stores.recover()
        indexed = [
            IndexedArticle(article, origin, fingerprint_of(article), self._split(article))
            for article, origin in articles
        ]
        self._stores.write((), indexed, self._encoder)

    def check(self) -> list[Problem]:
        """Return everything that is wrong with the index; see `Index.check`."""
        self._stores.vectors.reopen()  # another process may have written since
        return check(self._stores.store, self._stores.vectors, self._encoder)

    def repair(self, *, progress: Progress | None = None) -> tuple[list[Problem], list[Problem]]:
        """Mend what is wrong; return what was found, and what of it is left."""
        if not (found := self.check()):
            return [], []
        repair(self._stores, found, self._encoder, self._split, progress)
        return found, self.check()


def _root(place: str | Path) -> str:
    """Return a place as the index remembers it."""
    from qa.sources.web.addresses import parse

    return str(parse(str(place))) if is_address(place) else to_uri(os.path.realpath(to_path(place)))
