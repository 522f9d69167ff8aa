"""Small collections of articles for tests, and an index of them that needs neither Chroma nor a model."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.index import Index
from qa.retrieval.hybrid import Retriever, Weights
from qa.settings import Settings
from qa.text import terms
from qa.types import Article, Filter, Hit, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CORPUS = Path(__file__).parents[1] / "corpus"
_DIMENSION = 256
_WEIGHTS = Weights()


def count_words(texts: Sequence[str]) -> list[int]:
    """Count the words of each text, as a tokenizer counts tokens."""
    return [len(text.split()) for text in texts]


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below `folder`, which is made, and return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


class BagEncoder:
    """Texts with the same words have the same vector; no model is loaded. An index can be built with it."""

    name = fingerprint = "bag"
    window = 510

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text."""
        import numpy as np

        vectors = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            for term in terms(text) or [text]:
                vectors[row, zlib.crc32(term.encode()) % _DIMENSION] += 1.0
            vectors[row] /= np.linalg.norm(vectors[row])
        return vectors

    def word_vectors(self, words: Sequence[str]) -> None:
        """Know no vectors of words, as a model that only sentence-transformers reads."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of words of each text."""
        return count_words(texts)


class MemoryVectors:
    """A `VectorStore` in a dictionary."""

    def __init__(self) -> None:
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._generation = ""

    def add(
        self, keys: Sequence[str], vectors: NDArray[np.float32], article_ids: Sequence[str]
    ) -> None:
        """Add vectors."""
        self._vectors.update(zip(keys, vectors, strict=True))

    def delete(self, keys: Sequence[str]) -> None:
        """Delete vectors."""
        for key in keys:
            self._vectors.pop(key, None)

    def nearest(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Compare all vectors, or those `among`."""
        keys = self._vectors.keys() if among is None else among
        scored = [(key, float(self._vectors[key] @ vector)) for key in keys if key in self._vectors]
        return sorted(scored, key=lambda item: -item[1])[:limit]

    def get(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors of some keys."""
        return {key: self._vectors[key] for key in keys if key in self._vectors}

    def keys(self) -> list[str]:
        """Return all keys."""
        return list(self._vectors)

    def count(self) -> int:
        """Return the number of vectors."""
        return len(self._vectors)

    def generation(self) -> str:
        """Return the token set last."""
        return self._generation

    def set_generation(self, token: str) -> None:
        """Keep a token."""
        self._generation = token

    def had(self, token: str) -> bool:
        """Return whether it was another index's: never."""
        return False

    def clear(self) -> None:
        """Forget everything."""
        self._vectors.clear()
        self._generation = ""

    def reopen(self) -> None:
        """Do nothing: no other process has a part in this."""


def memory_index(folder: Path, articles: Iterable[Article], **settings: object) -> Index:
    """Return an index with a bag of words for an encoder, and with its vectors in memory."""
    index = Index.open(
        Settings(index=folder, **settings),
        encoder=BagEncoder(),
        vectors=MemoryVectors(),
        create=True,
    )
    with index.writer() as writer:
        for article in articles:
            writer.restore((article, f"file:///articles/{article.id}"))
    return index


def search(  # noqa: PLR0913 - by keyword, all but what every search has
    index: Index,
    query: str,
    k: int,
    where: Filter | None = None,
    *,
    stage: str = "hybrid",
    first_stage_k: int = 50,
    lexical_weight: float = 0.1,
    weights: Weights = _WEIGHTS,
) -> list[Hit]:
    """Return the hits of one stage of retrieval, in a snapshot of its own."""
    retriever = Retriever(
        index.encoder, first_stage_k=first_stage_k, lexical_weight=lexical_weight, weights=weights
    )
    stages = {
        "dense": retriever.dense,
        "lexical": retriever.lexical,
        "hybrid": retriever.retrieve,
    }
    with index.snapshot() as snapshot:
        return stages[stage](snapshot, query, k, where)


def nearest(
    index: Index, query: str, limit: int, where: Filter | None = None
) -> list[tuple[Passage, float]]:
    """Return the passages whose vectors are nearest to the query's, with cosine similarities."""
    with index.snapshot() as snapshot:
        return snapshot.nearest(index.encoder.encode([query])[0], limit, where)


def everything(index: Index) -> dict[str, object]:
    """Return all that an index holds, but for what differs between two that hold the same: numbers and tokens."""
    rows = "SELECT p.key, p.article_id, w.title, w.text FROM passages p JOIN words w ON w.rowid = p.number ORDER BY 1"
    with sqlite3.connect(index.settings.index / "articles.sqlite") as db:
        words = db.execute(rows).fetchall()
        facets = db.execute("SELECT * FROM facets ORDER BY name, value, article_id").fetchall()
        fingerprints = db.execute(
            "SELECT id, origin, fingerprint FROM articles ORDER BY id"
        ).fetchall()
    index.counts()  # opens the vectors anew where another process wrote
    vectors = index.vectors.get(index.vectors.keys())
    return {
        "articles": index.articles(),
        "fingerprints": fingerprints,
        "words": words,
        "facets": facets,
        "vectors": {key: vector.round(4).tolist() for key, vector in sorted(vectors.items())},
    }
