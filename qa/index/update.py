"""Brings an index up to date with the sources it was made from."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.dates import days
from qa.errors import ArticleError, ArticleWarning
from qa.extract import ReadOptions
from qa.index.passages import Splitter
from qa.index.records import IndexedArticle, fingerprint_of, with_language
from qa.index.synced_stores import SyncedStores
from qa.protocols import Encoder
from qa.sources import (
    Reading,
    Source,
    display,
    is_address,
    is_there,
    is_within,
    open_sources,
    to_path,
)
from qa.types import Article

if TYPE_CHECKING:
    from qa.index.read_transaction import ReadTransaction
    from qa.sources.web.client import Client
    from qa.sources.web.source import Web

Progress = Callable[[str, int, int], None]
Embedded = Callable[[int, int], None]
BATCH_SIZE = 256
"""Passages embedded at once; an interruption loses at most these.

The more, the less padding between texts of similar length: a tenth more passages a second than with
128.
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What an update did.

    Attributes:
        added: ids of articles.
        changed: the same.
        unchanged: the same.
        removed: the same.
        refused: what was refused, and why.
        warnings: what was noticed about articles that were kept.
        counts: of the articles that were read: "source", "month" or "format" -> value -> number.
        passages: embedded.
        seconds: that the update took.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[ArticleError, ...] = ()
    warnings: tuple[ArticleWarning, ...] = ()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    passages: int = 0
    seconds: float = 0.0


class Update:
    """One run over some sources.

    Args:
        stores: of the index. Nobody else may write meanwhile.
        split: an article -> its passages.
        encoder: embeds the passages.
        options: how articles are read; an encoding and keys that were given before still hold.
        batch_size: passages embedded at once.
        dry: only find out what would be done.
        embedded: called with (passages embedded so far, passages known so far), now and then.
        client: asks web sites; only needed for web addresses.
        only_due: leave out web pages that need not be looked at yet.
    """

    def __init__(  # noqa: PLR0913 - by keyword, all but what it works with
        self,
        stores: SyncedStores,
        split: Splitter,
        encoder: Encoder,
        *,
        options: ReadOptions,
        batch_size: int = BATCH_SIZE,
        dry: bool = False,
        embedded: Embedded | None = None,
        client: Client | None = None,
        only_due: bool = False,
    ) -> None:
        self._stores = stores
        self._split = split
        self._encoder = encoder
        self._options = options
        self._batch_size = batch_size
        self._dry = dry
        self._embedded = embedded
        self._client = client
        self._only_due = only_due
        self._web: Web | None = None
        self._ids: dict[str, list[str]] = {}  # origin -> ids before the run, where the web is asked
        self._known: dict[str, tuple[str, str]] = {}  # id -> (origin, fingerprint) before the run
        self._seen: dict[str, str] = {}  # id -> origin, in this run
        self._contested: list[Reading] = []
        self._waiting: list[IndexedArticle] = []
        self._lists: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
        self._refused: list[ArticleError] = []
        self._warnings: list[ArticleWarning] = []
        self._counts: dict[str, Counter[str]] = {
            name: Counter() for name in ("source", "month", "format")
        }
        self._passages = 0

    def run(self, places: Sequence[str | Path], progress: Progress | None = None) -> Report:
        """Read some places, embed what is new or changed, then remove what is gone from them.

        Args:
            places: paths or URIs; by default all that the index was made from.
            progress: called with (name of the item, readings so far, readings in all).
        """
        started = time.perf_counter()
        with self._stores.store.read() as read:
            self._known, roots = read.known(), read.roots()
            options = _with_earlier(self._options, read.manifest.get("reading", {}))
            places = places or roots
            if any(map(is_address, places)):
                self._web = self._open_web(read)
        origins = {origin for origin, _ in self._known.values()}
        sources, roots = open_sources(places, roots=roots, origins=origins, web=self._web)
        total = sum(source.count() for source in sources)
        readings = (r for source in sources for r in source.read(options))
        for number, reading in enumerate(readings, 1):
            self._take(reading, sources)
            if progress:
                progress(Path(display(reading.origin)).name, number, max(number, total))
        if not self._dry:
            roots = self._web.roots(roots) if self._web else roots
            self._stores.store.set_roots(roots)
            told = {"encoding": options.encoding, "fields": dict(options.fields)}
            self._stores.store.remember("reading", told)
        for reading in self._contested:
            self._keep(reading)
        self._flush()
        removed = self._remove_lost(sources)
        return Report(
            **{name: tuple(ids) for name, ids in self._lists.items()},
            removed=tuple(removed),
            refused=tuple(self._refused),
            warnings=tuple(self._warnings),
            counts={name: dict(counts) for name, counts in self._counts.items()},
            passages=self._passages,
            seconds=time.perf_counter() - started,
        )

    def _take(self, reading: Reading, sources: Sequence[Source]) -> None:
        article, origin = reading.article, reading.origin
        self._warnings += reading.warnings
        if reading.error is not None:
            self._refused.append(reading.error)
        if reading.unchanged:
            self._keep_all(origin)
        if article is None:
            return
        other, _ = self._known.get(article.id, (origin, ""))
        if other == origin or article.id in self._seen or not is_there(other):
            self._keep(reading)
        elif any(source.covers(other) for source in sources):
            # The other place may no longer give this id: known once everything has been read.
            self._contested.append(reading)
        else:
            self._refuse_duplicate(article, origin, other)

    def _keep(self, reading: Reading) -> None:
        """Take an article in, unless its id was taken in this run."""
        article, origin = reading.article, reading.origin
        if article is None:
            return
        if article.id in self._seen:
            if self._seen[article.id] != origin:  # else places overlap, and it was read twice
                self._refuse_duplicate(article, origin, self._seen[article.id])
            return
        self._seen[article.id] = origin
        self._count(article, reading.format)
        fingerprint, known = fingerprint_of(article), self._known.get(article.id)
        if known != (origin, fingerprint):
            article = with_language(article)
        # What was restored has the fingerprint of the article with its language.
        if known in {(origin, fingerprint), (origin, fingerprint_of(article))}:
            self._lists["unchanged"].append(article.id)
            return
        self._lists["changed" if article.id in self._known else "added"].append(article.id)
        self._waiting.append(IndexedArticle(article, origin, fingerprint, self._split(article)))
        if sum(len(indexed.passages) for indexed in self._waiting) >= self._batch_size:
            self._flush()

    def _keep_all(self, origin: str) -> None:
        """Keep the articles of an item that has not changed."""
        for article_id in self._ids.get(origin, ()):
            if article_id not in self._seen:
                self._seen[article_id] = origin
                self._lists["unchanged"].append(article_id)

    def _count(self, article: Article, form: str) -> None:
        known = days(article.published)
        month = f"{known[0] // 10000:04}-{known[0] // 100 % 100:02}" if known else ""
        for name, value in (("source", article.source), ("month", month), ("format", form)):
            self._counts[name][value] += 1

    def _refuse_duplicate(self, article: Article, origin: str, other: str) -> None:
        reason = f"the id {article.id!r} is that of an article in {display(other)}"
        self._refused.append(ArticleError(display(origin), reason))

    def _flush(self) -> None:
        before, waiting = self._passages, sum(len(i.passages) for i in self._waiting)

        def tell(done: int) -> None:
            if self._embedded:
                self._embedded(before + done, before + waiting)

        if not self._dry:
            watch = tell if self._embedded else None
            self._stores.write((), self._waiting, self._encoder, watch)
            if self._web and self._web.noted:
                self._stores.store.note_pages(self._web.noted.values())
                self._web.noted.clear()
        self._passages += waiting
        self._waiting = []

    def _open_web(self, read: ReadTransaction) -> Web:
        from qa.sources.web.client import Client
        from qa.sources.web.source import Web

        for article_id, (origin, _) in self._known.items():
            self._ids.setdefault(origin, []).append(article_id)
        client = self._client or Client()
        return Web(client, pages=read.pages(), known=self._ids, only_due=self._only_due)

    def _remove_lost(self, sources: Sequence[Source]) -> list[str]:
        """Remove the articles that their source no longer gives; forget roots that are gone too."""
        lost = [
            article_id
            for article_id, (origin, _) in self._known.items()
            if article_id not in self._seen and any(source.has_lost(origin) for source in sources)
        ]
        if not self._dry:
            self._stores.write(lost, (), self._encoder)
            store = self._stores.store
            store.relate()
            with store.read() as read:
                roots = read.roots()
                origins = [origin for origin, _ in read.known().values()]
            store.set_roots(
                root
                for root in roots
                if is_there(root) or any(is_within(origin, [to_path(root)]) for origin in origins)
            )
        return lost


def _with_earlier(options: ReadOptions, told: Mapping[str, Any]) -> ReadOptions:
    """Return the options, completed with what was told in an earlier run."""
    fields = {**told.get("fields", {}), **options.fields}
    return ReadOptions(options.max_chars, options.encoding or told.get("encoding", ""), fields)
