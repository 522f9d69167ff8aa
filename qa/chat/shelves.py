"""The library's part of the page: what the browser may ask of the articles."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Callable
from html import escape
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from qa.articles import SUFFIXES
from qa.chat.catalogue import Wanted, listing, orders, outlets, report_line
from qa.chat.library import UPLOAD_BYTES, Library, Line
from qa.chat.markup import byline, inline, link
from qa.chat.opening import Opening
from qa.chat.requests import Key, checked
from qa.chat.sources import whole

# Base64 takes four letters for three bytes; a little more, so that it is the library that says what is too large.
_MOST_SENT = UPLOAD_BYTES * 4 // 3 + 1_000
_ID_CHARS = 4_000


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Added(_Sent):
    """A file that a visitor adds, its content in base64."""

    name: Annotated[str, Field(min_length=1, max_length=1_000)]
    data: Annotated[str, Field(max_length=_MOST_SENT)]


class Named(_Sent):
    """An article."""

    article: Annotated[str, Field(max_length=_ID_CHARS)]


class Undone(_Sent):
    """A removal to undo."""

    token: Key


class Shelves:
    """What the library's panel shows and does.

    Args:
        opening: of the pipeline whose articles these are.
        library: of the same.
    """

    def __init__(self, opening: Opening, library: Library) -> None:
        self._opening = opening
        self._library = library

    def functions(self) -> list[Callable[[object], dict[str, Any]]]:
        """Return what the page may call."""
        return [
            checked(Wanted, self.articles),
            checked(Named, self.article),
            checked(Added, self.add),
            checked(Named, self.remove),
            checked(Undone, self.undo),
        ]

    def articles(self, wanted: Wanted) -> dict[str, str]:
        """Return the list of the wanted articles and the options of the menu of outlets, as HTML."""
        entries = self._opening.pipeline().index.catalogue()
        return {"list": listing(entries, wanted), "outlets": outlets(entries)}

    def article(self, named: Named) -> str:
        """Return an article with its whole text, as HTML."""
        article = self._opening.pipeline().index.article(named.article)
        author = inline(article.author) if article.author else ""
        origin = byline(article.source, article.published, author, link(article.url, "original"))
        return (
            f'<header><h3 dir="auto" tabindex="-1">{escape(article.title or article.id)}</h3>'
            f'<p class="byline">{origin}</p></header><div class="article-text" dir="auto">{whole(article, 0, "")}</div>'
        )

    def add(self, added: Added) -> str:
        """Take a file in, and return its line of the report, as HTML."""
        try:
            data = base64.b64decode(added.data, validate=True)
        except binascii.Error:
            return report_line(Line(added.name, "refused", "it did not arrive whole: add it again"))
        return report_line(dataclasses.replace(self._library.add(added.name, data), name=added.name))

    def remove(self, named: Named) -> str:
        """Remove an article, and return the token that undoes it."""
        return self._library.remove(named.article)

    def undo(self, undone: Undone) -> str:
        """Put an article back, and return its id."""
        return self._library.undo(undone.token)


def library_panel() -> str:
    """Return the panel as HTML; the browser fills in the list."""
    kinds = ",".join(sorted(SUFFIXES))
    megabytes = UPLOAD_BYTES // 1_000_000
    return f"""
<section aria-label="Library" class="library">
  <div class="shelf">
    <div class="add">
      <label class="button">Add articles<input type="file" multiple accept="{kinds}" class="aside"></label>
      <p class="note">or drop files here: {", ".join(sorted(SUFFIXES))}, up to {megabytes} MB each.</p>
    </div>
    <div class="adding" hidden><progress max="1" value="0" aria-label="Adding articles"></progress>
      <p class="note" role="status"></p></div>
    <div class="report" hidden><ul role="list" aria-label="What became of the files"></ul>
      <button type="button" class="quiet" data-clear>Close this report</button></div>
    <form class="find" role="search" aria-label="Articles">
      <label>Search<input type="search" name="text" autocomplete="off" maxlength="200"></label>
      <label>Outlet<select name="source"><option value="">All outlets</option></select></label>
      <label>From<input type="date" name="since"></label>
      <label>To<input type="date" name="until"></label>
      <label>Sort<select name="order">{orders()}</select></label>
      <button type="button" class="quiet" data-scope hidden>Ask only this outlet and time</button>
    </form>
    <div class="found" aria-live="polite"></div>
  </div>
  <article class="reading" aria-label="Article" hidden>
    <button type="button" class="quiet" data-close>Close the article</button><div class="read"></div>
  </article>
</section>"""
