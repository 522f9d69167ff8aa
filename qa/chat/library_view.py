"""The library on the page: searching, filtering and reading articles, adding and removing them."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.chat.rendering import macro, render
from qa.chat.sources import article_head, article_text
from qa.conversations.adding import AddedFile, AddQueue
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.library import UPLOAD_BYTES, FileOutcome, Library
from qa.conversations.requests import Key, Request, VisitorRequest, checked
from qa.extract import KINDS, SUFFIXES
from qa.index import ArticleSummary
from qa.text import words

PAGE_SIZE = 100
# Base64 takes four letters for three bytes. A little more is let through, so that the library's own
# message says what is too large.
_MAX_BASE64_CHARS = UPLOAD_BYTES * 4 // 3 + 1_000
_MAX_ID_CHARS = 4_000
_MAX_SEARCH_CHARS = 200

Order = Literal["newest", "oldest", "title", "source"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DateOrNone = Annotated[str, Field(pattern=rf"^({_DATE.pattern})?$")]
_ORDER_LABELS: dict[Order, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "title": "Title",
    "source": "Outlet",
}
_SORT_KEYS: dict[Order, Callable[[ArticleSummary], tuple[str, ...]]] = {
    "newest": lambda entry: (entry.published, entry.title),
    "oldest": lambda entry: (entry.published or "~", entry.title),  # those without a date come last
    "title": lambda entry: (entry.title.casefold(), entry.id),
    "source": lambda entry: (entry.source.casefold() or "~", entry.title.casefold()),
}


class ArticleQuery(BaseModel):
    """Which articles to list. It comes from the browser.

    Attributes:
        text: words, each of which must begin a word of the title, outlet, author or id.
        source: the outlet; empty for all.
        since: the first day, `YYYY-MM-DD`; empty for no limit. With either day given, articles
            without a date are left out.
        until: the last day, inclusive.
        order: how the articles are sorted.
        limit: how many to list at most.
    """

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=_MAX_SEARCH_CHARS)] = ""
    source: Annotated[str, Field(max_length=1_000)] = ""
    since: _DateOrNone = ""
    until: _DateOrNone = ""
    order: Order = "newest"
    limit: Annotated[int, Field(ge=1, le=100_000)] = PAGE_SIZE


class UploadRequest(VisitorRequest):
    """Add a file, whose content is in base64."""

    name: Annotated[str, Field(min_length=1, max_length=1_000)]
    data: Annotated[str, Field(max_length=_MAX_BASE64_CHARS)]


class ArticleRequest(Request):
    """Show or remove an article."""

    article: Annotated[str, Field(max_length=_MAX_ID_CHARS)]


class AddingRequest(Request):
    """Ask how far adding a file has got, or stop it."""

    token: Key


class UndoRequest(Request):
    """Undo a removal."""

    token: Key


class LibraryView:
    """What the library's panel shows and does.

    Args:
        pipeline: the pipeline over these articles.
        library: of the same pipeline; without one, articles can only be read.
    """

    def __init__(self, pipeline: LazyPipeline, library: Library | None) -> None:
        self._pipeline = pipeline
        self._changes = None if library is None else LibraryChanges(library)

    def functions(self) -> list[Callable[[object], dict[str, Any]]]:
        """Return what the page may call."""
        reading = [checked(ArticleQuery, self.articles), checked(ArticleRequest, self.article)]
        return reading + (self._changes.functions() if self._changes else [])

    def articles(self, query: ArticleQuery) -> dict[str, str]:
        """Return the list of articles and the options of the menu of outlets, as HTML."""
        entries = self._pipeline.get().index.catalogue()
        listed = article_list(entries, query, removable=self._changes is not None)
        return {"list": listed, "outlets": outlet_options(entries)}

    def article(self, request: ArticleRequest) -> str:
        """Return an article with its whole text, as HTML."""
        article = self._pipeline.get().index.article(request.article)
        return macro("library_parts.html", "article", article_head(article), article_text(article))


class LibraryChanges:
    """What changes the library.

    Args:
        library: that is changed.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._queue = AddQueue(library)

    def functions(self) -> list[Callable[[object], dict[str, Any]]]:
        """Return what the page may call."""
        return [
            checked(UploadRequest, self.add),
            checked(AddingRequest, self.adding),
            checked(AddingRequest, self.stop_adding),
            checked(ArticleRequest, self.remove),
            checked(UndoRequest, self.undo),
        ]

    def add(self, request: UploadRequest) -> dict[str, Any]:
        """Begin to add a file; return a token to ask for progress, or the line of a refusal."""
        try:
            data = base64.b64decode(request.data, validate=True)
        except binascii.Error:
            broken = FileOutcome(request.name, "refused", "it did not arrive whole: add it again")
            return {"line": report_line(broken)}
        return {"token": self._queue.submit(request.name, data, request.visitor)}

    def adding(self, request: AddingRequest) -> dict[str, Any]:
        """Return how far adding a file has got, in words, or its line of the report, as HTML."""
        return _adding(self._queue.file(request.token))

    def stop_adding(self, request: AddingRequest) -> None:
        """Stop adding a file."""
        self._queue.stop(request.token)

    def remove(self, request: ArticleRequest) -> str:
        """Remove an article, and return the token that undoes it."""
        return self._library.remove(request.article)

    def undo(self, request: UndoRequest) -> str:
        """Put an article back, and return its id."""
        return self._library.undo(request.token)


def library_panel(*, read_only: bool = False) -> str:
    """Return the panel; the browser requests the list when the library is opened."""
    return render(
        "library.html",
        read_only=read_only,
        suffixes=sorted(SUFFIXES),
        kinds=KINDS,
        upload_bytes=UPLOAD_BYTES,
        search_chars=_MAX_SEARCH_CHARS,
        orders=_ORDER_LABELS,
    )


def count(entries: Sequence[ArticleSummary]) -> str:
    """Return the number of articles and of outlets, in words."""
    outlets = {entry.source for entry in entries if entry.source}
    sources = f" from {len(outlets)} outlets" if len(outlets) > 1 else ""
    return f"{len(entries):,} article{'' if len(entries) == 1 else 's'}{sources}"


def select(entries: Sequence[ArticleSummary], query: ArticleQuery) -> list[ArticleSummary]:
    """Return all entries that match a query, sorted as it asks; its limit does not apply."""
    terms = words(query.text)
    found = [entry for entry in entries if _matches(entry, query) and _contains(entry, terms)]
    return sorted(found, key=_SORT_KEYS[query.order], reverse=query.order == "newest")


def article_list(
    entries: Sequence[ArticleSummary], query: ArticleQuery, *, removable: bool = True
) -> str:
    """Return the articles that match a query as a list, below their number."""
    found = select(entries, query)
    counted = f"{len(found):,} of {count(entries)}" if len(found) < len(entries) else count(entries)
    return macro(
        "library_parts.html",
        "article_list",
        found[: query.limit],
        counted,
        next_limit=query.limit + PAGE_SIZE if len(found) > query.limit else 0,
        library_empty=not entries,
        removable=removable,
    )


def outlet_options(entries: Sequence[ArticleSummary]) -> str:
    """Return the options of a menu of outlets, each with its number of articles."""
    numbers = Counter(entry.source for entry in entries if entry.source)
    by_name = sorted(numbers.items(), key=lambda item: item[0].casefold())
    return macro("library_parts.html", "outlet_options", by_name)


def report_line(line: FileOutcome) -> str:
    """Return the outcome of adding one file as an item of a report."""
    return macro("library_parts.html", "report_line", line)


def _adding(file: AddedFile) -> dict[str, Any]:
    if file.line is not None:
        return {"line": report_line(dataclasses.replace(file.line, name=file.name))}
    progress = f": {file.done:,} of {file.total:,} {file.unit}" if file.total > 1 else ""
    return {"words": f"Adding {file.name}{progress}", "done": file.done, "total": file.total}


def _matches(entry: ArticleSummary, query: ArticleQuery) -> bool:
    if query.source and entry.source != query.source:
        return False
    if not (query.since or query.until):
        return True
    day = entry.published[:10]
    return bool(_DATE.fullmatch(day)) and (query.since or day) <= day <= (query.until or day)


def _contains(entry: ArticleSummary, terms: Sequence[str]) -> bool:
    """Return whether each term begins a word of what the list shows of an article, or of its id."""
    if not terms:
        return True
    known = words(f"{entry.title} {entry.source} {entry.author} {entry.id}")
    return all(any(word.startswith(term) for word in known) for term in terms)


Shelves = LibraryView
