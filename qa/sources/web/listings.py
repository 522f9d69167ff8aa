"""Feeds, sitemaps and lists of addresses: what names pages, and what it says of each."""

from __future__ import annotations

import io
import re
import urllib.parse
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import ArticleError
from qa.extract.markup import html_text, local_name, parse_html, parse_xml
from qa.sources.uris import is_address
from qa.sources.web.pages import Entry
from qa.sources.web.responses import MOST_BYTES, Response, unzipped

MOST_ENTRIES = 10_000
"""Of one listing: one request a second takes three hours for them."""

_HEAD = 4_096
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<(?:\?[^>]*|!(?!--)[^>]*|!--(?:(?!-->).)*--)>\s*)*"
    rb"<(?:\w+:)?(rss|feed|RDF|urlset|sitemapindex)[\s>]",
    re.DOTALL,
)
_GZIP = b"\x1f\x8b"
# Shorter texts of feeds are teasers, unless they are marked as content and as long as this.
_FULL_WORDS = 120
_CUT = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\]|read more|continue reading)\W*$", re.IGNORECASE)
_SECONDS = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 604800,
    "monthly": 2592000,
    "yearly": 31536000,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What a feed, a sitemap or a list names.

    Attributes:
        kind: `feed`, `sitemap` or `list`.
        entries: pages.
        parts: addresses of further sitemaps.
        pause: seconds between two looks that a feed asks for; 0 if it does not.
        left_out: the number of entries beyond the most that are read.
    """

    kind: str
    entries: tuple[Entry, ...] = ()
    parts: tuple[str, ...] = ()
    pause: float = 0.0
    left_out: int = 0


def listing_of(response: Response) -> Listing | None:
    """Return the listing that was fetched; None if it is something else.

    Raises:
        ArticleError: it is damaged.
    """
    body, where = response.body, str(response.address)
    if body.startswith(_GZIP) and response.address.target.lower().endswith((".xml.gz", ".txt.gz")):
        try:
            body = unzipped(body)
        except (OSError, EOFError, zlib.error):
            raise ArticleError(where, "damaged: not valid gzip") from None
        if len(body) > MOST_BYTES:
            raise ArticleError(where, f"too large: more than {MOST_BYTES // 1_000_000} MB")
    if root := _ROOT.match(body[:_HEAD]):
        name = root[1].decode()
        made = (
            _sitemap(body, where) if name in {"urlset", "sitemapindex"} else _feed(body, response)
        )
    elif response.media_type in {"text/plain", ""} and (found := addresses_in(body)):
        made = Listing("list", tuple(map(Entry, found)))
    else:
        return None
    left_out = max(0, len(made.entries) + len(made.parts) - MOST_ENTRIES)
    entries = made.entries[:MOST_ENTRIES]
    return Listing(made.kind, entries, made.parts[:MOST_ENTRIES], made.pause, left_out)


def addresses_in(data: bytes) -> list[str]:
    """Return the addresses of a list, one a line; none if the text is something else.

    Empty lines, and those that begin with #, do not count.
    """
    try:
        lines = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        return []
    lines = [line for line in lines if line and not line.startswith("#")]
    return lines if all(map(_is_one_address, lines)) else []


def listed(path: Path) -> list[str]:
    """Return the addresses in a file that holds nothing else; none of another file."""
    if not path.is_file():
        return []
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    return addresses_in(data) if len(data) <= MOST_BYTES else []


def _is_one_address(line: str) -> bool:
    return is_address(line) and not any(char.isspace() for char in line)


def _sitemap(body: bytes, where: str) -> Listing:
    root = parse_xml(body, where)
    entries, parts = list[Entry](), list[str]()
    for element in root:
        fields = dict(_leaves(element))
        if not (location := fields.get("loc", "")):
            continue
        if local_name(element) == "sitemap":
            parts.append(location)
        else:
            entry = Entry(
                location,
                title=fields.get("title", ""),
                published=fields.get("publication_date", ""),
                source=fields.get("name", ""),
                language=fields.get("language", ""),
                lastmod=fields.get("lastmod", ""),
            )
            entries.append(entry)
    return Listing("sitemap", tuple(entries), tuple(parts))


def _leaves(element: Any) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the innermost elements; pictures and films are others' pages."""
    for child in element.iter():
        name = local_name(child)
        if len(child) == 0 and name and not _is_media(child):
            yield name, " ".join((child.text or "").split())


def _is_media(element: Any) -> bool:
    return "sitemap-image" in element.tag or "sitemap-video" in element.tag


def _feed(body: bytes, response: Response) -> Listing:
    import feedparser

    headers = {"content-type": response.headers.get("content-type", "application/xml")}
    # As a stream: text is taken for the name of a file or an address if it looks like one.
    parsed = feedparser.parse(io.BytesIO(body), response_headers=headers)
    if not parsed.entries and parsed.bozo and not parsed.version:
        reason = f"damaged: not a feed ({parsed.get('bozo_exception', 'unreadable')})"
        raise ArticleError(str(response.address), reason)
    entries = (_entry(each, parsed.feed, response) for each in parsed.entries)
    return Listing("feed", tuple(filter(None, entries)), pause=_pause(parsed.feed))


def _entry(entry: Mapping[str, Any], feed: Mapping[str, Any], response: Response) -> Entry | None:
    """Return what a feed says of one page; None if it names none."""
    base = str(response.address)
    link = entry.get("feedburner_origlink") or entry.get("link") or ""
    link = urllib.parse.urljoin(base, link.strip()) if link else ""
    if not is_address(link):
        return None
    contents = [each.get("value", "") for each in entry.get("content", ())]
    text = max((_shown(each, base) for each in contents), key=len, default="")
    full = len(text.split()) >= _FULL_WORDS and not _CUT.search(text)
    return Entry(
        link,
        title=_shown(entry.get("title", ""), base),
        published=_day(entry, "published") or _day(entry, "updated"),
        author=", ".join(_authors(entry)),
        source=_shown((entry.get("source") or {}).get("title", "") or feed.get("title", ""), base),
        language=feed.get("language", "") or "",
        full=full,
        text=text if full else "",
    )


def _shown(value: str, where: str) -> str:
    """Return the text of a piece of HTML, as it is where there is no markup."""
    return html_text(parse_html(value, where)) if "<" in value or "&" in value else value.strip()


def _authors(entry: Mapping[str, Any]) -> Iterable[str]:
    names = [each.get("name", "") for each in entry.get("authors", ()) if each]
    return filter(None, names or [entry.get("author", "")])


def _day(entry: Mapping[str, Any], name: str) -> str:
    """Return a date of an entry in ISO form, in UTC as feedparser gives it; empty if unknown."""
    parts = entry.get(f"{name}_parsed")
    if not parts:
        return ""
    year, month, day, hour, minute, second = parts[:6]
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00"


def _pause(feed: Mapping[str, Any]) -> float:
    """Return how many seconds a feed asks readers to wait; 0 if it asks nothing."""
    ttl = str(feed.get("ttl", "")).strip()
    period = _SECONDS.get(str(feed.get("sy_updateperiod", "")).strip().lower(), 0)
    often = str(feed.get("sy_updatefrequency", "")).strip()
    times = int(often) if often.isdecimal() and len(often) < 6 else 1
    return max(60.0 * int(ttl) if ttl.isdecimal() and len(ttl) < 7 else 0.0, period / max(times, 1))
