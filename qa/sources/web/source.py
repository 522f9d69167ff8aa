"""A web address as a source: a page, or a feed, sitemap or list of pages."""

from __future__ import annotations

import dataclasses
import io
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from qa.errors import ArticleError, ArticleWarning
from qa.extract import Document, ReadOptions, checked, format_of_type, metadata
from qa.sources.source import Reading
from qa.sources.web.addresses import Address, parse, same_site
from qa.sources.web.client import Client, Fetched
from qa.sources.web.listings import MOST_ENTRIES, Listing, listing_of
from qa.sources.web.pages import Entry, Page, due
from qa.sources.web.responses import Response, UnreachableError
from qa.types import Article

_DEEPEST = 2  # sitemaps that name sitemaps
_GONE = frozenset({404, 410})
_FORBIDDEN = frozenset({401, 402, 403, 407, 451})
_SAVE_IT = "save the page, and index the file"


@dataclass(frozen=True, slots=True)
class _Visit:
    """What is known before an address is asked for.

    Attributes:
        address: what is asked for.
        options: how documents are read.
        page: what is remembered of it.
        entry: what a listing says of it; None if the user named it.
        depth: the number of listings above it.
    """

    address: Address
    options: ReadOptions
    page: Page | None
    entry: Entry | None
    depth: int


class Web:
    """What all web addresses of one update share.

    Args:
        client: asks.
        pages: what is remembered of earlier updates, by address.
        known: the origins that the index holds articles of.
        only_due: leave out what need not be looked at yet.
        now: gives the seconds since 1970.

    Attributes:
        noted: what to remember from now on, by address, once the articles that were read so far
            are stored.
        moved: origins whose article is now another one's.
        landed: address that gave something -> where permanent redirects led from there.
    """

    def __init__(
        self,
        client: Client | None = None,
        *,
        pages: Mapping[str, Page] | None = None,
        known: Collection[str] = (),
        only_due: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.noted: dict[str, Page] = {}
        self.moved: set[str] = set()
        self.landed: dict[str, str] = {}
        self._client = client or Client()
        self._pages = pages or {}
        self._known = known
        self._only_due = only_due
        self._now = now
        self._visited: set[str] = set()
        self._given: dict[str, str] = {}  # origin -> the address that gave it
        self._room = MOST_ENTRIES
        self._named: list[str] = []

    def source(self, written: str) -> WebSource:
        """Return the source of an address that the user named."""
        try:
            address = str(parse(written))
        except ArticleError:
            address = written  # `visit` says why it is refused
        self._named.append(address)
        return WebSource(address, self)

    def roots(self, roots: Iterable[str]) -> list[str]:
        """Return the roots to remember: those there were, as they moved, and new ones that worked.

        Args:
            roots: of the index.
        """
        landed = (self.landed.get(address, "") for address in self._named)
        moved = (self.landed.get(root, root) for root in roots)
        return list(dict.fromkeys([*moved, *filter(None, landed)]))

    def page(self, address: str) -> Page | None:
        """Return what is remembered of an address."""
        return self._pages.get(address)

    def visit(
        self, written: str, options: ReadOptions, entry: Entry | None = None, depth: int = 0
    ) -> Iterator[Reading]:
        """Yield a reading for each article that an address gives, or leads to.

        Args:
            written: the address.
            options: how documents are read.
            entry: what a listing says of it; None if the user named it.
            depth: the number of listings above it.
        """
        try:
            address = parse(written)
            name = str(address)
            if name in self._visited:
                return
            self._visited.add(name)
            visit = _Visit(address, options, self.page(name), entry, depth)
            if visit.page and self._is_settled(visit.page, entry):
                self.landed[name] = name
                if entry and visit.page.origin:
                    yield Reading(visit.page.origin, unchanged=True)
                return
            conditions = visit.page.conditions if visit.page and self._holds(visit.page) else {}
            fetched = self._client.get(address, conditions)
            if fetched.response.status == 304 and not entry and fetched.permanent != address:
                fetched = self._client.get(address)  # what moved is read under its new address
            yield from self._answer(visit, fetched)
        except ArticleError as error:
            away = isinstance(error, UnreachableError)
            yield Reading(written, error=error, unreachable=away)

    def _is_settled(self, page: Page, entry: Entry | None) -> bool:
        """Return whether an address need not be asked for again now."""
        if not self._holds(page):
            return False
        if entry and entry.lastmod and page.kind == "page":
            return entry.lastmod == page.lastmod
        return self._only_due and page.due > self._now()

    def _holds(self, page: Page) -> bool:
        """Return whether the index has all articles that the address itself gave."""
        if page.kind == "page":
            return page.origin in self._known
        return all(str(parse(each.address)) in self._known for each in page.entries if each.full)

    def _answer(self, visit: _Visit, fetched: Fetched) -> Iterator[Reading]:
        response, page, name = fetched.response, visit.page, str(visit.address)
        listing = listing_of(response) if response.status == 200 else None
        if response.status == 304 and page:
            self._note(page, response)
            if page.kind == "page":
                yield Reading(page.origin, unchanged=True)
            yield from self._entries(page.entries, visit)
        elif listing:
            yield from self._listing(visit, listing, fetched)
        elif response.status in _GONE or _is_start_page_instead(visit.address, response):
            yield self._gone(visit, response)
            return
        elif response.status != 200:
            raise _refusal(response)
        else:
            yield from self._articles(visit, fetched)
        self.landed[name] = str(fetched.permanent)
        if not visit.entry and fetched.permanent != visit.address:
            told = f"has moved to {fetched.permanent}: recorded under its new address"
            yield Reading(name, warnings=(ArticleWarning(name, told),))

    def _gone(self, visit: _Visit, response: Response) -> Reading:
        """Return the reading of what is not there (any more): an article stays."""
        name, page = str(visit.address), visit.page
        gone = response.status in _GONE
        how = f"is gone (HTTP {response.status})" if gone else "leads to the start page instead"
        if not (page and page.origin in self._known):
            raise ArticleError(name, how, "check the address")
        self.landed[name] = name
        told = f"{how}: its article is kept; qa articles remove takes it out"
        return Reading(page.origin, warnings=(ArticleWarning(name, told),))

    def _listing(self, visit: _Visit, listing: Listing, fetched: Fetched) -> Iterator[Reading]:
        where = str(fetched.response.address)
        parts = tuple(map(Entry, listing.parts))
        bare = *(dataclasses.replace(each, text="") for each in listing.entries), *parts
        page = Page(self._key(visit, fetched), listing.kind, entries=bare)
        self._note(page, fetched.response, listing.pause)
        if not bare:
            yield Reading(where, warnings=(ArticleWarning(where, "names no page"),))
        yield from self._entries((*listing.entries, *parts), visit)
        if listing.left_out:
            reason = f"names more than {MOST_ENTRIES:,} pages: {listing.left_out:,} are not read"
            yield Reading(where, error=ArticleError(where, reason, "name them in several lists"))

    def _entries(self, entries: tuple[Entry, ...], visit: _Visit) -> Iterator[Reading]:
        for entry in entries:
            if entry.full:
                yield self._full(entry, visit.options)
                continue
            if visit.depth > _DEEPEST or self._room <= 0:
                most = f"{MOST_ENTRIES:,} pages, or {_DEEPEST} listings below each other"
                error = ArticleError(entry.address, f"beyond the most that is read: {most}")
                yield Reading(entry.address, error=error)
                return
            self._room -= 1
            yield from self.visit(entry.address, visit.options, entry, visit.depth + 1)

    def _full(self, entry: Entry, options: ReadOptions) -> Reading:
        """Return the reading of an article that a feed holds in full."""
        try:
            origin = str(parse(entry.address))
            if not entry.text:  # the feed has not changed
                return Reading(origin, unchanged=True)
            document = Document(origin, origin, io.BytesIO(), options)
            about = metadata({**dataclasses.asdict(entry), "url": origin}, document)
            article = checked(Article(origin, text=entry.text, **about), origin, options.max_chars)
        except ArticleError as error:
            return Reading(entry.address, error=error)
        return Reading(origin, article, warnings=tuple(document.warnings), format="feed")

    def _articles(self, visit: _Visit, fetched: Fetched) -> Iterator[Reading]:
        response = fetched.response
        where = str(response.address)
        encoding = response.charset or visit.options.encoding
        options = dataclasses.replace(visit.options, encoding=encoding)
        document = Document(where, where, io.BytesIO(response.body), options)
        found = format_of_type(document, response.media_type)
        for made in found.extract(document):
            warnings = tuple(document.warnings)
            document.warnings.clear()
            if isinstance(made, ArticleError):
                yield Reading(where, error=made, warnings=warnings, format=found.name)
                continue
            article = self._placed(made, response.address, visit.entry) if found.single else made
            origin = article.id if found.single else where
            self._note_page(visit, origin, fetched)
            yield Reading(origin, article, warnings=warnings, format=found.name)

    def _placed(self, article: Article, address: Address, entry: Entry | None) -> Article:
        """Return a page's article under its canonical address, completed with what a feed says."""
        origin = self._origin(article.url, address)
        about = {
            name: getattr(article, name) or getattr(entry, name, "")
            for name in ("title", "published", "author", "source", "language")
        }
        about["source"] = about["source"] or address.host.removeprefix("www.")
        return dataclasses.replace(article, id=origin, url=origin, **about)

    def _origin(self, canonical: str, address: Address) -> str:
        """Return the canonical address of a page, unless it names another site or another page."""
        try:
            named = parse(canonical) if canonical else address
        except ArticleError:
            named = address
        if not same_site(named.host, address.host) or named.is_start_page:
            named = address
        if self._given.setdefault(str(named), str(address)) != str(address):
            named = address
        return str(named)

    def _note_page(self, visit: _Visit, origin: str, fetched: Fetched) -> None:
        lastmod = visit.entry.lastmod if visit.entry else ""
        page = Page(self._key(visit, fetched), origin=origin, lastmod=lastmod)
        self._note(page, fetched.response)
        if visit.page and visit.page.origin in self._known and visit.page.origin != origin:
            self.moved.add(visit.page.origin)

    def _key(self, visit: _Visit, fetched: Fetched) -> str:
        """Return the address to remember: a listing will name the one that it named."""
        return str(visit.address if visit.entry else fetched.permanent)

    def _note(self, page: Page, response: Response, pause: float = 0.0) -> None:
        headers = response.headers
        self.noted[page.address] = dataclasses.replace(
            page,
            etag=headers.get("etag", page.etag),
            modified=headers.get("last-modified", page.modified),
            due=due(response, page.kind, self._now(), pause),
        )


class WebSource:
    """One address that the user named.

    Args:
        address: of a page, or of a feed, a sitemap or a list of pages.
        web: shared with the other addresses of the update.

    """

    def __init__(self, address: str, web: Web) -> None:
        self._address = address
        self._web = web

    @property
    def root(self) -> str:
        """After `read`: where permanent redirects led; empty if nothing came of it."""
        return self._web.landed.get(self._address, "")

    def count(self) -> int:
        """Return about how many articles there are: as many as last time."""
        page = self._web.page(self._address)
        return max(1, len(page.entries)) if page else 1

    def read(self, options: ReadOptions) -> Iterator[Reading]:
        """Yield a reading for each article, fetching what is not known to be the same."""
        yield from self._web.visit(self._address, options)

    def covers(self, origin: str) -> bool:
        """Return whether an article of this URI is the page's."""
        page = self._web.page(self._address)
        return origin in {self._address, page.origin if page else ""}

    def has_lost(self, origin: str) -> bool:
        """Return whether an article has moved: one whose page is gone stays."""
        return origin in self._web.moved


def _is_start_page_instead(address: Address, response: Response) -> bool:
    """Return whether a redirect led from a page to a start page, as for pages that are gone."""
    return response.address.is_start_page and not address.is_start_page


def _refusal(response: Response) -> ArticleError:
    where, status = str(response.address), response.status
    if status in _FORBIDDEN:
        return ArticleError(where, f"is not shown without permission (HTTP {status})", _SAVE_IT)
    return UnreachableError(where, f"answered with HTTP {status}", "try again later")
