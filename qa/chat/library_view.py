"""The library on the page: searching, filtering and reading articles, adding and removing them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.chat.i18n import N_, gettext, ngettext, npgettext, number
from qa.chat.library_changes import (
    MAX_ADDRESS_CHARS,
    MAX_FILES,
    MAX_TITLE_CHARS,
    ArticleRequest,
    LibraryChanges,
)
from qa.chat.library_counts import counts_table
from qa.chat.rendering import macro, render
from qa.chat.sources import article_head, article_text, past_of
from qa.conversations.adding import AddQueue
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.library import UPLOAD_BYTES, Library
from qa.conversations.requests import checked
from qa.extract import KINDS, SUFFIXES
from qa.index import ArticleSummary
from qa.text import words

PAGE_SIZE = 100
_MAX_SEARCH_CHARS = 200

Order = Literal["newest", "oldest", "title", "source"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DateOrNone = Annotated[str, Field(pattern=rf"^({_DATE.pattern})?$")]
_ORDER_LABELS: dict[Order, str] = {
    "newest": N_("Newest first"),
    "oldest": N_("Oldest first"),
    "title": N_("Title"),
    "source": N_("Outlet"),
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


class LibraryView:
    """What the library's panel shows and does.

    Args:
        pipeline: the pipeline over these articles.
        library: of the same pipeline; without one, articles can only be read.
        addresses: whether what is found on the web may be added.
        adding: what is on its way into the library; by default a queue of its own.
    """

    def __init__(
        self,
        pipeline: LazyPipeline,
        library: Library | None,
        *,
        addresses: bool = False,
        adding: AddQueue | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._changes = (
            LibraryChanges(library, addresses=addresses, adding=adding) if library else None
        )

    def functions(self) -> list[Callable[[object], dict[str, Any]]]:
        """Return what the page may call."""
        reading = [checked(ArticleQuery, self.articles), checked(ArticleRequest, self.article)]
        return reading + (self._changes.functions() if self._changes else [])

    def articles(self, query: ArticleQuery) -> dict[str, str]:
        """Return the list of articles, their counts and the options of the menu of outlets."""
        entries = self._pipeline.get().index.catalogue()
        listed = article_list(entries, query, removable=self._changes is not None)
        counts = counts_table(select(entries, query))
        return {"list": listed, "counts": counts, "outlets": outlet_options(entries)}

    def article(self, request: ArticleRequest) -> str:
        """Return an article with its whole text, as HTML."""
        index = self._pipeline.get().index
        article = index.article(request.article)
        text = article_text(article, past=past_of(index, article.id))
        return macro("library_parts.html", "article", article_head(article), text)


def library_panel(*, read_only: bool = False, addresses: bool = False) -> str:
    """Return the panel; the browser requests the list when the library is opened."""
    return render(
        "library.html",
        read_only=read_only,
        addresses=addresses,
        address_chars=MAX_ADDRESS_CHARS,
        title_chars=MAX_TITLE_CHARS,
        max_files=MAX_FILES,
        suffixes=sorted(SUFFIXES),
        kinds=KINDS,
        upload_bytes=UPLOAD_BYTES,
        search_chars=_MAX_SEARCH_CHARS,
        orders=_ORDER_LABELS,
    )


def count(entries: Sequence[ArticleSummary]) -> str:
    """Return the number of articles and of outlets, in words."""
    outlets, total = {entry.source for entry in entries if entry.source}, len(entries)
    articles = ngettext("%(count)s article", "%(count)s articles", total) % {"count": number(total)}
    if len(outlets) < 2:
        return articles
    sources = npgettext("articles", "from %(count)s outlet", "from %(count)s outlets", len(outlets))
    return f"{articles} {sources % {'count': number(len(outlets))}}"


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
    counted = count(entries)
    if len(found) < len(entries):
        counted = gettext("%(count)s of %(all)s") % {"count": number(len(found)), "all": counted}
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
    known = words(f"{entry.title} {entry.source} {entry.author} {entry.place} {entry.id}")
    return all(any(word.startswith(term) for word in known) for term in terms)


Shelves = LibraryView
