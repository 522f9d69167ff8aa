"""The Chroma half of the index: one vector for each passage, by cosine similarity."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import QAError, one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COLLECTION = "passages"


class Vectors:
    """A persistent Chroma collection in a folder of its own. Chroma is imported and opened on first use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: Any = None
        self._lock = threading.Lock()

    def add(self, keys: Sequence[str], vectors: NDArray[np.float32], article_ids: Sequence[str]) -> None:
        """Add vectors, shape (len(keys), dimension); those that are there already are replaced."""
        with self._collection() as collection:
            for i in range(0, len(keys), self._batch):
                part = slice(i, i + self._batch)
                metadatas = [{"article_id": article_id} for article_id in article_ids[part]]
                collection.upsert(ids=list(keys[part]), embeddings=vectors[part], metadatas=metadatas)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove the vectors of these keys; keys that are not there are passed over."""
        with self._collection() as collection:
            for i in range(0, len(keys), self._batch):
                collection.delete(ids=list(keys[i : i + self._batch]))

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Return (key, cosine similarity) of the nearest vectors, best first.

        Args:
            vector: shape (dimension,).
            limit: how many at the most.
        """
        limit = min(limit, self.count())
        if limit == 0:
            return []
        with self._collection() as collection:
            found = collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
        return [(key, 1.0 - d) for key, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def count(self) -> int:
        """Return the number of vectors."""
        with self._collection() as collection:
            return int(collection.count())

    def reopen(self) -> None:
        """See what another process wrote: Chroma keeps what it has loaded in memory."""
        self._open = None

    @property
    def _batch(self) -> int:
        return int(self._client.get_max_batch_size())

    @contextlib.contextmanager
    def _collection(self) -> Iterator[Any]:
        """Give the collection for one use.

        Raises:
            QAError: its files are damaged, or they cannot be read or written.
        """
        from chromadb.errors import ChromaError

        try:
            with self._lock:
                if self._open is None:
                    self._open = self._connect()
                collection = self._open
            yield collection
        except (ChromaError, OSError) as error:
            raise QAError(
                f"the vectors in {self._path} cannot be used ({one_line(str(error))}): where it is not for "
                "the disk's space or rights, run: qa index --rebuild"
            ) from error

    def _connect(self) -> Any:
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient

        # Chroma shares what it has loaded of a folder with every later client of this process, however old it is.
        SharedSystemClient._identifier_to_system.pop(str(self._path), None)  # noqa: SLF001 - the public way drops all
        settings = chromadb.config.Settings(anonymized_telemetry=False)
        self._client = chromadb.PersistentClient(str(self._path), settings=settings)
        return self._client.get_or_create_collection(
            _COLLECTION, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )
