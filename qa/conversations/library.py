"""The library of a chat: files that visitors add, articles that they remove, and undo."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import logging
import secrets
import tempfile
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from qa.conversations.lazy_pipeline import ArticleIndex, LazyPipeline
from qa.conversations.messages import told
from qa.errors import ArticleError, QAError
from qa.extract import SINGLE_SUFFIXES, SUFFIXES, suffix_of, unknown_format
from qa.files import make_private_folder, write_private_file
from qa.index import Report
from qa.sources import read, to_path, to_uri
from qa.text import normalise
from qa.types import Article

UPLOAD_BYTES = 20_000_000
_NAME_CHARS = 100
_MAX_REASONS = 3
# Removals that can still be undone; each holds its article in memory.
_MAX_UNDO = 100
# Seconds that a removal waits for a file that is being added.
_PATIENCE = 5.0
_FAULT = "something went wrong; the server has noted the details in its log"

OnArticle = Callable[[str, int, int], None]
OnPassage = Callable[[int, int], None]
Outcome = Literal["added", "changed", "unchanged", "refused"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """The outcome of adding one file, with its name as the visitor knows it, and details if any."""

    name: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Removed:
    article: Article
    origin: str
    data: bytes | None = None


class Library:
    """Adds articles to an index and removes them, for the visitors of a chat.

    Args:
        pipeline: the pipeline over the index.
        folder: where added files are stored, so that they outlast the visit and `qa index` finds
            them again.
    """

    def __init__(self, pipeline: LazyPipeline, folder: Path) -> None:
        self._pipeline = pipeline
        self._folder = folder
        self._owners_file = folder.with_name("added.json")
        # An index takes one writer at a time; visitors wait for each other.
        self._lock = threading.Lock()
        self._removed: OrderedDict[str, _Removed] = OrderedDict()

    def add(
        self,
        name: str,
        data: bytes,
        *,
        visitor: str = "",
        on_article: OnArticle | None = None,
        on_passage: OnPassage | None = None,
    ) -> FileOutcome:
        """Add a file, and return the outcome; nothing is stored of a refused file.

        A file of this name that the visitor added before is replaced. Beside one of somebody else,
        the new one gets a number.

        Args:
            name: the file's name as the client gives it.
            data: its content.
            visitor: the secret of who adds it.
            on_article: called with (file name, articles read, articles in all).
            on_passage: called with (passages embedded, passages in all); what either raises ends
                the adding, and is its outcome.
        """
        try:
            wanted = file_name(name)
            with self._lock:
                index = self._pipeline.get().index
                target = self._folder / self._free_name(wanted, data, visitor)
                report = self._take(index, target, data, (on_article, on_passage))
                self._note_owner(target.name, visitor)
        except ArticleError as error:
            return FileOutcome(name, "refused", told(error.explanation))
        except QAError as error:
            return FileOutcome(name, "refused", told(error))
        except OSError as error:
            return FileOutcome(name, "refused", error.strerror or _FAULT)
        except Exception:  # noqa: BLE001 - outer boundary of a thread: the file gets its line
            _log.exception("a file could not be added")
            return FileOutcome(name, "refused", _FAULT)
        return _outcome(name, report, stored=target.name, wanted=wanted)

    def remove(self, article_id: str) -> str:
        """Remove an article, with its file if it was added here; return a token for undo.

        Raises:
            QAError: there is no such article, or another process is writing.
        """
        with self._patiently():
            index = self._pipeline.get().index
            article, origin = index.article(article_id), _origins(index)[article_id]
            index.remove(article_id)
            removed = _Removed(article, origin, self._take_file(to_path(origin)))
            token = secrets.token_hex(16)
            self._removed[token] = removed
            if len(self._removed) > _MAX_UNDO:
                self._removed.popitem(last=False)
            return token

    def undo(self, token: str) -> str:
        """Restore a removed article, and return its id.

        Raises:
            QAError: it has been restored already, was removed too long ago, its id has been taken,
                or another process is writing.
        """
        with self._patiently():
            removed = self._removed.get(token)
            if removed is None:
                raise QAError("this cannot be undone any more: add the file again")
            index = self._pipeline.get().index
            if removed.article.id in _origins(index):
                raise QAError(
                    f"an article with the id {removed.article.id} has come since: it stays"
                )
            if removed.data is not None:
                write_private_file(to_path(removed.origin), removed.data)
            index.restore(removed.article, removed.origin)
            del self._removed[token]
            return removed.article.id

    @contextlib.contextmanager
    def _patiently(self) -> Iterator[None]:
        """Hold the lock; a visitor does not wait until a large file has been added."""
        if not self._lock.acquire(timeout=_PATIENCE):
            raise QAError("a file is being added: try again when that is done")
        try:
            yield
        finally:
            self._lock.release()

    def _free_name(self, name: str, data: bytes, visitor: str) -> str:
        """Return the name, or the first with a number, that is free or the visitor's own.

        A file of the same content counts as the visitor's own.
        """
        owners, path = self._owners(), PurePosixPath(name)
        for number in itertools.count(1):
            tried = name if number == 1 else f"{path.stem}-{number}{path.suffix}"
            there = self._folder / tried
            if not there.exists() or owners.get(tried) == _digest(visitor):
                return tried
            if there.read_bytes() == data:
                return tried
        raise AssertionError  # a number is always free

    def _owners(self) -> dict[str, str]:
        """Return the digest of the visitor who added each file, as far as it is known."""
        try:
            owners: dict[str, str] = json.loads(self._owners_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return owners

    def _note_owner(self, name: str, visitor: str) -> None:
        owners = self._owners()
        if name not in owners or not (self._folder / name).exists():
            owners[name] = _digest(visitor)
        known = {name: owner for name, owner in owners.items() if (self._folder / name).exists()}
        write_private_file(self._owners_file, json.dumps(known).encode())

    def _take(
        self,
        index: ArticleIndex,
        target: Path,
        data: bytes,
        watchers: tuple[OnArticle | None, OnPassage | None],
    ) -> Report:
        """Write a file into the folder and index it; roll back if the index takes nothing of it."""
        if len(data) > UPLOAD_BYTES:
            raise ArticleError(target.name, f"too large: at most {UPLOAD_BYTES // 1_000_000} MB")
        target = target.parent.resolve() / target.name
        taken = _origins(index).get(target.name)
        if taken is not None and taken != to_uri(target):
            raise ArticleError(
                target.name, "there is an article of this name from another folder: rename the file"
            )
        make_private_folder(self._folder)
        _check_readable(index, target.name, data)
        before = target.read_bytes() if target.exists() else None
        write_private_file(target, data)
        try:
            report = index.update([target], progress=watchers[0], embedded=watchers[1])
        except BaseException:
            self._roll_back(index, target, before)
            raise
        if not (report.added or report.changed or report.unchanged):
            self._restore(target, before)
        return report

    def _restore(self, target: Path, before: bytes | None) -> None:
        if before is None:
            target.unlink(missing_ok=True)
        else:
            write_private_file(target, before)

    def _roll_back(self, index: ArticleIndex, target: Path, before: bytes | None) -> None:
        """Take back what the index has taken of a file; a failure leaves that to `qa index`."""
        try:
            self._restore(target, before)
            if before is not None:
                index.update([target])
            elif added := [i for i, at in _origins(index).items() if at == to_uri(target)]:
                index.remove(*added)
        except (QAError, OSError):
            _log.exception("a file that was added in part could not be taken back")

    def _take_file(self, origin: Path) -> bytes | None:
        """Delete the file of an article added here, if it holds no other; return its content."""
        if origin.parent != self._folder.resolve() or suffix_of(origin.name) not in SINGLE_SUFFIXES:
            return None
        with contextlib.suppress(OSError):
            data = origin.read_bytes()
            origin.unlink()
            return data
        return None


def file_name(name: str) -> str:
    """Return a safe file name: the last part of `name`, without control characters and the like.

    Raises:
        ArticleError: nothing is left of the name, or its suffix is of no known format.
    """
    last = PurePosixPath(normalise(name).replace("\\", "/")).name
    safe = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in last)
    path = PurePosixPath(" ".join(safe.split()).strip(". "))
    suffix = suffix_of(path.name)
    if suffix not in SUFFIXES or not (stem := path.name[: -len(suffix)]):
        error = unknown_format(str(path))
        raise ArticleError(name, error.reason, error.remedy)
    # Names are limited in bytes, and a letter has up to four.
    stem = stem.encode("utf-8")[:_NAME_CHARS].decode("utf-8", "ignore").strip(". ")
    return f"{stem}{suffix}"


def _check_readable(index: ArticleIndex, name: str, data: bytes) -> None:
    """Read a file in a temporary folder, where it can do no harm.

    Raises:
        ArticleError: there is no article in it.
    """
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder, name)
        trial.write_bytes(data)
        readings = list(read(trial, base=trial, max_chars=index.settings.max_article_chars))
    if not any(reading.article for reading in readings):
        raise next(reading.error for reading in readings if reading.error)


def _digest(visitor: str) -> str:
    return hashlib.sha256(visitor.encode("utf-8", "replace")).hexdigest()


def _origins(index: ArticleIndex) -> dict[str, str]:
    return {entry.id: entry.origin for entry in index.catalogue()}


def _outcome(name: str, report: Report, *, stored: str, wanted: str) -> FileOutcome:
    """Return the outcome for a file, which may have held many articles.

    Args:
        name: the file's name as the client gave it.
        report: of the update.
        stored: the name under which it was stored.
        wanted: the name under which it should have been stored.
    """
    numbered = f"as {stored}, because somebody else has added a {wanted}"
    counts: dict[Outcome, int] = {
        "added": len(report.added),
        "changed": len(report.changed),
        "unchanged": len(report.unchanged),
    }
    outcome: Outcome = next((word for word, count in counts.items() if count), "refused")
    several = sum(counts.values()) > 1
    told_counts = [f"{count:,} {word}" for word, count in counts.items() if count and several]
    told_counts += [f"{len(report.removed):,} removed"] if report.removed else []
    told_counts += [f"{len(report.refused):,} refused"] if report.refused else []
    reasons = [
        f"{Path(error.path).name}: {told(error.explanation)}"
        for error in report.refused[:_MAX_REASONS]
    ]
    return FileOutcome(
        name,
        outcome,
        "; ".join(
            filter(None, [numbered if stored != wanted else "", ", ".join(told_counts), *reasons])
        ),
    )
