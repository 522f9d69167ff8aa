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

from qa.errors import IndexDamagedError, QAError, one_line
from qa.files import disk_full, free_bytes, make_private_folder
from qa.index.vector_files import COLLECTION, DATABASE, VectorFiles

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
_GENERATION = "generation"
# A query fails if its result names a vector that a writer has just deleted, since Chroma's loaded
# state is then older than the folder. It is reopened and asked again this often.
_TRIES = 4
# With fewer bytes left on the disk, a copy is opened: Chroma writes a little at once.
_ROOM = 1_000_000

T = TypeVar("T")


class ChromaVectors:
    """A `VectorStore` in a persistent Chroma collection, which is opened on first use.

    Args:
        path: a folder of its own.
        shown: the index's folder as the user wrote it, for messages.
    """

    def __init__(self, path: Path, *, shown: Path | None = None) -> None:
        self._path = path
        self._shown = shown or path.parent
        self._files = VectorFiles(path, shown=self._shown)
        self._open: Any = None
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()

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
            return str((collection.metadata or {}).get(_GENERATION, ""))

    def set_generation(self, token: str) -> None:
        """Record which state of the articles the vectors belong to."""
        with self._writing() as collection:
            collection.modify(metadata={_GENERATION: token})

    def clear(self) -> None:
        """Delete everything."""
        self.reopen()
        shutil.rmtree(self._path, ignore_errors=True)

    def reopen(self) -> None:
        """Forget what was loaded, so that another process's writes are seen."""
        self._open = self._copy = None

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
            QAError: they cannot be read or written.
        """
        try:
            with self._lock:
                if self._open is None:
                    self._open = self._connect()
                collection = self._open
            yield collection
        except BaseException as error:
            if not _is_of_files(error):
                raise
            free = free_bytes(self._shown) / 1e6
            raise QAError(
                f"the vectors in {self._shown} cannot be used ({one_line(str(error))}): where it "
                f"is not for the disk, which has {free:.1f} MB left, run: qa index --repair"
            ) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Any]:
        """Open the collection for a write.

        Raises:
            QAError: there is no room on the disk; also what `_collection` raises.
        """
        if self._copy:
            self.reopen()  # there may be room by now
        with self._collection() as collection:
            if self._copy:
                raise QAError(disk_full(self._shown))
            with self._files.writing():
                yield collection

    def _connect(self) -> Any:
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient

        path = self._path
        if path.is_dir() and not (os.access(path, os.W_OK) and free_bytes(path) > _ROOM):
            path = self._copied()
        is_new = not path.exists()
        make_private_folder(path)
        self._files.verify(path)
        # Chroma shares a folder's loaded state with every later client of this process, however
        # stale it is.
        SharedSystemClient._identifier_to_system.pop(str(path), None)  # noqa: SLF001 - the public way drops all
        settings = chromadb.config.Settings(anonymized_telemetry=False)
        self._client = chromadb.PersistentClient(str(path), settings=settings)
        collection = self._client.get_or_create_collection(
            COLLECTION, configuration={"hnsw": GRAPH}, embedding_function=None
        )
        collection.get(limit=1, include=["embeddings"])  # loads the graph, right after the look
        if is_new:
            (path / DATABASE).chmod(0o600)
        self._files.note_opened(copied=self._copy is not None)
        return collection

    def _copied(self) -> Path:
        """Copy the folder to where Chroma can write, as it does when it opens one.

        The copy lives as long as what is opened.
        """
        size = sum(path.stat().st_size for path in self._path.rglob("*") if path.is_file())
        places = (os.environ.get("TMPDIR") or "/tmp", "/dev/shm")  # noqa: S108 - the names are random
        place = next((p for p in places if os.path.isdir(p) and free_bytes(p) > size + _ROOM), None)  # noqa: PTH112 - texts
        if place is None:
            raise OSError(f"no room for a copy of {size / 1e6:.0f} MB in {' or '.join(places)}")
        self._copy = tempfile.TemporaryDirectory(
            prefix="qa-", dir=place, ignore_cleanup_errors=True
        )
        path = Path(self._copy.name) / self._path.name
        shutil.copytree(self._path, path, copy_function=shutil.copyfile)
        return path


def _is_of_files(error: BaseException) -> bool:
    """Return whether Chroma failed at its files; it panics at some, which is no `Exception`."""
    from chromadb.errors import ChromaError

    return isinstance(error, ChromaError | OSError) or type(error).__name__ == "PanicException"
