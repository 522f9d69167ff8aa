"""The two halves of an index, kept in step: articles and words in SQLite, vectors in Chroma.

A write goes in this order, so that whoever reads meanwhile, and whoever comes after it was interrupted anywhere, finds
a whole state: note what will come and go; add vectors; stamp them with the coming generation; switch the articles in
one transaction; delete the old vectors; forget the note.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.index import selection
from qa.index.store import Store
from qa.index.vectors import Vectors
from qa.types import Article, Filter, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILES = ("articles.sqlite", "articles.sqlite-wal", "articles.sqlite-shm")
CHROMA = "chroma"
# A key whose passage is gone is skipped, so a few more are asked for, and then so many times more.
_SPARE, _DEEPER = 10, 4


class Pair:
    """Both halves. `shown` is the folder as its user wrote it."""

    def __init__(self, folder: Path, *, shown: Path) -> None:
        self.store = Store(folder / FILES[0], shown=shown)
        self.vectors = Vectors(folder / CHROMA)
        self._shown = shown
        self._generation = ""
        self._refreshing = threading.Lock()

    def counts(self) -> dict[str, int]:
        """Return the numbers of articles, passages, full-text rows (words) and vectors; also where they disagree."""
        if self.store.generation() != self._generation:
            self.vectors.reopen()
        return {**self.store.counts(), "vectors": self.vectors.count()}

    def nearest(
        self, vector: NDArray[np.float32], limit: int, where: Filter | None = None
    ) -> list[tuple[Passage, float]]:
        """Return the passages whose vectors are nearest, with cosine similarities, best first.

        As many as `limit` where there are so many: among the nearest vectors may be some whose passage is gone.

        Args:
            vector: shape (dimension,).
            limit: how many at the most.
            where: which articles to choose from; by default all.
        """
        self.refresh()
        among = selection.keys(self.store, where) if where else None
        asked = limit + _SPARE
        while True:
            found = self.vectors.nearest(vector, asked, among)
            passages = self.store.passages([key for key, _ in found])
            scored = [(passages[key], score) for key, score in found if key in passages]
            if len(scored) >= limit or (len(found) < asked and among is not None):
                return scored[:limit]
            if len(found) < asked:  # Chroma's graph leads no further, as among many equal vectors; ask for each then
                among = self.store.all_keys()
            asked *= _DEEPER

    def write(
        self,
        gone: Sequence[str],
        new: Sequence[tuple[Article, str, str, Sequence[Passage]]],
        vectors: tuple[Sequence[str], NDArray[np.float32], Sequence[str]] | None,
    ) -> None:
        """Take articles out and put others in. Only for a caller that holds the write lock.

        Args:
            gone: ids of the articles to take out.
            new: as `Store.replace` takes it.
            vectors: (keys, vectors, article ids) of all new passages; None where there is none.
        """
        old = self.store.keys([*gone, *(article.id for article, *_ in new)])
        token = self.store.begin([*(vectors[0] if vectors else ()), *old])
        if vectors:
            self.vectors.add(*vectors)
        self.vectors.set_stamp(token)
        self.store.replace(gone, new, token)
        self.finish()

    def finish(self) -> None:
        """Delete the vectors that belong to no passage any more, and have both halves name one generation."""
        if stray := self.store.unfinished():
            self.vectors.delete(stray)
        generation = self.store.generation()
        if self.vectors.stamp() != generation:
            self.vectors.set_stamp(generation)
        self.store.finish()
        self._generation = generation

    def refresh(self) -> None:
        """After a write, reopen the vectors and see whether they are those of the articles; one look for each write.

        Raises:
            QAError: they are not.
        """
        if self.store.generation() == self._generation:
            return
        with self._refreshing:
            while (generation := self.store.generation()) != self._generation:
                if self._generation:
                    self.vectors.reopen()
                before = self.store.manifest()
                fault = self.fault()
                # Else a writer came between: it has stamped the vectors, or switched the articles too.
                if fault and before == self.store.manifest():
                    raise QAError(f"the index in {self._shown} {fault}: run: qa index --repair")
                if not fault:
                    self._generation = generation

    def fault(self) -> str:
        """Return what is wrong with the vectors as a whole, as when their folder was deleted or is an old copy.

        New vectors come before their passages, and old ones go after them, so there are never fewer.
        """
        manifest, passages = self.store.manifest(), self.store.size()
        if (missing := passages - self.vectors.count()) > 0:
            return f"lacks {missing} vectors"
        if passages and self.vectors.stamp() not in (manifest.get("generation"), manifest.get("next")):
            return "holds vectors of another time than its articles"
        return ""
