"""Small collections of articles for tests, and an index of them that needs neither Chroma nor a model."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from qa.index import Index
from qa.index.schema import SCHEMA
from qa.index.store import Store
from qa.passages import split
from qa.settings import Settings
from qa.text import terms
from qa.types import Article, Filter, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CORPUS = Path(__file__).parents[1] / "corpus"
_DIMENSION = 256


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

    def __init__(self, name: str = name) -> None:
        """Take the name that the settings give, as the real encoder does."""

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


class MemoryIndex:
    """An index whose words lie in a real SQLite store and whose vectors lie in memory."""

    def __init__(self, folder: Path, articles: Iterable[Article], **settings: object) -> None:
        self.settings = Settings(index=folder, **settings)
        self.encoder = BagEncoder()
        self.store = Store(folder / "articles.sqlite")
        self.store.create({"schema": SCHEMA, "generation": "1"})
        self._passages: list[Passage] = []
        for article in articles:
            passages = split(article, limit=self.settings.passage_tokens, count_tokens=count_words)
            self.store.replace((), [(article, f"/articles/{article.id}", article.id.ljust(16, "0"), passages)])
            self._passages += passages

    def article(self, article_id: str) -> Article:
        """Return one article."""
        return self.store.article(article_id)

    def dense(self, query: str, limit: int, where: Filter | None = None) -> list[tuple[Passage, float]]:
        """Return the passages whose words are nearest to the query's."""
        chosen = {article.id for article in self.store.articles(where)}
        passages = [passage for passage in self._passages if passage.article_id in chosen]
        if not passages:
            return []
        scores = self.encoder.encode([p.text for p in passages]) @ self.encoder.encode([query])[0]
        best = sorted(range(len(scores)), key=lambda i: -scores[i])[:limit]
        return [(passages[i], float(scores[i])) for i in best]


def everything(index: Index) -> dict[str, object]:
    """Return all that an index holds, but for what differs between two that hold the same: numbers and tokens."""
    store, vectors = index.store, index.pair.vectors
    rows = "SELECT p.key, p.article_id, w.title, w.text FROM passages p JOIN words w ON w.rowid = p.number ORDER BY 1"
    with store.connect() as db:
        words = db.execute(rows).fetchall()
        facets = db.execute("SELECT * FROM facets ORDER BY name, value, article_id").fetchall()
        fingerprints = db.execute("SELECT id, origin, fingerprint FROM articles ORDER BY id").fetchall()
    index.counts()  # opens the vectors anew where another process wrote
    return {
        "articles": store.articles(),
        "fingerprints": fingerprints,
        "words": words,
        "facets": facets,
        "vectors": {key: vector.round(4).tolist() for key, vector in sorted(vectors.some(vectors.keys()).items())},
    }


def memory_index(folder: Path, articles: Iterable[Article], **settings: object) -> Index:
    """Return a `MemoryIndex` where an `Index` is asked for."""
    return cast("Index", MemoryIndex(folder, articles, **settings))
