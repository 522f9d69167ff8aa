"""What every source of articles offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from qa.errors import ArticleError, ArticleWarning
from qa.extract import ReadOptions
from qa.types import Article


@dataclass(frozen=True, slots=True)
class Reading:
    """What one item of a source gave: an article, or the error that says why not.

    Attributes:
        origin: the item's URI; several articles of a collection share one.
        article: what was read.
        error: why nothing was.
        warnings: what was noticed about it.
        format: the name of the item's format, where it is known.
        unreachable: the item could not be opened, so that its content is unknown.
        unchanged: the item is as it was when its articles were indexed, and was not read again.
    """

    origin: str
    article: Article | None = None
    error: ArticleError | None = None
    unreachable: bool = False
    unchanged: bool = False
    warnings: tuple[ArticleWarning, ...] = ()
    format: str = ""


class Source(Protocol):
    """Where articles come from, for one run of an update."""

    @property
    def root(self) -> str:
        """The URI to read again at the next update; empty if there is none."""

    def count(self) -> int:
        """Return about how many readings `read` will yield, without parsing anything."""

    def read(self, options: ReadOptions) -> Iterator[Reading]:
        """Yield a reading for each article, and for each item that is none."""

    def covers(self, origin: str) -> bool:
        """Return whether an item of this URI belongs to this source."""

    def has_lost(self, origin: str) -> bool:
        """Return whether an article of this URI is gone unless `read` has just yielded it.

        False for an item that was out of reach. Only meaningful after `read` has ended.
        """
