"""The index as one thing: open, read, update."""

from __future__ import annotations

import contextlib
import functools
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import IndexStaleError, QAError, SettingsError
from qa.extract import ReadOptions
from qa.files import make_private_folder
from qa.index.check import Problem
from qa.index.copies import ARTICLES, VECTORS, Copies
from qa.index.passages import split
from qa.index.records import ArticleSummary
from qa.index.schema import MIGRATIONS, SCHEMA
from qa.index.snapshot import Snapshot
from qa.index.store import Store
from qa.index.synced_stores import SyncedStores
from qa.index.update import BATCH_SIZE, Embedded, Progress, Report, Update
from qa.index.versions import Version
from qa.index.write_lock import write_lock
from qa.index.writer import Writer
from qa.models.encoder import open_encoder
from qa.protocols import Encoder, VectorStore
from qa.settings import Settings
from qa.text import Span
from qa.types import Article, Filter

if TYPE_CHECKING:
    from qa.sources.web.client import Client
    from qa.sources.web.pages import Page

_FILES = (ARTICLES, f"{ARTICLES}-wal", f"{ARTICLES}-shm")
_RESTORED = 64  # articles at once


class Index:
    """A collection of articles, ready to be searched. `Index.open` makes one.

    Attributes:
        settings: it was opened with.
        encoder: embeds passages and queries.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        encoder: Encoder | None = None,
        vectors: VectorStore | None = None,
    ) -> None:
        self.settings = settings
        self.encoder = encoder or open_encoder(settings.encoder)
        self._folder = settings.index.absolute()  # the working directory may change
        self._copies = Copies(settings, vectors, self._verify)
        self._split = functools.partial(
            split, limit=settings.passage_tokens, count_tokens=self.encoder.count_tokens
        )

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        encoder: Encoder | None = None,
        vectors: VectorStore | None = None,
        create: bool = False,
        rebuild: bool = False,
    ) -> Index:
        """Open the index in `settings.index`.

        Args:
            settings: the folder, and what the index must have been built with.
            encoder: embeds passages and queries; by default the one that `settings.encoder` names.
            vectors: holds the embeddings; by default Chroma, in the index's folder.
            create: create an empty index if there is none.
            rebuild: start with an empty index, but keep the list of places it was made from.

        Raises:
            IndexNotFoundError: there is no index, and `create` is false.
            IndexStaleError: it was built with other settings, another encoder or another version.
            IndexDamagedError: its file of articles is damaged, and `rebuild` is false.
        """
        index = cls(settings, encoder=encoder, vectors=vectors)
        # A creation that was interrupted leaves a file without tables, and no vectors.
        emptied = (index._folder / ARTICLES).is_file() and (index._folder / VECTORS).exists()
        if rebuild or (create and not index._manifest() and not emptied):
            index._copies.demand_free()
            index._create()
        elif not index._manifest():
            raise index.store.absent()
        index._verify(index.store)
        return index

    @property
    def store(self) -> Store:
        """The articles and their words."""
        return self._stores.store

    @property
    def vectors(self) -> VectorStore:
        """One per passage."""
        return self._stores.vectors

    @property
    def _stores(self) -> SyncedStores:
        return self._copies.newest()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Give one state of the index, for everything that one question reads."""
        stores = self._stores  # another copy may be published meanwhile
        with stores.store.read() as read:
            yield Snapshot(read, stores)

    @contextlib.contextmanager
    def writer(self, options: ReadOptions | None = None) -> Iterator[Writer]:
        """Hold the write lock, and give what can be done meanwhile.

        Args:
            options: how articles are read; by default as the settings say.

        Raises:
            IndexLockedError: another process is writing.
        """
        options = options or ReadOptions(self.settings.max_article_chars)
        with self._locked():
            yield Writer(
                self._stores, self.encoder, self._split, options=options, client=self._client()
            )

    def update(  # noqa: PLR0913 - by keyword, all but the places
        self,
        places: Sequence[str | Path] = (),
        *,
        progress: Progress | None = None,
        embedded: Embedded | None = None,
        batch_size: int = BATCH_SIZE,
        options: ReadOptions | None = None,
        only_due: bool = False,
    ) -> Report:
        """Bring the index up to date with files, folders and the web.

        Args:
            places: paths, URIs or web addresses to read; by default all that the index was made
                from.
            progress: called with (file name, readings so far, readings in all).
            embedded: called with (passages embedded so far, passages known so far), now and then;
                what it raises ends the update, and only the batch at work is lost.
            batch_size: passages embedded at once; an interruption loses at most these.
            options: how articles are read; by default as the settings say. An encoding and keys
                of records are remembered for the next update.
            only_due: leave out web pages that need not be looked at yet.

        Raises:
            IndexLockedError: another process is writing.
        """
        with self.writer(options) as writer:
            return writer.update(
                places,
                progress=progress,
                embedded=embedded,
                batch_size=batch_size,
                only_due=only_due,
            )

    def preview(
        self,
        places: Sequence[str | Path] = (),
        *,
        progress: Progress | None = None,
        options: ReadOptions | None = None,
    ) -> Report:
        """Return what `update` would report, without embedding or writing anything."""
        options = options or ReadOptions(self.settings.max_article_chars)
        dry = Update(
            self._stores,
            self._split,
            self.encoder,
            options=options,
            dry=True,
            client=self._client(),
        )
        return dry.run(places, progress)

    def remove(self, *article_ids: str) -> None:
        """Remove articles: all of them, or none if one is unknown.

        Raises:
            ArticleError: the index holds no article of such an id.
            IndexLockedError: another process is writing.
        """
        with self.writer() as writer:
            writer.remove(*article_ids)

    def forget(self, places: Iterable[str | Path]) -> None:
        """Read some places no more; their articles stay.

        Args:
            places: paths, URIs or web addresses.

        Raises:
            QAError: the index is not made from one of them; then all are kept.
            IndexLockedError: another process is writing.
        """
        with self.writer() as writer:
            writer.forget(places)

    def restore(self, article: Article, origin: str) -> None:
        """Insert an article that was removed, without reading it from its origin, a URI."""
        with self.writer() as writer:
            writer.restore((article, origin))

    def check(self) -> list[Problem]:
        """Return everything that is wrong: parts that disagree, vectors that cannot be read.

        Raises:
            IndexLockedError: another process is writing.
            IndexDamagedError: the file of articles itself is damaged.
        """
        with self.writer() as writer:
            return writer.check()

    def repair(self, *, progress: Progress | None = None) -> tuple[list[Problem], list[Problem]]:
        """Mend what is wrong; return what was found, and what of it is left.

        Args:
            progress: called with ("vectors", embedded so far, to embed in all).

        Raises:
            IndexLockedError: another process is writing.
            IndexDamagedError: the file of articles itself is damaged.
        """
        with self.writer() as writer:
            return writer.repair(progress=progress)

    def catalogue(self, where: Filter | None = None) -> list[ArticleSummary]:
        """Return a summary of each article that passes the filter, sorted by id, without texts."""
        with self.store.read() as read:
            return read.summaries(where)

    def generation(self) -> str:
        """Return a token of the state of the articles; another state has another one."""
        with self.store.read() as read:
            return read.generation

    def articles(self, where: Filter | None = None) -> list[Article]:
        """Return all articles that pass the filter, sorted by id."""
        with self.store.read() as read:
            return read.articles(where)

    def articles_by_id(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Return id -> article, without the ids that are unknown."""
        with self.store.read() as read:
            return read.articles_by_id(article_ids)

    def versions(self, article_id: str) -> list[Version]:
        """Return an article as it is, and its earlier versions, newest first; see `article`."""
        with self.store.read() as read:
            return read.versions(article_id)

    def corrections(self, article_id: str) -> list[tuple[Article, Span]]:
        """Return the articles that correct this one, and where each says so."""
        with self.store.read() as read:
            return read.corrected_by(article_id)

    def article(self, article_id: str) -> Article:
        """Return one article.

        Raises:
            ArticleError: the index holds no article of this id.
        """
        with self.store.read() as read:
            return read.article(article_id)

    def roots(self) -> list[str]:
        """Return the URIs of the places that the index was made from."""
        if not self._manifest():
            return []
        with self.store.read() as read:
            return read.roots()

    def due(self, addresses: Iterable[str]) -> dict[str, float]:
        """Return when to look at web addresses again, in seconds since 1970; 0 where unknown."""
        with self.store.read() as read:
            pages = read.pages()
        return {each: pages[each].due if each in pages else 0.0 for each in addresses}

    def counts(self) -> dict[str, int]:
        """Return the numbers of articles, and of passages, word rows and vectors, which agree."""
        return self._stores.counts()

    def _client(self) -> Client:
        """Return what asks web sites as the settings say; it asks nothing by itself."""
        from qa.sources.web.client import Client

        settings = self.settings
        return Client(settings.request_interval, allow_private=settings.allow_private_urls)

    def _locked(self) -> AbstractContextManager[None]:
        return write_lock(self._folder, shown=self.settings.index)

    def _create(self) -> None:
        """Create an empty index; of an older one, the roots and what came from the web are kept.

        A page may be gone, and a feed shows the newest articles only.
        """
        folder, limit, window = self._folder, self.settings.passage_tokens, self.encoder.window
        if limit > window:
            raise SettingsError(
                f"passage_tokens is {limit}, but {self.encoder.name} reads no more than "
                f"{window} tokens"
            )
        try:
            make_private_folder(folder)
        except OSError as error:
            raise QAError(f"the index folder {folder} cannot be made: {error.strerror}") from None
        with self._locked():
            roots: list[str] = []
            pages, kept = list["Page"](), dict[str, Any]()
            articles, versions = list[tuple[Article, str]](), list[tuple[str, str, str]]()
            with contextlib.suppress(QAError):  # damaged: then they are lost
                roots, earlier = self.roots(), self._manifest()
                kept = {key: each for key, each in earlier.items() if key == "reading"}
                if earlier.get("schema", 1) > 1:  # the first held nothing of the web
                    self._migrate()
                with self.store.read() as read:
                    articles, pages = read.web_articles(), list(read.pages().values())
                    versions = read.version_rows()
            # The articles go first: their file says that there is an index.
            for name in _FILES:
                (folder / name).unlink(missing_ok=True)
            self.vectors.clear()
            manifest = {"schema": SCHEMA, "generation": secrets.token_hex(8)}
            self.store.create({**kept, **manifest, **self._built_with()})
            self.store.set_roots(roots)
            options = ReadOptions(self.settings.max_article_chars)
            writer = Writer(self._stores, self.encoder, self._split, options=options)
            for i in range(0, len(articles), _RESTORED):
                writer.restore(*articles[i : i + _RESTORED])
            self.store.note_pages(pages)
            self.store.keep_versions(versions)

    def _manifest(self) -> dict[str, Any]:
        """Return what the index was built with; empty if there is none."""
        if not self.store.exists():
            return {}
        with self.store.read() as read:
            return dict(read.manifest)

    def _built_with(self) -> dict[str, object]:
        return {**self.settings.index_fields(), "encoder_fingerprint": self.encoder.fingerprint}

    def _verify(self, store: Store) -> None:
        """Raise IndexStaleError if the index cannot be used; bring an earlier schema to today's."""
        with store.read() as read:
            manifest = read.manifest
        differing = [
            f"{name}: {manifest.get(name)!r} then, {now!r} now"
            for name, now in self._built_with().items()
            if manifest.get(name) != now
        ]
        if differing:
            raise IndexStaleError(
                f"the index in {self.settings.index} was built with other settings "
                f"({'; '.join(differing)}): run: qa index --rebuild"
            )
        if manifest["schema"] != SCHEMA:
            with self._locked():
                self._migrate()

    def _migrate(self) -> None:
        """Bring an index of an earlier schema to today's.

        Raises:
            IndexStaleError: it was made by a later version, or by one too old.
        """
        manifest = self._manifest()  # another process may have been faster
        made = manifest["schema"]
        if made == SCHEMA:
            return
        if made not in MIGRATIONS:
            raise IndexStaleError(
                f"the index in {self.settings.index} was made by another version of this program "
                f"(its format is {made}, not {SCHEMA}): run: qa index --rebuild"
            )
        if made == 1:  # its vectors have no generation yet
            self.vectors.set_generation(manifest["generation"])
        self.store.migrate(made)
