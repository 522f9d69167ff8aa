"""The Chroma half of the index: one vector for each passage, by cosine similarity."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.errors import QAError, one_line
from qa.files import disk_full, free_bytes, make_private_folder
from qa.index.collection import GRAPH, Collection
from qa.index.vector_files import COLLECTION, DATABASE, VectorFiles

# With fewer bytes left on the disk, a copy is opened: Chroma writes a little at once.
_ROOM = 1_000_000


class ChromaVectors(Collection):
    """A `VectorStore` in a persistent Chroma collection, which is opened on first use.

    Args:
        path: a folder of its own.
        shown: the index's folder as the user wrote it, for messages.
    """

    def __init__(self, path: Path, *, shown: Path | None = None) -> None:
        super().__init__(shown=shown or path.parent)
        self._path = path
        self._files = VectorFiles(path, shown=self._shown)
        self._copy: tempfile.TemporaryDirectory[str] | None = None

    def clear(self) -> None:
        """Delete everything."""
        self.reopen()
        shutil.rmtree(self._path, ignore_errors=True)

    def reopen(self) -> None:
        """Forget what was loaded, so that another process's writes are seen."""
        super().reopen()
        self._copy = None

    def _failure(self, error: BaseException) -> QAError | None:
        if not _is_of_files(error):
            return None
        free = free_bytes(self._shown) / 1e6
        return QAError(
            f"the vectors in {self._shown} cannot be used ({one_line(str(error))}): where it "
            f"is not for the disk, which has {free:.1f} MB left, run: qa index --repair"
        )

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
