"""Text that nobody vouches for, as HTML that does nothing but show it.

Titles, articles, addresses, file names, questions and error messages are all untrusted. Everything that
the chat puts on the page is made here or in modules that use these functions for every value.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Collection, Sequence
from html import escape
from urllib.parse import urlsplit

from qa.types import Citation

MARKER = re.compile(r"\[(\d{1,9})\]")
"""`[n]` in the text of an answer."""

_HEADING = re.compile(r"^(#{1,6}[^\S\n]+)\S.*$", re.MULTILINE)
# More than any article has; each makes the page longer.
_MOST_HEADINGS = 1_000
# The page's own headings go down to the article's title, which is of the third level.
_TITLE_LEVEL = 3
_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_EMBEDDINGS, _END_OF_EMBEDDING = frozenset("\u202a\u202b\u202d\u202e"), "\u202c"
_ISOLATES, _END_OF_ISOLATE = frozenset("\u2066\u2067\u2068"), "\u2069"


def inline(text: str) -> str:
    """Return `text` escaped and isolated, so that its writing direction stays within it."""
    return f"<bdi{_end(text)}>{escape(text)}</bdi>"


def link(url: str, label: str) -> str:
    """Return a link to an http(s) address; any other address gives nothing, for it could be a script."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    return (
        f'<a href="{escape(url.strip())}" target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer">'
        f"{escape(label)}</a>"
    )


def day(published: str) -> str:
    """Return a date as "28 December 2022", as HTML; what is not an ISO 8601 date stays as it is."""
    date = _date(published)
    if date is None:
        return inline(published)
    return f'<time datetime="{date.isoformat()}">{written_day(published)}</time>'


def written_day(published: str) -> str:
    """Return a date as `day` does, as text."""
    date = _date(published)
    return f"{date.day} {date:%B %Y}" if date else published


def byline(source: str, published: str, *more: str) -> str:
    """Return outlet and date, as far as there are any, then what else is known, which is HTML already."""
    outlet = f'<span class="outlet">{inline(source)}</span>' if source else ""
    return " · ".join(part for part in (outlet, day(published) if published else "", *more) if part)


def with_markers(text: str, exchange: int, citations: Collection[Citation], *, stress: str = "") -> str:
    """Return the escaped `text` of an answer, each `[n]` that has a citation as a button that leads to it.

    Args:
        text: with its markers.
        exchange: the number of the answer's exchange on this page.
        citations: of the answer.
        stress: words to set in bold where they stand before the first marker.
    """
    known = {citation.number: citation for citation in citations}
    parts: list[str] = []
    last = 0
    for match in MARKER.finditer(text):
        if citation := known.get(int(match.group(1))):
            parts += [piece(text[last : match.start()], stress="" if parts else stress), marker(citation, exchange)]
            last = match.end()
    return "".join([*parts, piece(text[last:])])


def marked(text: str, span: tuple[int, int], exchange: int, citations: Sequence[Citation]) -> str:
    """Return `text[span]` escaped, with the quotes of `citations` marked and numbered.

    Lines that are headings in Markdown read as such. It is the only markup of an article that does anything.
    """
    parts, last = [], span[0]
    for found in itertools.islice(_HEADING.finditer(text, *span), _MOST_HEADINGS):
        parts += [_pieces(text, (last, found.start()), exchange, citations), _heading(found, exchange, citations)]
        last = found.end()
    return "".join([*parts, _pieces(text, (last, span[1]), exchange, citations)])


def piece(text: str, *, tag: str = "span", stress: str = "", kind: str = "piece") -> str:
    """Return escaped `text` in an element of its own, whose writing direction the style sheet isolates.

    Not `<bdi>`: that would hide the text from the `dir="auto"` of the whole.

    Args:
        text: without text there is no element.
        tag: the element's name.
        stress: words to set in bold where they first stand.
        kind: what it is to the style sheet.
    """
    if not text:
        return ""
    before, found, after = text.partition(stress) if stress else (text, "", "")
    strong = f"<strong>{escape(found)}</strong>" if found else ""
    return f'<{tag} class="{kind}"{_end(text)}>{escape(before)}{strong}{escape(after)}</{tag}>'


def marker(citation: Citation, exchange: int) -> str:
    """Return the button that leads to a quote: it names the source, and carries what the page shows on hover."""
    name = citation.title or citation.article_id
    about = " · ".join(part for part in (name, citation.source, written_day(citation.published)) if part)
    return (
        f'<button type="button" class="marker" data-cite="{place(exchange, citation.number)}" '
        f'aria-label="{escape(f"Source {citation.number}: {name}")}" data-quote="{escape(citation.quote)}" '
        f'data-about="{escape(about)}">[{citation.number}]</button>'
    )


def place(exchange: int, number: int) -> str:
    """Return the element id of a quote: where its marker leads."""
    return f"cite-{exchange}-{number}"


def _date(published: str) -> dt.date | None:
    try:
        return dt.datetime.fromisoformat(published.strip()).date()
    except ValueError:
        return None


def _end(text: str) -> str:
    """Return the attribute whose characters the style sheet puts after `text`, to end what it leaves open.

    An element's own isolation is not enough: a browser ends it with the same character that ends an isolate inside
    the text, so one left open there would take its place. Source: Unicode Standard Annex 9, sections 3.3.2 and 6.3.
    """
    left_open: list[str] = []
    isolates = 0
    for control in _CONTROL.findall(text):
        if control in _EMBEDDINGS:
            left_open.append(_END_OF_EMBEDDING)
        elif control in _ISOLATES:
            left_open.append(_END_OF_ISOLATE)
            isolates += 1
        elif control == _END_OF_ISOLATE and isolates:
            # It also ends all embeddings since its isolate began.
            while left_open.pop() != _END_OF_ISOLATE:
                pass
            isolates -= 1
        elif control == _END_OF_EMBEDDING and left_open[-1:] == [_END_OF_EMBEDDING]:
            left_open.pop()
    return f' data-end="{"".join(reversed(left_open))}"' if left_open else ""


def _heading(found: re.Match[str], exchange: int, citations: Sequence[Citation]) -> str:
    """Return a heading, in whose line the style sheet hides the hashes; a quote may begin or end at any character."""
    level = min(_TITLE_LEVEL + found[1].count("#"), 6)
    hashes = _pieces(found.string, found.span(1), exchange, citations, kind="piece hashes")
    title = _pieces(found.string, (found.end(1), found.end()), exchange, citations)
    return f'<span class="heading" role="heading" aria-level="{level}">{hashes}{title}</span>'


def _pieces(
    text: str, span: tuple[int, int], exchange: int, citations: Sequence[Citation], *, kind: str = "piece"
) -> str:
    """Return a part of marked text.

    Quotes may overlap: it is cut at every border, and a piece is marked where any quote covers it.
    """
    borders = {border for c in citations for border in (c.start, c.end) if span[0] < border < span[1]}
    cuts = sorted({*span, *borders})
    parts = []
    for start, end in itertools.pairwise(cuts):
        parts += [_anchor(c, exchange) for c in citations if c.start == start]
        quoted = any(c.start <= start < c.end for c in citations)
        parts.append(piece(text[start:end], tag="mark" if quoted else "span", kind=kind))
    return "".join(parts)


def _anchor(citation: Citation, exchange: int) -> str:
    return (
        f'<span class="number" data-place="{place(exchange, citation.number)}" tabindex="-1">{citation.number}</span>'
    )
