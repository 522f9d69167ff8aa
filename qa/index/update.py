"""Brings an index up to date with the files and folders it was made from."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from qa.articles import Reading, count, read
from qa.errors import ArticleError
from qa.index.schema import fingerprint_of, key_of
from qa.passages import split
from qa.text import has_surrogates
from qa.types import Article, Passage

if TYPE_CHECKING:
    from qa.index.index import Index

Progress = Callable[[str, int, int], None]
# The more at once, the less padding between texts of like length: at 128 a tenth less in a second. What an
# interruption can lose.
_FLUSH_PASSAGES = 256
_TITLE_CHARS = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What an update did: article ids, what was refused and why, passages embedded, seconds."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[ArticleError, ...] = ()
    passages: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Update:
    """One run over some files and folders, with the articles that wait to be embedded."""

    index: Index
    progress: Progress
    dry: bool = False  # only find out what would be done
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[ArticleError] = field(default_factory=list)
    passages: int = 0
    _seen: dict[str, str] = field(default_factory=dict)
    _unreachable: list[Path] = field(default_factory=list)
    _deleted: list[Path] = field(default_factory=list)
    _disputed: list[tuple[Article, str]] = field(default_factory=list)
    _waiting: list[tuple[Article, str, str, list[Passage]]] = field(default_factory=list)

    def run(self, paths: Sequence[Path]) -> Report:
        """Read `paths`, embed what is new or changed, then remove what is gone from them."""
        started = time.perf_counter()
        paths = [Path(os.path.realpath(path)) for path in paths]  # Path.resolve raises for a link to itself
        known = self.index.store.known()
        self._deleted = [path for path in paths if _is_deleted(path, known)]
        total = sum(count(path) for path in paths)
        for number, reading in enumerate(self._readings(paths), 1):
            self._take(reading, known, paths)
            self.progress(Path(reading.origin).name, number, total)
        for article, origin in self._disputed:
            self._keep(article, origin, known)
        self._flush()
        removed = self._gone(paths, known)
        if not self.dry:
            self.index.write(gone=removed, new=())
            self._forget_roots()
        return Report(
            added=tuple(self.added),
            changed=tuple(self.changed),
            unchanged=tuple(self.unchanged),
            removed=tuple(removed),
            refused=tuple(self.refused),
            passages=self.passages,
            seconds=time.perf_counter() - started,
        )

    def put(self, article: Article, origin: str) -> None:
        """Take one article in as it is, without reading its file."""
        self._wait(article, origin, fingerprint_of(article))
        self._flush()

    def _readings(self, paths: Sequence[Path]) -> Iterator[Reading]:
        roots = self.index.store.roots()
        for path in paths:
            if path in self._deleted:
                continue
            base = next((root for root in roots if path.is_relative_to(root) and root.is_dir()), path)
            if _is_there(path):
                roots = [root for root in roots if not root.is_relative_to(path)]
                roots += [] if base in roots else [base]
            yield from read(path, base=base, max_chars=self.index.settings.max_article_chars)
        if not self.dry:
            self.index.store.set_roots(roots)

    def _take(self, reading: Reading, known: dict[str, tuple[str, str]], paths: Sequence[Path]) -> None:
        article, origin = reading.article, reading.origin
        if article is None:
            self._refuse(reading)
            return
        other = known.get(article.id, (origin, ""))[0]
        if other == origin or article.id in self._seen or not _is_there(Path(other)):
            self._keep(article, origin, known)
        elif _within(other, paths):
            # The other place may not give this id any more; that is known when all has been read.
            self._disputed.append((article, origin))
        else:
            self._refuse_twin(article, origin, other)

    def _keep(self, article: Article, origin: str, known: dict[str, tuple[str, str]]) -> None:
        """Take an article in, unless its id was taken in this run."""
        if article.id in self._seen:
            if self._seen[article.id] != origin:  # else the paths overlap, and the file was read twice
                self._refuse_twin(article, origin, self._seen[article.id])
            return
        self._seen[article.id] = origin
        fingerprint = fingerprint_of(article)
        if known.get(article.id) == (origin, fingerprint):
            self.unchanged.append(article.id)
            return
        (self.changed if article.id in known else self.added).append(article.id)
        self._wait(article, origin, fingerprint)

    def _refuse(self, reading: Reading) -> None:
        if reading.error is not None:
            self.refused.append(reading.error)
        if reading.unreachable:
            self._unreachable.append(Path(reading.origin))

    def _refuse_twin(self, article: Article, origin: str, other: str) -> None:
        self.refused.append(ArticleError(origin, f"the id {article.id!r} is that of an article in {other}"))

    def _wait(self, article: Article, origin: str, fingerprint: str) -> None:
        limit = self.index.settings.passage_tokens
        passages = split(article, limit=limit, count_tokens=self.index.encoder.count_tokens)
        self._waiting.append((article, origin, fingerprint, passages))
        if sum(len(waiting[3]) for waiting in self._waiting) >= _FLUSH_PASSAGES:
            self._flush()

    def _flush(self) -> None:
        if not self.dry:
            self.index.write(gone=(), new=self._waiting)
        self.passages += sum(len(waiting[3]) for waiting in self._waiting)
        self._waiting = []

    def _gone(self, paths: Iterable[Path], known: dict[str, tuple[str, str]]) -> list[str]:
        """Return the articles whose file lies in `paths` and did not give them again."""
        places = [path for path in paths if _is_there(path) or path in self._deleted]
        return [
            article_id
            for article_id, (origin, _) in known.items()
            if article_id not in self._seen and _within(origin, places) and not _within(origin, self._unreachable)
        ]

    def _forget_roots(self) -> None:
        """Forget the files and folders that are gone, with all that was read from them."""
        store = self.index.store
        origins = [origin for origin, _ in store.known().values()]
        store.set_roots(root for root in store.roots() if _is_there(root) or any(_within(o, [root]) for o in origins))


def to_embed(new: Sequence[tuple[Article, str, str, list[Passage]]]) -> tuple[list[str], list[str], list[str]]:
    """Return the keys, article ids and texts to embed of all new passages; the title goes before each text."""
    keys, owners, texts = [], [], []
    for article, _, fingerprint, passages in new:
        for passage in passages:
            keys.append(key_of(fingerprint, passage))
            owners.append(article.id)
            texts.append(embedded(article.title, passage.text))
    return keys, owners, texts


def embedded(title: str, text: str) -> str:
    """Return what stands for a passage when it is embedded: its text after the title of its article."""
    return f"{title[:_TITLE_CHARS]}\n{text}".strip()


def _is_there(path: Path) -> bool:
    """Tell whether there is a file or folder of this name, and one that the index can note."""
    return os.path.exists(path) and not has_surrogates(str(path))  # noqa: PTH110 - Path.exists raises for some names


def _is_deleted(path: Path, known: Mapping[str, tuple[str, str]]) -> bool:
    """Tell whether `path` is a file that articles were read from and that was deleted.

    A whole folder that is missing may be out of reach (a drive, a share): its articles are kept.
    """
    return not _is_there(path) and path.parent.is_dir() and any(origin == str(path) for origin, _ in known.values())


def _within(origin: str, places: Iterable[Path]) -> bool:
    return any(Path(origin).is_relative_to(place) for place in places)
