"""A Chroma collection as a vector store, wherever Chroma runs: one vector for each passage."""

from __future__ import annotations

import abc
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from qa.errors import IndexDamagedError, QAError

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from numpy.typing import NDArray

GRAPH: CreateHNSWConfiguration = {
    "space": "cosine",
    "max_neighbors": 32,
    "ef_construction": 200,
    "ef_search": 400,
}
"""Parameters of Chroma's HNSW graph: recall is better than with its defaults.

Measured in benchmarks/README.md.
"""

# With a filter, Chroma's graph search ends too early unless it is asked for more than is wanted: of
# the 60 nearest among a quarter of 12,000 vectors it found 57 when asked for 60, and 59.8 when
# asked for 400, in 20 ms.
_FILTERED_DEPTH = 400
# Up to this many vectors are compared one by one, at some 60 ms per 1,000: the graph may not lead
# to all of them, as when many vectors are equal.
_FEW = 1_000
GENERATION = "generation"
"""The entry of the collection's metadata that holds the token."""
# A query fails if its result names a vector that a writer has just deleted, since Chroma's loaded
# state is then older than the folder. It is reopened and asked again this often.
_TRIES = 4

T = TypeVar("T")


class Collection(abc.ABC):
    """A `VectorStore` in a Chroma collection, which is opened on first use.

    Args:
        shown: the index's folder as the user wrote it, for messages.
    """

    def __init__(self, *, shown: Path) -> None:
        self._shown = shown
        self._client: Any = None
        self._open: Any = None
        self._lock = threading.Lock()

    @abc.abstractmethod
    def clear(self) -> None:
        """Delete everything."""

    @abc.abstractmethod
    def _connect(self) -> Any:
        """Return the collection, which is made if there is none; set the client."""

    @abc.abstractmethod
    def _failure(self, error: BaseException) -> QAError | None:
        """Return what to raise for an error of Chroma; None for any other."""

    @abc.abstractmethod
    def _writing(self) -> AbstractContextManager[Any]:
        """Open the collection for a write."""

    def add(
        self, keys: Sequence[str], vectors: NDArray[np.float32], article_ids: Sequence[str]
    ) -> None:
        """Add vectors, shape (len(keys), dimension); those already present are replaced."""
        with self._writing() as collection:
            for i in range(0, len(keys), self._batch):
                part = slice(i, i + self._batch)
                metadatas = [{"article_id": article_id} for article_id in article_ids[part]]
                collection.upsert(
                    ids=list(keys[part]), embeddings=vectors[part], metadatas=metadatas
                )

    def delete(self, keys: Sequence[str]) -> None:
        """Delete the vectors of these keys; unknown keys are ignored."""
        if not keys:
            return
        with self._writing() as collection:
            for i in range(0, len(keys), self._batch):
                collection.delete(ids=list(keys[i : i + self._batch]))

    def nearest(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return (key, cosine similarity) of the nearest vectors, best first.

        Args:
            vector: the query's, shape (dimension,).
            limit: the most to return.
            among: the keys to search; by default all.
        """
        if among is not None and len(among) <= _FEW:
            scored = [(key, float(other @ vector)) for key, other in self.get(among).items()]
            return sorted(scored, key=lambda item: -item[1])[:limit]
        wanted = limit if among is None else max(limit, _FILTERED_DEPTH)
        found = self._ask(
            lambda collection: collection.query(
                query_embeddings=vector[None, :],
                n_results=wanted,
                ids=None if among is None else list(among),
                include=["distances"],
            )
        )
        return [
            (key, 1.0 - d) for key, d in zip(found["ids"][0], found["distances"][0], strict=True)
        ][:limit]

    def count(self) -> int:
        """Return the number of vectors."""
        with self._collection() as collection:
            return int(collection.count())

    def keys(self) -> list[str]:
        """Return the keys of all vectors."""
        with self._collection() as collection:
            return list(collection.get(include=[])["ids"])

    def get(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return key -> vector, without the keys that are unknown."""
        if not keys:  # Chroma would return all
            return {}
        found = self._ask(lambda collection: collection.get(ids=list(keys), include=["embeddings"]))
        return dict(zip(found["ids"], found["embeddings"], strict=True))

    def generation(self) -> str:
        """Return the token set last; empty if none was."""
        with self._collection() as collection:
            return str((collection.metadata or {}).get(GENERATION, ""))

    def had(self, token: str) -> bool:  # noqa: ARG002 - of the protocol
        """Return whether a token was set before: never, where only one index has the vectors."""
        return False

    def set_generation(self, token: str) -> None:
        """Record which state of the articles the vectors belong to."""
        with self._writing() as collection:
            collection.modify(metadata={GENERATION: token})

    def reopen(self) -> None:
        """Forget what was loaded, so that another process's writes are seen."""
        self._open = None

    def _ask(self, ask: Callable[[Any], T]) -> T:
        """Return Chroma's answer; after an error, reopen it and ask again.

        Raises:
            IndexDamagedError: it was reopened, and its files are damaged.
            QAError: it fails every time.
        """
        for _ in range(_TRIES - 1):
            try:
                with self._collection() as collection:
                    return ask(collection)
            except IndexDamagedError:
                raise
            except QAError:
                self.reopen()
        with self._collection() as collection:
            return ask(collection)

    @property
    def _batch(self) -> int:
        return int(self._client.get_max_batch_size())

    @contextlib.contextmanager
    def _collection(self) -> Iterator[Any]:
        """Open the collection if need be, and map Chroma's errors.

        Raises:
            IndexDamagedError: its files are damaged.
            QAError: it cannot be read or written.
        """
        try:
            with self._lock:
                if self._open is None:
                    self._open = self._connect()
                collection = self._open
            yield collection
        except BaseException as error:
            failure = self._failure(error)
            if failure is None:
                raise
            raise failure from error
