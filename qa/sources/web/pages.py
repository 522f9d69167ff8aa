"""What is remembered of each address that was fetched, so that asking again is cheap."""

from __future__ import annotations

import dataclasses
import email.utils
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.sources.web.responses import Response

FLOOR = {"page": 3600.0, "feed": 300.0, "sitemap": 3600.0, "list": 3600.0}
"""Kind -> the least seconds between two looks of `qa index --watch`."""

_USUAL = {"page": 3600.0, "feed": 900.0, "sitemap": 3600.0, "list": 3600.0}
_LONGEST = 86_400.0
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a listing says of one address.

    Attributes:
        address: of the page.
        title: and the other fields: of its article, where the page says nothing.
        published: the same.
        author: the same.
        source: the same.
        language: the same.
        lastmod: when a sitemap says that the page changed.
        full: the listing holds the whole text, and the page is not fetched.
        text: what it holds; not remembered.
    """

    address: str
    title: str = ""
    published: str = ""
    author: str = ""
    source: str = ""
    language: str = ""
    lastmod: str = ""
    full: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One address, as it was when it was last fetched.

    Attributes:
        address: that was asked for.
        kind: `page`, `feed`, `sitemap` or `list`.
        origin: of its article; empty for a listing.
        etag: the server's name for this version.
        modified: when the server says that it changed.
        lastmod: when a sitemap said so.
        due: when to look again, in seconds since 1970.
        entries: of a listing, without their texts.
    """

    address: str
    kind: str = "page"
    origin: str = ""
    etag: str = ""
    modified: str = ""
    lastmod: str = ""
    due: float = 0.0
    entries: tuple[Entry, ...] = ()

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask for the content only if it has changed since."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in named.items() if value}

    def to_json(self) -> dict[str, Any]:
        """Return the page as JSON holds it."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Page:
        """Return a page as `to_json` gave it.

        Raises:
            TypeError, ValueError: it is damaged.
        """
        entries = tuple(Entry(**entry) for entry in value["entries"])
        page = cls(**{**value, "entries": entries})
        if not all(isinstance(each, str) for each in (page.address, page.origin)):
            raise TypeError("an address is no text")
        return dataclasses.replace(page, due=float(page.due))


def due(response: Response, kind: str, now: float, own: float = 0.0) -> float:
    """Return when to look again, in seconds since 1970.

    Args:
        response: that was fetched at `now`: its caching headers count.
        kind: of what was fetched.
        now: in seconds since 1970.
        own: seconds that a feed itself asks for; 0 if it does not.
    """
    pause = max(own, _fresh(response, now)) or _USUAL[kind]
    return now + min(max(pause, FLOOR[kind]), _LONGEST)


def _fresh(response: Response, now: float) -> float:
    """Return for how many seconds a response says that it stays as it is."""
    if match := _MAX_AGE.search(response.headers.get("cache-control", "").lower()):
        return float(match[1])
    try:
        expires = email.utils.parsedate_to_datetime(response.headers.get("expires", ""))
        return max(0.0, expires.timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
