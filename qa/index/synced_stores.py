"""Keeps the two stores of an index in step: articles and words in SQLite, vectors beside them.

A write takes these steps, so that whoever reads meanwhile, and whoever comes after a write that was
interrupted anywhere, finds a whole state: enter in the journal which vectors will come and go; add
the new vectors; give them the next generation; switch the articles in one transaction; delete the
old vectors; clear the journal.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.index.read_transaction import ReadTransaction
from qa.index.records import IndexedArticle
from qa.index.store import Store
from qa.protocols import Encoder, VectorStore
from qa.types import Filter, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Vectors without a passage are skipped, so a few more are asked for, and then this many times more.
_SPARE, _DEEPER = 10, 4
# How often a search starts again when somebody writes faster than it searches.
_TRIES = 5
# Texts embedded between two calls of whoever wants to know how far it has got.
_WATCHED_BATCH = 128


class SyncedStores:
    """Both stores. Methods that write are for the holder of the write lock, `qa.index.writer`.

    Args:
        store: the articles.
        vectors: one per passage.
        shown: the index's folder as the user wrote it, for messages.
    """

    def __init__(self, store: Store, vectors: VectorStore, *, shown: Path) -> None:
        self.store = store
        self.vectors = vectors
        self._shown = shown
        self._generation = ""  # that the vectors were last seen to agree with
        self._refreshing = threading.Lock()

    def counts(self) -> dict[str, int]:
        """Return the numbers of articles, passages, full-text rows (words) and vectors."""
        with self.store.read() as read:
            if read.generation != self._generation:
                self.vectors.reopen()
            return {**read.counts(), "vectors": self.vectors.count()}

    def nearest(
        self,
        read: ReadTransaction,
        vector: NDArray[np.float32],
        limit: int,
        where: Filter | None = None,
    ) -> list[tuple[Passage, float]]:
        """Return the passages with the nearest vectors, with cosine similarities, best first.

        If a write finishes meanwhile, `read` moves on to the new state and the search starts again:
        old vectors are deleted, so the old state could no longer be searched.

        Args:
            read: the state whose passages are returned.
            vector: the query's, shape (dimension,).
            limit: the most to return; fewer only if the filter passes fewer.
            where: which articles to search; by default all.

        Raises:
            QAError: the vectors do not belong to the articles.
        """
        for _ in range(_TRIES):
            self.refresh(read)
            found = self._nearest(read, vector, limit, where)
            searched = read.generation
            read.renew()
            if read.generation == searched:
                break
        return found

    def write(
        self,
        gone: Sequence[str],
        new: Sequence[IndexedArticle],
        encoder: Encoder,
        embedded: Callable[[int], None] | None = None,
    ) -> None:
        """Delete some articles, and insert or replace others.

        Args:
            gone: ids of the articles to delete.
            new: the articles to insert or replace.
            encoder: embeds their passages.
            embedded: called with the number of passages embedded so far, now and then; nothing has
                been written by then, so what it raises ends the write without a trace.
        """
        if not gone and not new:
            return
        keys = [key for indexed in new for key in indexed.keys]
        texts = [text for indexed in new for text in indexed.embedding_texts]
        owners = [p.article_id for indexed in new for p in indexed.passages]
        vectors = _encode(encoder, texts, embedded) if texts else None
        with self.store.read() as read:
            old = read.keys_of([*gone, *(indexed.article.id for indexed in new)])
        token = self.store.begin([*keys, *old])
        if vectors is not None:
            self.vectors.add(keys, vectors, owners)
        self.vectors.set_generation(token)
        self.store.replace(gone, new, token)
        self.finish()

    def recover(self) -> None:
        """Clean up after an interrupted write.

        Raises:
            QAError: the vectors do not belong to the articles.
        """
        with self.store.read() as read:
            self.refresh(read)
            if self._is_behind(read):
                raise QAError(
                    f"the articles in {self._shown} are an older copy than the vectors: only read "
                    "them, or bring them up to date from the index that is written to"
                )
        self.finish()

    def finish(self) -> None:
        """Delete the vectors in the journal without a passage; give both stores one generation."""
        with self.store.read() as read:
            stray, generation = read.unfinished(), read.generation
        if stray:
            self.vectors.delete(stray)
        if self.vectors.generation() != generation:
            self.vectors.set_generation(generation)
        self.store.finish()
        self._generation = generation

    def refresh(self, read: ReadTransaction) -> None:
        """After a write, reopen the vectors and verify that they belong to the articles.

        Costs one comparison unless something was written. `read` moves on if it is out of date.

        Raises:
            QAError: they do not.
        """
        while read.generation != self._generation:
            with self._refreshing:
                if read.generation == self._generation:  # another thread was faster
                    return
                if self._generation:
                    self.vectors.reopen()
                seen, fault = read.manifest, self.fault(read)
                if not fault:
                    self._generation = read.generation
                    return
                read.renew()
            # A write may have begun or finished in between; then the manifest has changed.
            if read.manifest == seen:
                raise QAError(f"the index in {self._shown} {fault}: run: qa index --repair")

    def fault(self, read: ReadTransaction) -> str:
        """Return what is wrong with the vectors as a whole; empty if nothing.

        Their folder may have been deleted, or restored from an old copy. New vectors come before
        their passages, and old ones go after them, so there are never fewer.
        """
        if self._is_behind(read):
            return ""
        passages = read.passage_count()
        if (missing := passages - self.vectors.count()) > 0:
            return f"lacks {missing} vectors"
        if passages and self.vectors.generation() not in _expected(read):
            return "holds vectors of another time than its articles"
        return ""

    def _is_behind(self, read: ReadTransaction) -> bool:
        """Return whether the articles are a copy that the writer of the vectors is ahead of."""
        vectors = self.vectors
        return vectors.had(read.generation) and vectors.generation() not in _expected(read)

    def _nearest(
        self,
        read: ReadTransaction,
        vector: NDArray[np.float32],
        limit: int,
        where: Filter | None,
    ) -> list[tuple[Passage, float]]:
        among = read.keys(where) if where else None
        for depth in itertools.count():
            asked = (limit + _SPARE) * _DEEPER**depth
            found = self.vectors.nearest(vector, asked, among)
            passages = read.passages([key for key, _ in found])
            scored = [(passages[key], score) for key, score in found if key in passages]
            if len(scored) >= limit or (len(found) < asked and among is not None):
                break
            if len(found) < asked:
                # Chroma's graph leads no further, as among many equal vectors: compare all.
                among = read.keys()
        return scored[:limit]


def _expected(read: ReadTransaction) -> tuple[str, str]:
    """Return the generations that vectors of these articles may have."""
    return read.generation, str(read.manifest.get("next", read.generation))


def _encode(
    encoder: Encoder, texts: Sequence[str], embedded: Callable[[int], None] | None
) -> NDArray[np.float32]:
    if embedded is None:
        return encoder.encode(texts)
    parts = []
    for start in range(0, len(texts), _WATCHED_BATCH):
        embedded(start)
        parts.append(encoder.encode(texts[start : start + _WATCHED_BATCH]))
    import numpy as np

    return np.concatenate(parts)
