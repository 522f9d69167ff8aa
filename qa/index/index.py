"""The index as one thing: open, update, search, remove."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import filelock

from qa.encoder import Encoder
from qa.errors import IndexLockedError, IndexStaleError, QAError, SettingsError
from qa.index.catalogue import Entry, entries
from qa.index.check import Problem, problems
from qa.index.pair import FILES, Pair
from qa.index.repair import repair
from qa.index.schema import SCHEMA
from qa.index.update import Progress, Report, Update, to_embed
from qa.settings import Settings
from qa.types import Article, Filter, Passage


class Index:
    """A collection of articles, ready to be searched. `Index.open` makes one."""

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self.settings = settings
        self.encoder = encoder
        self._folder = settings.index.absolute()  # the working directory may change
        self.pair = Pair(self._folder, shown=settings.index)
        self.store = self.pair.store

    @classmethod
    def open(cls, settings: Settings, *, create: bool = False, rebuild: bool = False) -> Index:
        """Open the index in `settings.index`.

        Args:
            settings: the place, and what the index must have been built with.
            create: make an empty index where there is none.
            rebuild: throw away what is there, but for the list of files and folders it was made from.

        Raises:
            IndexNotFoundError: there is no index, and `create` is false.
            IndexStaleError: it was built with other settings, another encoder or another version.
        """
        index = cls(settings, Encoder(settings.encoder))
        if rebuild or (create and not index._exists()):
            index._create()
        elif not index._exists():
            raise index.store.absent()
        index._check()
        return index

    def update(self, paths: Sequence[Path] = (), *, progress: Progress | None = None) -> Report:
        """Bring the index up to date with files and folders; by default with all it was made from.

        Args:
            paths: files and folders to read.
            progress: called with (file name, readings so far, readings in all).

        Raises:
            IndexLockedError: another process is writing.
        """
        with self._writing():
            return Update(self, progress or (lambda *_: None)).run(list(paths) or self.store.roots())

    def preview(self, paths: Sequence[Path] = (), *, progress: Progress | None = None) -> Report:
        """Return what `update` would report, with the passages that it would embed; nothing is written."""
        dry = Update(self, progress or (lambda *_: None), dry=True)
        return dry.run(list(paths) or self.store.roots())

    def remove(self, *article_ids: str) -> None:
        """Remove articles from every store: all of them, or none where there is an error.

        Raises:
            ArticleError: the index holds no article of such an id.
            IndexLockedError: another process is writing.
        """
        with self._writing():
            for article_id in article_ids:
                self.store.article(article_id)
            self.write(gone=article_ids, new=())

    def check(self) -> list[Problem]:
        """Return everything that is wrong within the index: parts that do not agree, vectors that cannot be read.

        Raises:
            IndexLockedError: another process is writing.
            QAError: the file of articles itself is damaged.
        """
        with self._locked():
            return problems(self)

    def repair(self, *, progress: Progress | None = None) -> tuple[list[Problem], list[Problem]]:
        """Mend what is wrong; return what was found, and what of it is left.

        Args:
            progress: called with ("vectors", embedded so far, to embed in all).

        Raises:
            IndexLockedError: another process is writing.
            QAError: the file of articles itself is damaged.
        """
        with self._locked():
            if found := problems(self):
                repair(self, found, progress or (lambda *_: None))
            return found, problems(self) if found else []

    def restore(self, article: Article, origin: str) -> None:
        """Put back an article that was removed, and that came from the file `origin`."""
        with self._writing():
            Update(self, lambda *_: None).put(article, origin)

    def catalogue(self) -> list[Entry]:
        """Return what a list shows of each article, sorted by id, without loading any text."""
        return entries(self.store)

    def articles(self, where: Filter | None = None) -> list[Article]:
        """Return all articles, or those that are chosen, sorted by id."""
        return self.store.articles(where)

    def article(self, article_id: str) -> Article:
        """Return one article.

        Raises:
            ArticleError: the index holds no article of this id.
        """
        return self.store.article(article_id)

    def counts(self) -> dict[str, int]:
        """Return the numbers of articles, passages, full-text rows (words) and vectors; the last three agree."""
        return self.pair.counts()

    def dense(self, query: str, limit: int, where: Filter | None = None) -> list[tuple[Passage, float]]:
        """Return the passages whose vectors are nearest to the query's, with cosine similarities, best first."""
        return self.pair.nearest(self.encoder.encode([query])[0], limit, where)

    def write(self, *, gone: Sequence[str], new: Sequence[tuple[Article, str, str, list[Passage]]]) -> None:
        """Take articles out and put others in, so that both stores agree whenever a reader looks.

        Only for a caller that holds the write lock. `new` is as `Store.replace` takes it.
        """
        if not gone and not new:
            return
        keys, owners, texts = to_embed(new)
        self.pair.write(gone, new, (keys, self.encoder.encode(texts), owners) if texts else None)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the write lock, and clear up first after a writer that was interrupted."""
        with self._locked():
            self.pair.refresh()
            self.pair.finish()
            yield

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = filelock.FileLock(self._folder / "write.lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise IndexLockedError(
                f"another process is writing to {self.settings.index}: wait for it, then run this again"
            ) from None
        except OSError as error:
            raise QAError(f"the index in {self.settings.index} cannot be written: {error.strerror}") from None
        try:
            yield
        finally:
            lock.release()

    def _create(self) -> None:
        """Make an empty index; what an older one was made from is kept."""
        folder, limit, window = self._folder, self.settings.passage_tokens, self.encoder.window
        if limit > window:
            raise SettingsError(
                f"passage_tokens is {limit}, but {self.encoder.name} reads no more than {window} tokens"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise QAError(f"the index folder {folder} cannot be made: {error.strerror}") from None
        with self._locked():
            roots: list[Path] = []
            with contextlib.suppress(QAError):  # damaged: what it was made from is lost
                roots = self.store.roots() if self._exists() else []
            # The articles first: a file of articles says that there is an index.
            for name in FILES:
                (folder / name).unlink(missing_ok=True)
            self.pair.vectors.clear()
            self.store.create({"schema": SCHEMA, "generation": secrets.token_hex(8), **self._built_with()})
            self.store.set_roots(roots)

    def _exists(self) -> bool:
        return (self._folder / FILES[0]).is_file() and bool(self.store.manifest())

    def _built_with(self) -> dict[str, object]:
        return {**self.settings.index_fields(), "encoder_fingerprint": self.encoder.fingerprint}

    def _check(self) -> None:
        manifest = self.store.manifest()
        wanted = self._built_with()
        differing = [f"{k}: {manifest.get(k)!r} then, {v!r} now" for k, v in wanted.items() if manifest.get(k) != v]
        if differing:
            raise IndexStaleError(
                f"the index in {self.settings.index} was built with other settings ({'; '.join(differing)}): "
                "run: qa index --rebuild"
            )
        if manifest["schema"] != SCHEMA:
            self._migrate()

    def _migrate(self) -> None:
        """Bring an index of an earlier version to today's.

        Raises:
            IndexStaleError: it was made by a later version, or by one too old.
        """
        with self._locked():
            made = self.store.manifest()["schema"]  # another process may have been faster
            if made == SCHEMA - 1:
                self.pair.vectors.set_stamp(self.store.generation())
                self.store.migrate()
            elif made != SCHEMA:
                raise IndexStaleError(
                    f"the index in {self.settings.index} was made by another version of this program "
                    f"(its format is {made}, not {SCHEMA}): run: qa index --rebuild"
                )
