"""The stores of an index; of a published one, those of its newest copy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from qa.errors import QAError
from qa.index.published import is_published, newest_copy
from qa.index.store import Store
from qa.index.synced_stores import SyncedStores
from qa.index.vector_server import ServerVectors
from qa.index.vectors import ChromaVectors
from qa.protocols import VectorStore
from qa.settings import Settings

ARTICLES, VECTORS = "articles.sqlite", "chroma"


class Copies:
    """Opens the stores, and those of a newer copy once it has been published.

    Args:
        settings: name the folder of the index, and where its vectors are.
        vectors: one per passage; by default Chroma, in the folder or on the server of the settings.
        verify: called with each newer copy's articles before it is used; raises if they are of
            other settings.
    """

    def __init__(
        self, settings: Settings, vectors: VectorStore | None, verify: Callable[[Store], None]
    ) -> None:
        self._settings = settings
        self._given = vectors
        self._verify = verify
        self._root = settings.index.absolute()  # the working directory may change
        self._lock = threading.Lock()
        self.published = is_published(self._root)
        self._folder = newest_copy(self._root) if self.published else self._root
        self._stores = self._opened(self._folder)

    def newest(self) -> SyncedStores:
        """Return the stores as they are now. Who holds older ones can go on reading them.

        Raises:
            IndexStaleError: a copy has been published that was made with other settings.
            QAError: what names the newest copy cannot be read.
        """
        if self.published and (folder := newest_copy(self._root)) != self._folder:
            with self._lock:
                if folder != self._folder:
                    stores = self._opened(folder)
                    self._verify(stores.store)
                    self._stores, self._folder = stores, folder
        return self._stores

    def demand_free(self) -> None:
        """Raise QAError if a new index would take the vectors of another from a server."""
        stores, server = self._stores, self._settings.vectors
        if server and not stores.store.exists() and stores.vectors.generation():
            raise QAError(
                f"{server} holds the vectors of another index already: name a collection for this "
                "one, as in QA_VECTORS=http://host:port/NAME, or delete that one on the server"
            )

    def _opened(self, folder: Path) -> SyncedStores:
        shown = self._settings.index
        return SyncedStores(
            Store(folder / ARTICLES, shown=shown),
            self._given or self._vectors(folder / VECTORS),
            shown=shown,
        )

    def _vectors(self, folder: Path) -> VectorStore:
        settings = self._settings
        if settings.vectors:
            token = settings.vectors_token.get_secret_value()
            return ServerVectors(settings.vectors, token, shown=settings.index)
        return ChromaVectors(folder, shown=settings.index)
