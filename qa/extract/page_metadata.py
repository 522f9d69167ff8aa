"""What a web page says of its article: JSON-LD, meta tags, and the first of its marked dates."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from qa.dates import days

_MOST_OBJECTS = 2_000
_MOST_JSON = 1_000_000
_ARTICLE = ("Article", "Posting", "Report", "Review")
_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date",
    "publish-date",
    "publication_date",
    "pubdate",
    "date",
)


class PageMetadata:
    """The metadata of one page.

    Args:
        root: of the page.
        address: of the page, or the name of its file.
    """

    def __init__(self, root: Any, address: str) -> None:
        self._root = root
        self._address = address
        self._meta = dict[str, str]()
        for element in root.iter("meta"):
            name = element.get("property") or element.get("name") or element.get("itemprop") or ""
            self._meta.setdefault(name.strip().lower(), (element.get("content") or "").strip())
        self._article = next(_articles(root), {})

    @property
    def source(self) -> str:
        """The outlet."""
        names = [_name(self._article.get("publisher")), self._meta.get("og:site_name", "")]
        return next(filter(None, names), "")

    @property
    def author(self) -> str:
        """The authors of the JSON-LD."""
        return _name(self._article.get("author"))

    @property
    def published(self) -> str:
        """The date of publication, as it is marked; empty if none is marked that can be read."""
        return next((date for date in self._dates() if days(date)), "")

    @property
    def language(self) -> str:
        """The tag of the language."""
        named = str(self._root.get("lang") or self._root.get("xml:lang") or "")
        given = self._article.get("inLanguage")
        locale = self._meta.get("og:locale", "").replace("_", "-")
        return next(
            filter(None, (named.strip(), given if isinstance(given, str) else "", locale)), ""
        )

    @property
    def url(self) -> str:
        """The canonical address; empty if none is named."""
        links = (
            element.get("href") or ""
            for element in self._root.iter("link")
            if "canonical" in (element.get("rel") or "").lower().split()
        )
        named = next(filter(None, (*links, self._meta.get("og:url", ""))), "").strip()
        try:
            address = urljoin(self._address, named) if named else ""
        except ValueError:
            return ""
        return address if address.lower().startswith(("http://", "https://")) else ""

    @property
    def feed(self) -> str:
        """The address of the first feed that the page names; empty if it names none."""
        for element in self._root.iter("link"):
            if (element.get("type") or "").lower() in {
                "application/rss+xml",
                "application/atom+xml",
                "application/feed+json",
            }:
                try:
                    return str(urljoin(self._address, element.get("href") or ""))
                except ValueError:
                    return ""
        return ""

    @property
    def is_cut(self) -> bool:
        """Whether the page says that only a part of the article is free to read."""
        return str(self._article.get("isAccessibleForFree", "")).lower() == "false"

    def _dates(self) -> Iterator[str]:
        given = self._article.get("datePublished")
        yield given if isinstance(given, str) else ""
        yield from (self._meta.get(name, "") for name in _PUBLISHED)
        for element in self._root.iter():
            if element.get("itemprop") == "datePublished":
                yield (element.get("datetime") or element.get("content") or "").strip()
        marked = (element for element in self._root.iter("time") if "pubdate" in element.attrib)
        yield from ((element.get("datetime") or "").strip() for element in marked)


def _articles(root: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of the page's JSON-LD that describe articles."""
    for script in root.iter("script"):
        kind = (script.get("type") or "").partition(";")[0].strip().lower()
        text = script.text or ""
        if kind != "application/ld+json" or len(text) > _MOST_JSON:
            continue
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for each in itertools.islice(_objects(value), _MOST_OBJECTS):
            kinds = each.get("@type")
            names = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(name, str) and name.endswith(_ARTICLE) for name in names):
                yield each


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield all objects within a JSON value, the outer ones first; not by recursion."""
    waiting: list[object] = [value]
    for each in waiting:
        if isinstance(each, Mapping):
            yield each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _name(value: object) -> str:
    """Return the name of a person or organisation, or of several."""
    if isinstance(value, list):
        return ", ".join(_unique(filter(None, map(_name, value))))
    if isinstance(value, Mapping):
        value = value.get("name")
    return " ".join(value.split()) if isinstance(value, str) and "://" not in value else ""


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
