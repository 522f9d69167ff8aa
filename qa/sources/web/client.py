"""A polite client: asks what robots.txt allows, at one rate for each site; follows redirects."""

from __future__ import annotations

import email.utils
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qa.errors import ArticleError
from qa.sources.web.addresses import Address, parse
from qa.sources.web.responses import Response, UnreachableError

if TYPE_CHECKING:
    from protego import Protego

MOST_REDIRECTS = 5
_LONGEST_PAUSE = 60.0
_MOST_RULES = 500_000  # bytes of a robots.txt that are read, as RFC 9309 says
# A host that fails so often in a row is not asked again by this client.
_MOST_FAILURES = 5
_BUSY = frozenset({429, 503})


def user_agent() -> str:
    """Return what the product calls itself."""
    from importlib.metadata import version

    return f"qa-articles/{version('qa-articles')}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer at the end of all redirects.

    Attributes:
        response: the last one.
        permanent: where permanent redirects led, before any that is not; what was asked, if none.
    """

    response: Response
    permanent: Address


@dataclass
class _Site:
    """What is known of a scheme, host and port."""

    rules: Protego | None = None
    pause: float = 0.0
    free_at: float = 0.0
    failures: int = 0
    refusal: ArticleError | None = None


@dataclass
class Client:
    """Asks one thing after another, and remembers how each site wants to be asked.

    Attributes:
        interval: seconds from one request to the next one of the same site.
        allow_private: also ask machines of private networks.
        clock: gives seconds.
        sleep: waits.
    """

    interval: float = 1.0
    allow_private: bool = False
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    _sites: dict[str, _Site] = field(default_factory=dict)

    def get(self, address: Address, headers: Mapping[str, str] | None = None) -> Fetched:
        """Return what an address gives, after redirects; each is asked for as politely.

        Raises:
            UnreachableError: nothing came back.
            ArticleError: the site forbids it, or it may not be asked.
        """
        asked, permanent, only_permanent = address, address, True
        for _ in range(MOST_REDIRECTS + 1):
            response = self._ask(address, headers)
            if not response.location:
                return Fetched(response, permanent)
            target = parse(urllib.parse.urljoin(str(address), response.location))
            only_permanent &= response.is_permanent
            permanent = target if only_permanent else permanent
            address = target
        raise ArticleError(str(asked), f"redirects more than {MOST_REDIRECTS} times")

    def _ask(self, address: Address, headers: Mapping[str, str] | None) -> Response:
        site = self._site(address)
        if site.refusal:
            raise type(site.refusal)(str(address), site.refusal.reason, site.refusal.remedy)
        if site.rules and not site.rules.can_fetch(str(address), user_agent()):
            raise ArticleError(
                str(address), "its robots.txt forbids it", "save the page, and index the file"
            )
        try:
            response = self._paced(site, address, headers)
        except UnreachableError as error:
            site.failures += 1
            if site.failures >= _MOST_FAILURES:
                reason = f"{address.host} failed {_MOST_FAILURES} times in a row: not asked again"
                site.refusal = UnreachableError(str(address), reason, error.remedy)
            raise
        site.failures = 0
        if response.status in _BUSY:
            site.refusal = UnreachableError(str(address), *_wish(response))
            raise site.refusal
        return response

    def _paced(
        self, site: _Site, address: Address, headers: Mapping[str, str] | None = None
    ) -> Response:
        if (wait := site.free_at - self.clock()) > 0:
            self.sleep(wait)
        site.free_at = self.clock() + max(self.interval, site.pause)
        return self._fetch(address, headers)

    def _fetch(self, address: Address, headers: Mapping[str, str] | None = None) -> Response:
        from qa.sources.web.transport import fetch

        named = {"User-Agent": user_agent(), **(headers or {})}
        return fetch(address, named, allow_private=self.allow_private)

    def _site(self, address: Address) -> _Site:
        if address.site not in self._sites:
            self._sites[address.site] = site = _Site()
            try:
                self._learn(site, address)
            except ArticleError as error:
                site.refusal = error
        return self._sites[address.site]

    def _learn(self, site: _Site, address: Address) -> None:
        """Read a site's robots.txt: one that is not there allows all, one that fails nothing.

        Raises:
            ArticleError: it fails.
        """
        from protego import Protego

        rules = Address(address.scheme, address.host, address.port, "/robots.txt")
        response = self._paced(site, rules)
        for _ in range(MOST_REDIRECTS):
            if not response.location:
                break
            rules = parse(urllib.parse.urljoin(str(rules), response.location))
            response = self._fetch(rules)
        if response.status >= 500 or response.status in _BUSY:
            reason = f"its robots.txt cannot be read (HTTP {response.status})"
            raise UnreachableError(str(rules), reason, "try again later")
        if response.status == 200:
            text = response.body[:_MOST_RULES].decode("utf-8", "replace")
            site.rules = Protego.parse(text)
            site.pause = min(float(site.rules.crawl_delay(user_agent()) or 0), _LONGEST_PAUSE)


def _wish(response: Response) -> tuple[str, str]:
    """Return why a site wants no more requests now, and when to come again."""
    after = response.headers.get("retry-after", "")
    when = f"after {after} seconds" if after.isdecimal() else "later"
    if email.utils.parsedate(after):
        when = f"after {after}"
    return f"the site is too busy (HTTP {response.status})", f"try again {when}"
