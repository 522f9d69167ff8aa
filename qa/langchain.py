"""Lets the product drop into any LangChain 1.x chain or agent: a runnable, a tool, a retriever, embeddings."""

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

from qa.citations import flat, origin
from qa.encoder import Encoder
from qa.pipeline import Pipeline
from qa.types import Answer, Filter, Turn, to_dict


class ArticleRetriever(BaseRetriever):
    """The pipeline's search as a LangChain retriever.

    Each document is one passage; its metadata holds `article_id, title, source, published, url, start, end,
    score`, so that what a chain makes of it can be traced to the exact span.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    pipeline: Pipeline
    k: int = 10
    where: Filter | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002 - the base class asks for it
        documents = []
        for hit in self.pipeline.search(query, k=self.k, where=self.where):
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


class ArticleAnswers(Runnable[Any, dict[str, Any]]):
    """The pipeline as a runnable: a question, or `{"question": ..., "history": messages}`, to an answer.

    The answer is a dictionary with the fields of `qa.Answer`, its citations among them. The chunks of a stream add up
    to it: the text comes piece by piece, all else last.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def invoke(self, input: Any, config: RunnableConfig | None = None, **_kwargs: Any) -> dict[str, Any]:  # noqa: A002 - the base class names it
        """Return the answer."""
        return self._call_with_config(self._answer, input, config)

    def stream(self, input: Any, config: RunnableConfig | None = None, **_kwargs: Any) -> Iterator[dict[str, Any]]:  # noqa: A002, ARG002 - the base class names them
        """Yield the answer as it comes."""
        for item in self.pipeline.stream(**_asked(input)):
            if isinstance(item, Answer):
                yield AddableDict({name: value for name, value in to_dict(item).items() if name != "text"})
            else:
                yield AddableDict(text=item)

    async def astream(
        self,
        input: Any,  # noqa: A002 - the base class names it
        config: RunnableConfig | None = None,
        **_kwargs: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the answer as it comes, without holding up the event loop."""
        chunks = self.stream(input, config)
        while (chunk := await run_in_executor(config, next, chunks, None)) is not None:
            yield chunk

    def _answer(self, asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = to_dict(self.pipeline.answer(**_asked(asked)))
        return answer


def article_tool(pipeline: Pipeline) -> BaseTool:
    """Return the pipeline as a tool for agents: it gives the answer and its sources, and all of it as artifact."""

    def ask_articles(question: str) -> tuple[str, dict[str, Any]]:
        answer = pipeline.answer(question)
        sources = [f"[{c.number}] {origin(c)}: “{flat(c.quote)}”" for c in answer.citations]
        return "\n".join([answer.text, *(["", "Sources:"] if sources else []), *sources]), to_dict(answer)

    return StructuredTool.from_function(
        ask_articles,
        description="Answer a question from the collection of articles, with citations, or say that it has no answer.",
        response_format="content_and_artifact",
    )


def _asked(given: Any) -> dict[str, Any]:
    """Return the arguments of `Pipeline.answer` for what a runnable was given."""
    if not isinstance(given, Mapping):
        return {"question": given}
    roles = {"human": "user", "ai": "assistant"}
    messages = convert_to_messages(given.get("history", ()))
    history = [Turn(roles[m.type], str(m.text)) for m in messages if m.type in roles]  # type: ignore[arg-type]
    return {"question": given["question"], "history": history}
