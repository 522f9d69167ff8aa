"""The index as one thing: open, update, search, remove."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import filelock

from qa.encoder import Encoder
from qa.errors import IndexLockedError, IndexStaleError, QAError, SettingsError
from qa.index.store import SCHEMA, Store, key_of
from qa.index.update import Progress, Report, Update
from qa.index.vectors import Vectors
from qa.settings import Settings
from qa.types import Article, Passage

_FILES = ("articles.sqlite", "articles.sqlite-wal", "articles.sqlite-shm")
_CHROMA = "chroma"
# A key whose passage is gone is skipped, so a few more are asked for.
_SPARE = 10
_TITLE_CHARS = 200


class Index:
    """A collection of articles, ready to be searched. `Index.open` makes one."""

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self.settings = settings
        self.encoder = encoder
        self._folder = settings.index.absolute()  # the working directory may change
        self.store = Store(self._folder / _FILES[0], shown=settings.index)
        self._vectors = Vectors(self._folder / _CHROMA)
        self._generation = ""

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

    def remove(self, article_id: str) -> None:
        """Remove one article from every store.

        Raises:
            ArticleError: the index holds no article of this id.
            IndexLockedError: another process is writing.
        """
        with self._writing():
            self.store.article(article_id)
            self.write(gone=[article_id], new=())

    def articles(self) -> list[Article]:
        """Return all articles, sorted by id."""
        return self.store.articles()

    def article(self, article_id: str) -> Article:
        """Return one article.

        Raises:
            ArticleError: the index holds no article of this id.
        """
        return self.store.article(article_id)

    def counts(self) -> dict[str, int]:
        """Return the numbers of articles, passages, full-text rows (words) and vectors; the last three agree."""
        self._refresh()
        return {**self.store.counts(), "vectors": self._vectors.count()}

    def dense(self, query: str, limit: int) -> list[tuple[Passage, float]]:
        """Return the passages whose vectors are nearest to the query's, with cosine similarities, best first."""
        self._refresh()
        self._check_vectors()
        found = self._vectors.nearest(self.encoder.encode([query])[0], limit + _SPARE)
        passages = self.store.passages([key for key, _ in found])
        return [(passages[key], score) for key, score in found if key in passages][:limit]

    def write(self, *, gone: Sequence[str], new: Sequence[tuple[Article, str, str, list[Passage]]]) -> None:
        """Take articles out and put others in, so that both stores agree whenever a reader looks.

        Only for a caller that holds the write lock. `new` is as `Store.replace` takes it.
        """
        if not gone and not new:
            return
        keys, owners, texts = _entries(new)
        vectors = self.encoder.encode(texts) if texts else None
        old = self.store.keys([*gone, *(article.id for article, *_ in new)])
        self.store.begin([*keys, *old])
        if vectors is not None:
            self._vectors.add(keys, vectors, owners)
        self.store.replace(gone, new)
        self._finish()

    def _finish(self) -> None:
        """Delete the vectors that belong to no passage any more."""
        if stray := self.store.unfinished():
            self._vectors.delete(stray)
        self.store.finish()
        self._generation = self.store.generation()

    def _refresh(self) -> None:
        """Reopen the vectors when another process has written since they were opened."""
        generation = self.store.generation()
        if self._generation not in ("", generation):
            self._vectors.reopen()
        self._generation = generation

    def _check_vectors(self) -> None:
        """Refuse to go on without some of the vectors, as when their folder was deleted.

        Raises:
            QAError: there are fewer than passages. New ones come before their passages, old ones go after.
        """
        generation = self.store.generation()
        missing = self.store.size() - self._vectors.count()
        if missing > 0 and generation == self.store.generation():  # else a writer came between the two counts
            raise QAError(f"the index in {self.settings.index} lacks {missing} vectors: run: qa index --rebuild")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the write lock, and clear up first after a writer that was interrupted."""
        with self._locked():
            self._refresh()
            self._finish()
            self._check_vectors()
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
            self._vectors.reopen()
            # The articles first: a file of articles says that there is an index.
            for name in _FILES:
                (folder / name).unlink(missing_ok=True)
            shutil.rmtree(folder / _CHROMA, ignore_errors=True)
            self.store.create({"schema": SCHEMA, "generation": secrets.token_hex(8), **self._built_with()})
            self.store.set_roots(roots)

    def _exists(self) -> bool:
        return (self._folder / _FILES[0]).is_file() and bool(self.store.manifest())

    def _built_with(self) -> dict[str, object]:
        return {**self.settings.index_fields(), "encoder_fingerprint": self.encoder.fingerprint}

    def _check(self) -> None:
        manifest = self.store.manifest()
        wanted = {"schema": SCHEMA, **self._built_with()}
        differing = [f"{k}: {manifest.get(k)!r} then, {v!r} now" for k, v in wanted.items() if manifest.get(k) != v]
        if differing:
            raise IndexStaleError(
                f"the index in {self.settings.index} was built with other settings ({'; '.join(differing)}): "
                "run: qa index --rebuild"
            )


def _entries(new: Sequence[tuple[Article, str, str, list[Passage]]]) -> tuple[list[str], list[str], list[str]]:
    """Return the keys, article ids and texts to embed of all new passages; the title goes before each text."""
    keys, owners, texts = [], [], []
    for article, _, fingerprint, passages in new:
        for passage in passages:
            keys.append(key_of(fingerprint, passage))
            owners.append(article.id)
            texts.append(f"{article.title[:_TITLE_CHARS]}\n{passage.text}".strip())
    return keys, owners, texts
