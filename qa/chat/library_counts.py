"""How many articles of the library there are by outlet, month and format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from qa.chat.core_messages import translated
from qa.chat.i18n import N_, gettext
from qa.chat.rendering import macro
from qa.dates import days
from qa.extract import named_format
from qa.index import ArticleSummary
from qa.sources import display

_MAX_ROWS = 12


def counts_table(entries: Iterable[ArticleSummary]) -> str:
    """Return tables of the numbers of articles, as HTML."""
    outlets, months, formats = Counter[str](), Counter[str](), Counter[str]()
    for entry in entries:
        outlets[entry.source or gettext("no outlet")] += 1
        months[_month(entry.published)] += 1
        formats[_format(entry.origin)] += 1
    tables = {
        N_("Outlet"): _largest(outlets),
        N_("Month"): sorted(months.items(), reverse=True)[:_MAX_ROWS],
        N_("Format"): _largest(formats),
    }
    more = {
        name: max(0, len(counted) - _MAX_ROWS)
        for name, counted in zip(tables, (outlets, months, formats), strict=True)
    }
    return macro("library_parts.html", "counts", tables, more)


def _largest(counted: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0].casefold()))[:_MAX_ROWS]


def _month(published: str) -> str:
    """Return the month of a date, or its year where that is all there is."""
    known = days(published)
    if known is None:
        return gettext("no date")
    first, last = (f"{day // 10_000:04}-{day // 100 % 100:02}" for day in known)
    return first if first == last else first[:4]


def _format(origin: str) -> str:
    """Return the format of an article, as far as the name of its origin says it."""
    if origin.startswith(("http:", "https:")):
        return gettext("web")
    named = named_format(display(origin))
    return translated(named.name) if named else gettext("other")
