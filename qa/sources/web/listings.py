"""Feeds, sitemaps and lists of addresses: what names pages, and what it says of each."""

from __future__ import annotations

import json
import re
import urllib.parse
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import ArticleError
from qa.extract import feed
from qa.extract.markup import local_name, parse_xml
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
    elif value := _json_feed_in(body):
        made = _json_feed(value, where)
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
    headers = {"content-type": response.headers.get("content-type", "application/xml")}
    parsed = feed.parse(body, str(response.address), headers)
    entries = (_entry(each, parsed.feed, response) for each in parsed.entries)
    return Listing("feed", tuple(filter(None, entries)), pause=_pause(parsed.feed))


def _entry(item: Mapping[str, Any], about: Mapping[str, Any], response: Response) -> Entry | None:
    """Return what a feed says of one page; None if it names none."""
    base = str(response.address)
    link = feed.link_of(item, base)
    if not is_address(link):
        return None
    text = feed.text_of(item, base)
    full = feed.is_full(text)
    return Entry(link, **feed.described(item, about, base), full=full, text=text if full else "")


def _json_feed(value: Mapping[str, Any], where: str) -> Listing:
    """Return the listing of a JSON Feed (jsonfeed.org, version 1.1)."""
    items = [item for item in value["items"] if isinstance(item, Mapping)]
    return Listing("feed", tuple(filter(None, (_json_entry(each, value, where) for each in items))))


def _json_entry(item: Mapping[str, Any], about: Mapping[str, Any], where: str) -> Entry | None:
    try:
        link = urllib.parse.urljoin(where, _string(item, "url", "external_url", "id"))
    except ValueError:
        return None
    if not is_address(link):
        return None
    marked = _string(item, "content_html")
    text = feed.shown(marked, where) if marked else _string(item, "content_text")
    people = item.get("authors") or about.get("authors") or [item.get("author")]
    names = [_string(each, "name") for each in people if isinstance(each, Mapping)]
    return Entry(
        link,
        title=_string(item, "title"),
        published=_string(item, "date_published", "date_modified"),
        author=", ".join(filter(None, names)),
        source=_string(about, "title"),
        language=_string(item, "language") or _string(about, "language"),
        full=feed.is_full(text),
        text=text if feed.is_full(text) else "",
    )


def _string(value: Mapping[str, Any], *names: str) -> str:
    held = (value.get(name) for name in names)
    return next((each.strip() for each in held if isinstance(each, str) and each.strip()), "")


def _json_feed_in(body: bytes) -> Mapping[str, Any] | None:
    """Return the object of a JSON Feed; None if the body is something else."""
    if b"jsonfeed.org/version" not in body[:_HEAD]:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("items"), list) else None


def _pause(about: Mapping[str, Any]) -> float:
    """Return how many seconds a feed asks readers to wait; 0 if it asks nothing."""
    ttl = str(about.get("ttl", "")).strip()
    period = _SECONDS.get(str(about.get("sy_updateperiod", "")).strip().lower(), 0)
    often = str(about.get("sy_updatefrequency", "")).strip()
    times = int(often) if often.isdecimal() and len(often) < 6 else 1
    return max(60.0 * int(ttl) if ttl.isdecimal() and len(ttl) < 7 else 0.0, period / max(times, 1))
