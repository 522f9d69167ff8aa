"""The seams of the product: what a part must offer to take the place of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from qa.text import Span
from qa.types import Article, Evidence, Filter, Hit, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Encoder(Protocol):
    """Texts -> unit vectors. Must be safe to use from several threads."""

    @property
    def name(self) -> str:
        """The model's name, for messages."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would; an index built with another one is stale."""

    @property
    def window(self) -> int:
        """The number of tokens of a text that the model reads; later tokens are lost."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per text, shape (len(texts), dimension)."""

    def word_vectors(self, words: Sequence[str]) -> NDArray[np.float32] | None:
        """Return one unit vector per word, zeros for an unknown word; None if there are none.

        Shape: (len(words), dimension).
        """

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens."""


@runtime_checkable
class MultilingualEncoder(Encoder, Protocol):
    """An encoder of many languages, which embeds questions otherwise than passages.

    `encode` embeds passages.
    """

    @property
    def unrelated(self) -> float:
        """The cosine of a question and a passage that have nothing to do with each other."""

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per question, shape (len(texts), dimension)."""

    def encode_sentences(self, text: str, spans: Sequence[Span], title: str) -> NDArray[np.float32]:
        """Return one unit vector per sentence of a passage, each read in the light of the others.

        Args:
            text: of the passage.
            spans: of its sentences.
            title: of its article.

        Shape: (len(spans), dimension).
        """


class VectorStore(Protocol):
    """One unit vector per passage, by key, searched by cosine similarity. Safe for threads.

    One process writes at a time; any number read meanwhile.
    """

    def add(
        self, keys: Sequence[str], vectors: NDArray[np.float32], article_ids: Sequence[str]
    ) -> None:
        """Add vectors, shape (len(keys), dimension); those already present are replaced."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete the vectors of these keys; unknown keys are ignored."""

    def nearest(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return (key, cosine similarity) of the nearest vectors, best first.

        Args:
            vector: the query's, shape (dimension,).
            limit: the most to return.
            among: the keys to search; by default all.
        """

    def get(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return key -> vector, without the keys that are unknown."""

    def keys(self) -> list[str]:
        """Return the keys of all vectors."""

    def count(self) -> int:
        """Return the number of vectors."""

    def generation(self) -> str:
        """Return the token set last; empty if none was."""

    def set_generation(self, token: str) -> None:
        """Record which state of the articles the vectors belong to."""

    def had(self, token: str) -> bool:
        """Return whether a token was set before the last one.

        So a reader with an older copy of the articles knows that the vectors are only ahead of it.
        """

    def clear(self) -> None:
        """Delete everything."""

    def reopen(self) -> None:
        """Forget what was loaded, so that another process's writes are seen."""


class Snapshot(Protocol):
    """One state of an index, for everything that one question reads; see `qa.index.Snapshot`."""

    def nearest(
        self, vector: NDArray[np.float32], limit: int, where: Filter | None = None
    ) -> list[tuple[Passage, float]]:
        """Return the passages with the nearest vectors, with cosine similarities, best first."""

    def match(
        self, terms: Sequence[str], limit: int, where: Filter | None = None
    ) -> list[tuple[Passage, float]]:
        """Return the passages that hold any of the terms, with their BM25 scores, best first."""

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return term -> number of passages that hold it, without the terms that none holds."""

    def passage_count(self) -> int:
        """Return the number of passages."""

    def titles(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return id -> title, without the ids that are unknown."""

    def languages(self) -> frozenset[str]:
        """Return the codes of all languages that articles are in."""

    def languages_of(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return id -> code of the language; empty where unknown. Without unknown ids."""

    def stories(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return article id -> the name of the story that other articles print, too."""

    def printed(
        self, stories: Iterable[str], where: Filter | None = None
    ) -> dict[str, list[Passage]]:
        """Return story -> the passages of articles that print it; of each story 20 at most."""


class Retriever(Protocol):
    """Ranks the passages of an index for a query."""

    def retrieve(
        self, snapshot: Snapshot, query: str, k: int, where: Filter | None = None
    ) -> list[Hit]:
        """Return at most k hits, best first, with ranks 1..n, of the articles `where` selects."""


class Reader(Protocol):
    """Finds the spans of passages that may answer a question."""

    @property
    def threshold(self) -> float:
        """The probability below which an answer should not be given."""

    def read(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> list[Evidence]:
        """Return the evidence of the hits, best first; `articles` maps article id -> article."""
