"""The list of all articles as HTML: searched, filtered, sorted, counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.chat.library import Line
from qa.chat.markup import byline, inline
from qa.index import Entry
from qa.text import words

PAGE = 100

Order = Literal["newest", "oldest", "title", "source"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ORDERS: dict[Order, str] = {"newest": "Newest first", "oldest": "Oldest first", "title": "Title", "source": "Outlet"}
_BY: dict[Order, Callable[[Entry], tuple[str, ...]]] = {
    "newest": lambda entry: (entry.published, entry.title),
    "oldest": lambda entry: (entry.published or "~", entry.title),  # those without a date come last
    "title": lambda entry: (entry.title.casefold(), entry.id),
    "source": lambda entry: (entry.source.casefold() or "~", entry.title.casefold()),
}


class Wanted(BaseModel):
    """Which articles a visitor wants to see. It comes from the browser.

    Attributes:
        text: words, each of which must begin a word of the title, outlet, author or id.
        source: the outlet; empty for all.
        since: the first day, `YYYY-MM-DD`; empty for no limit.
        until: the last day.
        order: how they are sorted.
        most: how many at the most.
    """

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=200)] = ""
    source: Annotated[str, Field(max_length=1_000)] = ""
    since: Annotated[str, Field(pattern=rf"^({_DATE.pattern})?$")] = ""
    until: Annotated[str, Field(pattern=rf"^({_DATE.pattern})?$")] = ""
    order: Order = "newest"
    most: Annotated[int, Field(ge=1, le=100_000)] = PAGE


def count(entries: Sequence[Entry]) -> str:
    """Return how many articles there are and from how many outlets, in words."""
    outlets = {entry.source for entry in entries if entry.source}
    sources = f" from {len(outlets)} outlets" if len(outlets) > 1 else ""
    return f"{len(entries):,} article{'' if len(entries) == 1 else 's'}{sources}"


def listing(entries: Sequence[Entry], wanted: Wanted) -> str:
    """Return the wanted articles as a list, with how many there are."""
    found = select(entries, wanted)
    shown = found[: wanted.most]
    filtered = len(found) < len(entries)
    told = f"{len(found):,} of {count(entries)}" if filtered else count(entries)
    more = (
        f'<button type="button" class="quiet more" data-most="{wanted.most + PAGE}">Show more</button>'
        if len(found) > len(shown)
        else ""
    )
    items = "".join(map(_item, shown))
    body = f'<ul class="entries" role="list">{items}</ul>' if shown else f'<p class="note">{_nothing(entries)}</p>'
    return f'<p class="note" role="status">{told}</p>{body}{more}'


def outlets(entries: Sequence[Entry]) -> str:
    """Return the options of a menu of outlets, each with its number of articles."""
    numbers: dict[str, int] = {}
    for entry in entries:
        numbers[entry.source] = numbers.get(entry.source, 0) + 1
    options = (
        f'<option value="{escape(source)}">{escape(source)} ({numbers[source]:,})</option>'
        for source in sorted(filter(None, numbers), key=str.casefold)
    )
    return '<option value="">All outlets</option>' + "".join(options)


def orders() -> str:
    """Return the options of a menu of orders."""
    return "".join(f'<option value="{order}">{label}</option>' for order, label in _ORDERS.items())


def select(entries: Sequence[Entry], wanted: Wanted) -> list[Entry]:
    """Return the wanted entries in their order; who asks for days gets no article without a date."""
    terms = words(wanted.text)
    found = [entry for entry in entries if _fits(entry, wanted) and _holds(entry, terms)]
    return sorted(found, key=_BY[wanted.order], reverse=wanted.order == "newest")


def report_line(line: Line) -> str:
    """Return what became of one file as an item of a report."""
    detail = f": {inline(line.detail)}" if line.detail else ""
    return f'<li data-outcome="{line.outcome}">{inline(line.name)} <strong>{line.outcome}</strong>{detail}</li>'


def _fits(entry: Entry, wanted: Wanted) -> bool:
    if wanted.source and entry.source != wanted.source:
        return False
    if not (wanted.since or wanted.until):
        return True
    day = entry.published[:10]
    return bool(_DATE.fullmatch(day)) and (wanted.since or day) <= day <= (wanted.until or day)


def _holds(entry: Entry, terms: Sequence[str]) -> bool:
    if not terms:
        return True
    held = words(f"{entry.title} {entry.source} {entry.author} {entry.id}")
    return all(any(word.startswith(term) for word in held) for term in terms)


def _item(entry: Entry) -> str:
    title, name = entry.title or entry.id, escape(entry.id)
    origin = byline(entry.source, entry.published, inline(entry.author) if entry.author else "")
    return (
        f'<li class="entry" data-article="{name}"><div><h3 dir="auto">'
        f'<button type="button" class="quiet open" data-read="{name}">{escape(title)}</button></h3>'
        f'<p class="byline">{origin}</p></div>'
        f'<button type="button" class="quiet" data-remove="{name}" aria-label="Remove {escape(title)}">Remove'
        "</button></li>"
    )


def _nothing(entries: Sequence[Entry]) -> str:
    return "No article fits." if entries else "There are no articles yet: drop files here, or choose some."
