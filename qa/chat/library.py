"""Articles that come and go through the chat: files that visitors add, articles that they remove, and undo."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from qa.articles import SUFFIXES, TEXT_SUFFIXES, read
from qa.chat.opening import Opening, Shelf
from qa.errors import ArticleError, QAError
from qa.index import Report
from qa.text import normalise
from qa.types import Article

UPLOAD_BYTES = 20_000_000
_NAME_CHARS = 100
_REASONS = 3
# Removals that can still be undone; each holds its article in memory.
_MOST_UNDONE = 100

Outcome = Literal["added", "changed", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one file: `name` as its owner knows it, the outcome, and what more there is to say."""

    name: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Removed:
    article: Article
    origin: str
    data: bytes | None = None


class Library:
    """The articles of an index, as the visitors of the chat change them.

    Args:
        opening: of the pipeline whose articles these are.
        folder: where added files are kept, so that they outlast the visit and `qa index` finds them again.
    """

    def __init__(self, opening: Opening, folder: Path) -> None:
        self._opening = opening
        self._folder = folder
        self._lock = threading.Lock()  # an index takes one writer at a time; visitors wait for each other
        self._removed: OrderedDict[str, _Removed] = OrderedDict()

    def add(self, name: str, data: bytes) -> Line:
        """Take a file in, and say what became of it; nothing is kept of a file that was refused.

        Args:
            name: of the file, as the browser tells it.
            data: what it holds.
        """
        try:
            kept = file_name(name)
            _check_size(name, data)
            with self._lock:
                report = self._take(self._opening.pipeline().index, kept, data)
        except ArticleError as error:
            return Line(name, "refused", error.reason)
        except (QAError, OSError) as error:
            return Line(name, "refused", str(error))
        return _line(name, report)

    def remove(self, article_id: str) -> str:
        """Remove an article, with its file if it was added here; return a token that undoes it.

        Raises:
            QAError: the article is not there, or another process is writing.
        """
        with self._lock:
            index = self._opening.pipeline().index
            article, origin = index.article(article_id), _origins(index)[article_id]
            index.remove(article_id)
            removed = _Removed(article, origin, self._take_file(Path(origin)))
            token = secrets.token_hex(16)
            self._removed[token] = removed
            if len(self._removed) > _MOST_UNDONE:
                self._removed.popitem(last=False)
            return token

    def undo(self, token: str) -> str:
        """Put an article back that was removed, and return its id.

        Raises:
            QAError: it was put back already or too long ago, its id is taken, or another process is writing.
        """
        with self._lock:
            removed = self._removed.get(token)
            if removed is None:
                raise QAError("this cannot be undone any more: add the file again")
            index = self._opening.pipeline().index
            if removed.article.id in _origins(index):
                raise QAError(f"an article with the id {removed.article.id} has come since: it stays")
            if removed.data is not None:
                Path(removed.origin).write_bytes(removed.data)
            index.restore(removed.article, removed.origin)
            del self._removed[token]
            return removed.article.id

    def _take(self, index: Shelf, name: str, data: bytes) -> Report:
        """Put a file into the folder and the index; where the index takes nothing of it, all is as it was before."""
        target = (self._folder / name).resolve()
        taken = _origins(index).get(name)
        if taken is not None and taken != str(target):
            raise ArticleError(name, "there is an article of this name from another folder: rename the file")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._try(index, name, data)
        before = target.read_bytes() if target.exists() else None
        target.write_bytes(data)
        report = Report()
        try:
            report = index.update([target])
        finally:
            if not (report.added or report.changed or report.unchanged):
                _put_back(target, before)
        return report

    def _try(self, index: Shelf, name: str, data: bytes) -> None:
        """Read a file where it can do no harm.

        Raises:
            ArticleError: there is no article in it.
        """
        with tempfile.TemporaryDirectory() as folder:
            trial = Path(folder, name)
            trial.write_bytes(data)
            readings = list(read(trial, base=trial, max_chars=index.settings.max_article_chars))
        if not any(reading.article for reading in readings):
            raise next(reading.error for reading in readings if reading.error)

    def _take_file(self, origin: Path) -> bytes | None:
        """Delete the file of an article that was added here and is the only one in it; return what it held."""
        if origin.parent != self._folder.resolve() or origin.suffix.lower() not in TEXT_SUFFIXES:
            return None
        with contextlib.suppress(OSError):
            data = origin.read_bytes()
            origin.unlink()
            return data
        return None


def file_name(name: str) -> str:
    """Return a name under which a file can be kept: the last part of `name`, without what no name should hold.

    Raises:
        ArticleError: nothing is left of the name, or its ending is of no known format.
    """
    last = PurePosixPath(normalise(name).replace("\\", "/")).name
    safe = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in last)
    path = PurePosixPath(" ".join(safe.split()).strip(". "))
    if path.suffix.lower() not in SUFFIXES or not path.stem:
        raise ArticleError(
            name, f"unknown format {path.suffix or 'without suffix'!r}: known are {', '.join(sorted(SUFFIXES))}"
        )
    # Names are limited in bytes, and a letter has up to four.
    stem = path.stem.encode("utf-8")[:_NAME_CHARS].decode("utf-8", "ignore").strip(". ")
    return f"{stem}{path.suffix.lower()}"


def _check_size(name: str, data: bytes) -> None:
    if len(data) > UPLOAD_BYTES:
        raise ArticleError(name, f"too large: at most {UPLOAD_BYTES // 1_000_000} MB")


def _put_back(target: Path, before: bytes | None) -> None:
    if before is None:
        target.unlink(missing_ok=True)
    else:
        target.write_bytes(before)


def _origins(index: Shelf) -> dict[str, str]:
    return {entry.id: entry.origin for entry in index.catalogue()}


def _line(name: str, report: Report) -> Line:
    """Return the line of a file that may have held many articles."""
    counts = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged}
    outcome = next((word for word, ids in counts.items() if ids), "refused")
    told = [f"{len(ids):,} {word}" for word, ids in counts.items() if ids] if _several(counts.values()) else []
    told += [f"{len(report.removed):,} removed"] if report.removed else []
    told += [f"{len(report.refused):,} refused"] if report.refused else []
    reasons = [f"{Path(error.path).name}: {error.reason}" for error in report.refused[:_REASONS]]
    return Line(name, outcome, "; ".join([", ".join(told), *reasons]).strip("; "))  # type: ignore[arg-type]  # a key of counts


def _several(counts: Iterable[tuple[str, ...]]) -> bool:
    return sum(map(len, counts)) > 1
