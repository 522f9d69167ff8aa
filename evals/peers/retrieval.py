"""Other retrievers: that of LangChain's tutorial, and BM25, both over the tutorial's passages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import uuid4

from qa.evaluation.metrics import DEPTH
from qa.types import Answer, Article, Hit, Passage, Turn

CHUNK_SIZE = 1000
CHUNK_OVERLAP = 200
"""In characters, as https://docs.langchain.com/oss/python/langchain/rag has them."""
_BATCH = 1000


class Searches(Protocol):
    """Anything that finds passages."""

    def search(self, query: str, *, k: int = DEPTH) -> list[Hit]:
        """Return the k best passages, best first."""


class SearchAlone:
    """A retriever as a whole system: its time is that of one search, and it answers nothing."""

    def __init__(self, retriever: Searches) -> None:
        self._retriever = retriever

    def search(self, query: str, *, k: int = DEPTH) -> list[Hit]:
        """Return the k best passages, best first."""
        return self._retriever.search(query, k=k)

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Search, and abstain; the history is not used."""
        del history
        return Answer(question, "abstention", "Not asked.", hits=tuple(self.search(question)))

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Raise: no passages are given here."""
        raise NotImplementedError


def tutorial_passages(articles: Iterable[Article]) -> list[Passage]:
    """Split articles as the tutorial does. A title is metadata there, and no part of the text."""
    # Installed for this alone.
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=CHUNK_SIZE, chunk_overlap=CHUNK_OVERLAP, add_start_index=True
    )
    passages = []
    for article in articles:
        for document in splitter.create_documents([article.text]):
            start, text = document.metadata["start_index"], document.page_content
            place = f"{article.id}:{start}-{start + len(text)}"
            # Raises if the splitter did not find its own passage again: it would be judged at a
            # wrong place.
            passages.append(Passage(place, article.id, start, start + len(text), text))
    return passages


class Tutorial:
    """The retriever of LangChain's tutorial: long passages in Chroma, with our encoder."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        from langchain_chroma import Chroma  # noqa: PLC0415 - installed for this alone
        from langchain_core.documents import Document  # noqa: PLC0415 - slow to import

        from qa.integrations.langchain import EncoderEmbeddings  # noqa: PLC0415 - slow to import
        from qa.models.encoder import Encoder  # noqa: PLC0415 - slow to import

        self._passages = {passage.id: passage for passage in passages}
        self._store = Chroma(f"passages-{uuid4()}", EncoderEmbeddings(Encoder()))
        for first in range(0, len(passages), _BATCH):
            some = passages[first : first + _BATCH]
            self._store.add_documents([Document(passage.text, id=passage.id) for passage in some])

    def search(self, query: str, *, k: int = DEPTH) -> list[Hit]:
        """Return the k nearest passages; the score is the negative distance."""
        found = self._store.similarity_search_with_score(query, k=k)
        return [
            Hit(self._passages[str(document.id)], -distance, rank, "dense")
            for rank, (document, distance) in enumerate(found, 1)
        ]


class Bm25:
    """BM25 (k1 1.5, b 0.75) over English stems without stop words, by the library bm25s."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        import bm25s  # noqa: PLC0415 - installed for this alone
        import snowballstemmer  # noqa: PLC0415 - beside its user

        self._passages = passages
        self._stem = snowballstemmer.stemmer("english").stemWords
        self._tokenize = bm25s.tokenize
        self._model = bm25s.BM25()
        self._model.index(self._tokens([passage.text for passage in passages]), show_progress=False)

    def _tokens(self, texts: list[str]) -> list[list[str]]:
        tokens: list[list[str]] = self._tokenize(
            texts, stopwords="english", stemmer=self._stem, return_ids=False, show_progress=False
        )
        return tokens

    def search(self, query: str, *, k: int = DEPTH) -> list[Hit]:
        """Return the k best passages that share a word with the query."""
        k = min(k, len(self._passages))
        found, scores = self._model.retrieve(self._tokens([query]), k=k, show_progress=False)
        ranked = [
            (self._passages[int(i)], float(score))
            for i, score in zip(found[0], scores[0], strict=True)
        ]
        return [
            Hit(passage, score, rank, "lexical")
            for rank, (passage, score) in enumerate(ranked, 1)
            if score > 0
        ]
