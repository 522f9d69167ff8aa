"""Lets the index drop into any LangChain 1.x chain: a retriever and embeddings."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from qa.encoder import Encoder
from qa.pipeline import Pipeline


class ArticleRetriever(BaseRetriever):
    """The pipeline's search as a LangChain retriever.

    Each document is one passage; its metadata holds `article_id, title, source, published, url, start, end,
    score`, so that what a chain makes of it can be traced to the exact span.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    pipeline: Pipeline
    k: int = 10

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002 - the base class asks for it
        documents = []
        for hit in self.pipeline.search(query, k=self.k):
            passage = hit.passage
            article = self.pipeline.index.article(passage.article_id)
            about = {name: getattr(article, name) for name in ("title", "source", "published", "url")}
            span = {"article_id": article.id, "start": passage.start, "end": passage.end}
            documents.append(Document(passage.text, id=passage.id, metadata={**about, **span, "score": hit.score}))
        return documents


class EncoderEmbeddings(Embeddings):
    """The encoder as LangChain embeddings: unit vectors, so that dot product and cosine are the same."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector for each text."""
        return [vector.tolist() for vector in self._encoder.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one query."""
        return self.embed_documents([text])[0]
