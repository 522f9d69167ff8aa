"""The Chroma half of the index: one vector for each passage, by cosine similarity."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from qa.errors import QAError, one_line

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from numpy.typing import NDArray

_COLLECTION = "passages"
GRAPH: CreateHNSWConfiguration = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 400}
"""Chroma's graph of vectors: wider and built with more care than by default, see benchmarks/README.md."""

# Among few of all vectors the search in Chroma's graph ends too early unless it is asked for more than is wanted: of
# the 60 nearest among a quarter of 12,000 vectors it found 57 when asked for 60, 59.8 when asked for 400, in 20 ms.
_DEPTH_AMONG = 400
# So few vectors are compared one by one, in some 60 ms per 1,000: the graph may not lead to each of them, as where
# many vectors are equal.
_FEW = 1_000
_STAMP = "generation"
# How often a question to Chroma is put again where its answer names a vector that a writer has just deleted: what it
# has loaded of a folder is older than the folder then.
_TRIES = 4

T = TypeVar("T")


class Vectors:
    """A persistent Chroma collection in a folder of its own. Chroma is imported and opened on first use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: Any = None
        self._copy: tempfile.TemporaryDirectory[str] | None = None
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

    def nearest(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return (key, cosine similarity) of the nearest vectors, best first.

        Args:
            vector: shape (dimension,).
            limit: how many at the most.
            among: the keys to choose from; by default all.
        """
        if among is not None and len(among) <= _FEW:
            scored = [(key, float(other @ vector)) for key, other in self.some(among).items()]
            return sorted(scored, key=lambda item: -item[1])[:limit]
        wanted = limit if among is None else max(limit, _DEPTH_AMONG)
        found = self._asked(
            lambda collection: collection.query(
                query_embeddings=vector[None, :],
                n_results=wanted,
                ids=None if among is None else list(among),
                include=["distances"],
            )
        )
        return [(key, 1.0 - d) for key, d in zip(found["ids"][0], found["distances"][0], strict=True)][:limit]

    def count(self) -> int:
        """Return the number of vectors."""
        with self._collection() as collection:
            return int(collection.count())

    def keys(self) -> list[str]:
        """Return the keys of all vectors."""
        with self._collection() as collection:
            return list(collection.get(include=[])["ids"])

    def some(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return key -> vector for those keys that are there."""
        if not keys:  # Chroma takes none for all
            return {}
        found = self._asked(lambda collection: collection.get(ids=list(keys), include=["embeddings"]))
        return dict(zip(found["ids"], found["embeddings"], strict=True))

    def stamp(self) -> str:
        """Return the generation that was written down last; empty where there is none."""
        with self._collection() as collection:
            return str((collection.metadata or {}).get(_STAMP, ""))

    def set_stamp(self, generation: str) -> None:
        """Write down the generation to which the vectors belong."""
        with self._collection() as collection:
            collection.modify(metadata={_STAMP: generation})

    def clear(self) -> None:
        """Throw everything away."""
        self.reopen()
        shutil.rmtree(self._path, ignore_errors=True)

    def reopen(self) -> None:
        """See what another process wrote: Chroma keeps what it has loaded in memory."""
        self._open = None

    def _asked(self, ask: Callable[[Any], T]) -> T:
        """Return what Chroma answers; after an error it is opened anew and asked again.

        Raises:
            QAError: it fails whenever it is asked.
        """
        for _ in range(_TRIES - 1):
            with contextlib.suppress(QAError), self._collection() as collection:
                return ask(collection)
            self.reopen()
        with self._collection() as collection:
            return ask(collection)

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

        path = self._path
        if path.is_dir() and not os.access(path, os.W_OK):
            # Chroma writes when it opens a folder. The copy goes when the client does.
            self._copy = tempfile.TemporaryDirectory(prefix="qa-", ignore_cleanup_errors=True)
            path = Path(self._copy.name) / path.name
            shutil.copytree(self._path, path, copy_function=shutil.copyfile)
        # Chroma shares what it has loaded of a folder with every later client of this process, however old it is.
        SharedSystemClient._identifier_to_system.pop(str(path), None)  # noqa: SLF001 - the public way drops all
        settings = chromadb.config.Settings(anonymized_telemetry=False)
        self._client = chromadb.PersistentClient(str(path), settings=settings)
        return self._client.get_or_create_collection(
            _COLLECTION, configuration={"hnsw": GRAPH}, embedding_function=None
        )
