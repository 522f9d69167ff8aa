"""Articles: list, read, add, remove, put back."""

from __future__ import annotations

import base64
import binascii
import functools
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query
from starlette.responses import JSONResponse, Response

from qa.conversations.adding import Addition, AddQueue
from qa.conversations.library import Library
from qa.conversations.messages import told
from qa.conversations.outcomes import Outcome
from qa.errors import QAError
from qa.server.access import current
from qa.server.rest.bodies import (
    MAX_PAGE,
    AddArticle,
    Adding,
    ArticlePage,
    ConversationId,
    Listed,
    Removed,
    Undo,
)
from qa.server.rest.problems import RESPONSES, BusyError, NotFoundError
from qa.types import Article, Filter, to_dict

if TYPE_CHECKING:
    from fastapi import FastAPI

    from qa.server.backend import Backend

_Name = Annotated[str, Query(max_length=1_000)]
_Date = Annotated[str, Query(max_length=10)]
_Id = Annotated[str, Path(min_length=1, max_length=4_000)]
_Token = Annotated[ConversationId, Path()]


def add_routes(api: FastAPI, backend: Backend) -> None:
    """Add the routes to an app: those that change something only where that is possible."""

    @api.get("/api/v1/articles", responses=RESPONSES, tags=["articles"])
    def articles(  # noqa: PLR0913, PLR0917 - one for each parameter of the query
        source: _Name = "",
        author: _Name = "",
        place: _Name = "",
        language: _Name = "",
        since: _Date = "",
        until: _Date = "",
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    ) -> ArticlePage:
        """List articles by page, sorted by id."""
        where = Filter(source, author, since, until, (), place, language)
        entries = backend.pipeline.get().index.catalogue(where or None)
        page = [
            Listed(id=e.id, title=e.title, source=e.source, published=e.published, author=e.author)
            for e in entries[offset : offset + limit]
        ]
        after = offset + limit
        following = after if after < len(entries) else None
        return ArticlePage(total=len(entries), articles=page, next=following)

    @api.get(
        "/api/v1/articles/{article_id:path}",
        response_model=Article,
        responses=RESPONSES,
        tags=["articles"],
    )
    def article(article_id: _Id) -> Response:
        """Return an article with its whole text."""
        return JSONResponse(to_dict(backend.pipeline.get().index.article(article_id)))

    if backend.library is not None and backend.adding is not None:
        _add_changes(api, backend, backend.library, backend.adding)


def _add_changes(api: FastAPI, backend: Backend, library: Library, adding: AddQueue) -> None:
    @api.post("/api/v1/articles", status_code=202, responses=RESPONSES, tags=["articles"])
    def add(body: AddArticle) -> Adding:
        """Begin to add a file, a text or an address; `additions` tells what becomes of it."""
        if body.address and not backend.addresses:
            raise QAError("this service fetches nothing from the web: send the file or its text")
        caller = current.get()
        named = caller.principal.name or caller.visitor
        visitor = backend.visitor_of(caller) if named else ""
        token = _submitted(library, adding, body, visitor)
        return _state(token, adding.addition(token))

    @api.get("/api/v1/additions/{token}", responses=RESPONSES, tags=["articles"])
    def addition(token: _Token) -> Adding:
        """Return what has become of something that was added."""
        return _state(token, _known(adding, token))

    @api.delete("/api/v1/additions/{token}", responses=RESPONSES, tags=["articles"])
    def stop(token: _Token) -> Adding:
        """Stop adding something: all of it is taken back."""
        _known(adding, token)
        adding.stop(token)
        return _state(token, adding.addition(token))

    @api.delete("/api/v1/articles/{article_id:path}", responses=RESPONSES, tags=["articles"])
    def remove(article_id: _Id) -> Removed:
        """Remove an article."""
        return Removed(id=article_id, undo=library.remove(article_id))

    @api.post("/api/v1/undo", responses=RESPONSES, tags=["articles"])
    def undo(body: Undo) -> dict[str, str]:
        """Put a removed article back; return its id."""
        return {"id": library.undo(body.token)}


def _submitted(library: Library, adding: AddQueue, body: AddArticle, visitor: str) -> str:
    """Put something into the queue, and return its token."""
    if body.address:
        return _queued(adding, body.address, functools.partial(library.add_address, body.address))
    if body.text:
        add = functools.partial(library.add_text, body.title, body.text, visitor=visitor)
        return _queued(adding, body.title or "the text", add, len(body.text))
    try:
        data = base64.b64decode(body.data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise QAError("data: it is not base64") from error
    add = functools.partial(library.add, body.name, data, visitor=visitor)
    return _queued(adding, body.name, add, len(data))


def _queued(adding: AddQueue, name: str, add: functools.partial[Outcome], size: int = 0) -> str:
    try:
        return adding.submit(name, add, size=size)
    except QAError as error:
        raise BusyError(told(error)) from error


def _known(adding: AddQueue, token: str) -> Addition:
    try:
        return adding.addition(token)
    except QAError as error:
        raise NotFoundError(told(error)) from error


def _state(token: str, addition: Addition) -> Adding:
    outcome = addition.outcome
    return Adding(
        token=token,
        name=addition.name,
        outcome=outcome.outcome if outcome else "",
        detail=outcome.detail if outcome else "",
        refusals=list(outcome.refusals) if outcome else [],
        done=addition.done,
        total=addition.total,
        unit=addition.unit,
    )
