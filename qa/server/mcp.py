"""The Model Context Protocol: ask, search and read_article as tools, articles as resources.

Source: https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

import asyncio
import contextvars
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import quote, unquote

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.server.mcpserver.resources.templates import ResourceSecurity
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import Resource, ToolAnnotations
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from qa.conversations.asking import Question
from qa.conversations.cancel import QuestionCancelledError
from qa.conversations.messages import told
from qa.errors import QAError
from qa.server.access import (
    DEFAULT,
    TOOLS,
    Action,
    Caller,
    Principal,
    allows,
    current,
    demand,
)
from qa.server.collections import readable
from qa.server.rest.admission import Admission
from qa.server.rest.questions import Asking
from qa.types import Article, Citation, Filter, Form

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from starlette.types import ASGIApp

    from qa.index import ArticleSummary
    from qa.server.backend import Backend

_INSTRUCTIONS = (
    "Answers questions from a collection of articles. Each statement is tied to an exact quote. "
    "Where the articles hold no answer, it says so: do not fill the gap from memory. Give the "
    "citations along with what you tell."
)
_MAX_LISTED = 200
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_Since = Annotated[str, Field(description="first day: 2024-01-31, 2024-01 or 2024", max_length=10)]
_Until = Annotated[str, Field(description="last day, inclusive", max_length=10)]
_Source = Annotated[str, Field(description="only this outlet", max_length=1_000)]
_Collection = Annotated[
    str, Field(description="which collection; see list_collections", max_length=100)
]
_Text = Annotated[str, Field(min_length=1, max_length=2_000)]

T = TypeVar("T")


class McpAnswer(BaseModel):
    """An answer with its citations, or an abstention."""

    text: str
    short: str
    form: Form
    abstained: bool
    confidence: float
    citations: list[Citation]


class McpPassage(BaseModel):
    """A passage that was found: `text` is `start:end` of its article."""

    article_id: str
    start: int
    end: int
    text: str
    score: float


class McpPassages(BaseModel):
    """The passages that were found, best first."""

    passages: list[McpPassage]


class McpCollections(BaseModel):
    """The names of collections."""

    collections: list[str]


class McpArticle(BaseModel):
    """An article with its whole text."""

    id: str
    title: str
    source: str
    published: str
    author: str
    url: str
    text: str


class ArticleServer(MCPServer[Any]):
    """The server over some backends; its list of resources is the newest articles of each."""

    def __init__(self, backends: Mapping[str, Backend]) -> None:
        from qa import __version__

        super().__init__(
            "qa-articles",
            title="Ask the articles",
            instructions=_INSTRUCTIONS,
            version=__version__,
            log_level="WARNING",
        )
        self.backends = backends

    def backend(self, action: Action, collection: str) -> Backend:
        """Return the backend of a collection, in which the caller may do something.

        Raises:
            QAError: there is no such collection, or they may not do that there.
        """
        if collection not in self.backends:
            raise QAError(f"there is no collection {collection!r}: see list_collections")
        demand(action, collection)
        return self.backends[collection]

    async def list_resources(self) -> list[Resource]:
        """Return the newest articles of the caller's collections; `search` finds the others."""
        caller = current.get()
        names = [n for n in self.backends if allows(caller.principal, "read", n)]
        if not names:
            demand("read")
        found: list[Resource] = []
        for name in names:
            index = (await run_in_threadpool(self.backends[name].pipeline.get)).index
            entries = await run_in_threadpool(index.catalogue)
            newest = sorted(entries, key=lambda entry: entry.published, reverse=True)
            found += [_resource(name, entry) for entry in newest[:_MAX_LISTED]]
        return found


def server(backends: Mapping[str, Backend], admission: Admission | None = None) -> ArticleServer:
    """Return the MCP server over some backends.

    Args:
        backends: collection -> what answers.
        admission: lets questions in; by default one of its own.
    """
    made = ArticleServer(backends)
    _add_ask(made, admission or Admission())
    _add_reading(made)
    _add_resources(made)
    return made


def _add_ask(made: ArticleServer, admission: Admission) -> None:
    @made.tool(annotations=_READS)
    async def ask(
        question: _Text,
        source: _Source = "",
        since: _Since = "",
        until: _Until = "",
        collection: _Collection = DEFAULT,
    ) -> McpAnswer:
        """Answer a question from the articles, with exact quotes, or say that they do not."""

        async def answered() -> McpAnswer:
            asking = Asking(made.backend(TOOLS["ask"], collection), admission)
            where = Filter(source=source, since=since, until=until) or None
            answer = await asking.answer(Question(question, where=where))
            return McpAnswer(
                text=answer.text,
                short=answer.short,
                form=answer.form,
                abstained=answer.abstained,
                confidence=answer.confidence,
                citations=list(answer.citations),
            )

        return await _explained(answered())

    @made.tool(annotations=_READS)
    async def list_collections() -> McpCollections:
        """List the collections of articles that can be asked; most services have only one."""
        found = readable(current.get().principal, made.backends.keys())
        return McpCollections(collections=[each.name for each in found])


def _add_reading(made: ArticleServer) -> None:
    @made.tool(annotations=_READS)
    async def search(
        query: _Text,
        k: Annotated[int, Field(ge=1, le=50)] = 10,
        source: _Source = "",
        collection: _Collection = DEFAULT,
    ) -> McpPassages:
        """Find the best passages for a query, best first."""

        def found() -> McpPassages:
            return _search(made.backend(TOOLS["search"], collection), query, k, source)

        return await _explained(run_in_threadpool(found))

    @made.tool(annotations=_READS)
    async def read_article(
        article_id: Annotated[str, Field(min_length=1, max_length=4_000)],
        collection: _Collection = DEFAULT,
    ) -> McpArticle:
        """Return an article with its whole text."""

        def found() -> Article:
            return _article(made.backend(TOOLS["read_article"], collection), article_id)

        article = await _explained(run_in_threadpool(found))
        fields = {name: getattr(article, name) for name in McpArticle.model_fields}
        return McpArticle(**fields)


def _add_resources(made: ArticleServer) -> None:
    # An id is looked up in the index; it opens no file.
    security = ResourceSecurity(exempt_params={"article_id"})

    async def text_of(collection: str, article_id: str) -> str:
        def found() -> str:
            return _article(made.backend("read", collection), unquote(article_id)).text

        try:
            return await run_in_threadpool(found)
        except QAError as error:
            raise ResourceError(told(error)) from error

    @made.resource(f"{_uri(DEFAULT)}{{article_id}}", mime_type="text/plain", security=security)
    async def article(article_id: str) -> str:
        """Return the text of an article."""
        return await text_of(DEFAULT, article_id)

    @made.resource(
        f"{_uri('{collection}')}{{article_id}}", mime_type="text/plain", security=security
    )
    async def article_of(collection: str, article_id: str) -> str:
        """Return the text of an article of a collection."""
        return await text_of(collection, article_id)


def _uri(collection: str) -> str:
    """Return what begins the URIs of a collection's articles; the percent-encoded id follows."""
    return "qa://articles/" if collection == DEFAULT else f"qa://collections/{collection}/articles/"


def _resource(collection: str, entry: ArticleSummary) -> Resource:
    return Resource(
        uri=f"{_uri(collection)}{quote(entry.id, safe='')}",
        name=entry.id,
        title=entry.title or entry.id,
        description=", ".join(filter(None, (entry.source, entry.published))) or None,
        mime_type="text/plain",
    )


async def http_app(backends: Mapping[str, Backend], admission: Admission | None = None) -> ASGIApp:
    """Return the server as an ASGI app that speaks streamable HTTP at `/mcp`.

    No sessions are kept: each request brings its own credentials, and only those count.
    """
    made = server(backends, admission)
    app = made.streamable_http_app(
        stateless_http=True,
        # The server's own middleware checks names and origins.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    running = asyncio.Event()

    async def run() -> None:
        async with made.session_manager.run():
            running.set()
            await asyncio.Event().wait()

    # Nothing of the caller who happens to be the first is passed on to the others.
    task = asyncio.create_task(run(), context=contextvars.Context())
    app.state.task = task  # kept from the garbage collector
    await running.wait()
    return app


def run_stdio(backends: Mapping[str, Backend]) -> None:
    """Serve whoever started this process, over standard input and output, until they leave."""
    import anyio

    current.set(Caller(Principal("", "reader", everywhere=True)))
    anyio.run(server(backends).run_stdio_async)


def _search(backend: Backend, query: str, k: int, source: str) -> McpPassages:
    where = Filter(source=source) or None
    hits = backend.pipeline.get().search(query, k=k, where=where)
    return McpPassages(
        passages=[
            McpPassage(
                article_id=hit.passage.article_id,
                start=hit.passage.start,
                end=hit.passage.end,
                text=hit.passage.text,
                score=hit.score,
            )
            for hit in hits
        ]
    )


def _article(backend: Backend, article_id: str) -> Article:
    return backend.pipeline.get().index.article(article_id)


async def _explained(result: Awaitable[T]) -> T:
    """Return a result; an error becomes one that the model can read."""
    try:
        return await result
    except (QAError, QuestionCancelledError) as error:
        raise ToolError(told(error) or "the answer took too long") from error
