"""LangChain 1.x adapters: a runnable, a tool, a retriever, embeddings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.messages import convert_to_messages
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor
from langchain_core.runnables.utils import AddableDict
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import ConfigDict

from qa.answering.rendering import one_line, origin
from qa.pipeline import Pipeline
from qa.protocols import Encoder
from qa.types import Answer, Filter, Statement, Turn, to_dict


class ArticleRetriever(BaseRetriever):
    """The pipeline's search as a LangChain retriever.

    Each document is one passage. Its metadata has `article_id, title, source, published, url,
    page, start, end, score`, so that a chain can cite the exact span.

    Attributes:
        pipeline: to search with.
        k: how many passages to return.
        where: which articles to search; None for all.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    pipeline: Pipeline
    k: int = 10
    where: Filter | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - required by the base class
    ) -> list[Document]:
        documents = []
        for hit in self.pipeline.search(query, k=self.k, where=self.where):
            passage = hit.passage
            article = self.pipeline.index.article(passage.article_id)
            metadata = {
                "article_id": article.id,
                "title": article.title,
                "source": article.source,
                "published": article.published,
                "url": article.url,
                "page": article.page_of(passage.start),
                "start": passage.start,
                "end": passage.end,
                "score": hit.score,
            }
            documents.append(Document(passage.text, id=passage.id, metadata=metadata))
        return documents


class EncoderEmbeddings(Embeddings):
    """The encoder as LangChain embeddings: unit vectors, whose dot product is their cosine."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector for each text."""
        return [vector.tolist() for vector in self._encoder.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one query."""
        return self.embed_documents([text])[0]


class ArticleAnswers(Runnable[Any, dict[str, Any]]):
    """The pipeline as a runnable.

    The input is a question, or `{"question": ..., "history": messages}`. The output is a dictionary
    with the fields of `qa.Answer`, including its citations. Streamed chunks add up to it: the
    statements come one by one, all other fields last.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def invoke(
        self,
        input: Any,  # noqa: A002 - named by the base class
        config: RunnableConfig | None = None,
        **_kwargs: Any,
    ) -> dict[str, Any]:
        """Return the answer."""
        return self._call_with_config(self._answer, input, config)

    def stream(
        self,
        input: Any,  # noqa: A002 - named by the base class
        config: RunnableConfig | None = None,  # noqa: ARG002 - as above
        **_kwargs: Any,
    ) -> Iterator[dict[str, Any]]:
        """Yield each statement as soon as it is known, then the other fields of the answer."""
        for item in self.pipeline.stream(**_arguments(input)):
            if isinstance(item, Statement):
                yield AddableDict(statements=[to_dict(item)])
            elif isinstance(item, Answer):
                yield AddableDict({**to_dict(item), "statements": []})

    async def astream(
        self,
        input: Any,  # noqa: A002 - named by the base class
        config: RunnableConfig | None = None,
        **_kwargs: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield what `stream` yields, without blocking the event loop."""
        chunks = self.stream(input, config)
        while (chunk := await run_in_executor(config, next, chunks, None)) is not None:
            yield chunk

    def _answer(self, given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = to_dict(self.pipeline.answer(**_arguments(given)))
        return answer


def article_tool(pipeline: Pipeline) -> BaseTool:
    """Return the pipeline as a tool for agents.

    The tool returns the text of the answer with its sources, and the whole answer as its artifact.
    """

    def ask_articles(question: str) -> tuple[str, dict[str, Any]]:
        answer = pipeline.answer(question)
        sources = [f"[{c.number}] {origin(c)}: “{one_line(c.quote)}”" for c in answer.citations]
        text = "\n".join([answer.text, *(["", "Sources:"] if sources else []), *sources])
        return text, to_dict(answer)

    return StructuredTool.from_function(
        ask_articles,
        description=(
            "Answer a question from the collection of articles, with citations, "
            "or say that it has no answer."
        ),
        response_format="content_and_artifact",
    )


def _arguments(given: Any) -> dict[str, Any]:
    """Return the arguments of `Pipeline.answer` for the input of a runnable."""
    if not isinstance(given, Mapping):
        return {"question": given}
    roles = {"human": "user", "ai": "assistant"}
    messages = convert_to_messages(given.get("history", ()))
    history = [Turn(roles[m.type], str(m.text)) for m in messages if m.type in roles]  # type: ignore[arg-type]
    return {"question": given["question"], "history": history}
