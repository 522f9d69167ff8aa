"""The library of a chat: what visitors add, articles that they remove, and undo."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import json
import logging
import secrets
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from qa.conversations.lazy_pipeline import ArticleIndex, LazyPipeline
from qa.conversations.names import file_name, text_file, web_address
from qa.conversations.outcomes import Outcome, attempted, outcome_of
from qa.conversations.updating import AddingStoppedError, DirectUpdater, Updater, Watch
from qa.errors import ArticleError, QAError
from qa.extract import SINGLE_SUFFIXES, suffix_of
from qa.files import make_private_folder, write_private_file
from qa.index import Report
from qa.sources import to_path, to_uri
from qa.types import Article

UPLOAD_BYTES = 20_000_000
# Removals that can still be undone; each holds its article in memory.
_MAX_UNDO = 100
# Seconds that a removal waits for a file that is being added.
_PATIENCE = 5.0

Update = Callable[..., Report]
_NOBODY = Watch()

_log = logging.getLogger(__name__)


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
        updater: brings the index up to date; by default in this process.
    """

    def __init__(
        self, pipeline: LazyPipeline, folder: Path, updater: Updater | None = None
    ) -> None:
        self._pipeline = pipeline
        self._folder = folder
        self._updater = updater or DirectUpdater(pipeline)
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
        folder: str = "",
        watch: Watch = _NOBODY,
    ) -> Outcome:
        """Add a file, and return the outcome; nothing is stored of a refused file.

        A file of this name that the visitor added before is replaced. Beside one of somebody else,
        the new one gets a number.

        Args:
            name: the file's name as the client gives it.
            data: its content.
            visitor: the secret of who adds it.
            folder: in which it lies within a folder that is added.
            watch: what is told of the progress; what it raises ends the adding, and is its
                outcome.
        """

        def add() -> Outcome:
            wanted = file_name(name, folder)
            with self._lock:
                stored, report = self._store(wanted, data, visitor, watch)
            numbered = f"as {stored}, because somebody else has added a {wanted}"
            return outcome_of(name, report, numbered if stored != wanted else "")

        return attempted(name, add)

    def add_text(
        self,
        title: str,
        text: str,
        *,
        visitor: str = "",
        watch: Watch = _NOBODY,
    ) -> Outcome:
        """Add a text as an article of its own, which replaces none; see `add`."""

        def add() -> Outcome:
            name, data = text_file(title, text)
            with self._lock:
                free = self._free_name(name, data)
                _, report = self._store(free, data, visitor, watch)
            return outcome_of(title or name, report)

        return attempted(title or "the text", add)

    def add_address(
        self,
        address: str,
        *,
        watch: Watch = _NOBODY,
    ) -> Outcome:
        """Add what is found at an address of the web; see `add`."""

        def add() -> Outcome:
            place = web_address(address)
            with self._lock:
                index = self._pipeline.get().index
                before = _origins(index)
                try:
                    report = self._updater.update(
                        [place], progress=watch.on_article, embedded=watch.on_passage
                    )
                except AddingStoppedError:  # so it had the write lock, and what is new is its own
                    with _logged():
                        _remove(index, lambda article, _: article not in before)
                    raise
            return outcome_of(address, report)

        return attempted(address, add)

    def rest(self) -> None:
        """Release what is only held for the next file."""
        self._updater.end()

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

    def _store(
        self,
        name: str,
        data: bytes,
        visitor: str,
        watch: Watch,
    ) -> tuple[str, Report]:
        """Store and index a file; return the name under which it was stored, and the report."""
        index = self._pipeline.get().index
        target = self._folder / self._free_name(name, data, visitor)
        update = functools.partial(
            self._updater.update, progress=watch.on_article, embedded=watch.on_passage
        )
        report = self._take(index, target, data, update)
        self._note_owner(target.name, visitor)
        return target.name, report

    def _free_name(self, name: str, data: bytes, visitor: str | None = None) -> str:
        """Return the name, or the first with a number, that is free or the visitor's own.

        A file of the same content counts as the visitor's own. Without a visitor, only that does.
        """
        owners, path = self._owners(), PurePosixPath(name)
        for number in itertools.count(1):
            tried = name if number == 1 else f"{path.stem}-{number}{path.suffix}"
            there = self._folder / tried
            own = visitor is not None and owners.get(tried) == _digest(visitor)
            if own or not there.exists() or there.read_bytes() == data:
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

    def _take(self, index: ArticleIndex, target: Path, data: bytes, update: Update) -> Report:
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
        self._check_readable(target.name, data)
        before = target.read_bytes() if target.exists() else None
        write_private_file(target, data)
        try:
            report = update([target])
        except BaseException:
            with _logged():
                self._roll_back(index, target, before)
            raise
        if not (report.added or report.changed or report.unchanged):
            self._restore(target, before)
        return report

    def _check_readable(self, name: str, data: bytes) -> None:
        """Read a file in a temporary folder, where it can do no harm.

        Raises:
            ArticleError: there is no article in it.
        """
        with tempfile.TemporaryDirectory() as folder:
            trial = Path(folder, name)
            trial.write_bytes(data)
            self._updater.check(trial)

    def _restore(self, target: Path, before: bytes | None) -> None:
        if before is None:
            target.unlink(missing_ok=True)
        else:
            write_private_file(target, before)

    def _roll_back(self, index: ArticleIndex, target: Path, before: bytes | None) -> None:
        """Take back what the index has taken of a file."""
        self._restore(target, before)
        if before is not None:
            self._updater.update([target])
        else:
            _remove(index, lambda _, origin: origin == to_uri(target))

    def _take_file(self, origin: Path) -> bytes | None:
        """Delete the file of an article added here, if it holds no other; return its content."""
        if origin.parent != self._folder.resolve() or suffix_of(origin.name) not in SINGLE_SUFFIXES:
            return None
        with contextlib.suppress(OSError):
            data = origin.read_bytes()
            origin.unlink()
            return data
        return None


@contextlib.contextmanager
def _logged() -> Iterator[None]:
    """Take something back; a failure is noted and leaves that to `qa index`."""
    try:
        yield
    except (QAError, OSError):
        _log.exception("what was added in part could not be taken back")


def _remove(index: ArticleIndex, wanted: Callable[[str, str], bool]) -> None:
    """Remove the articles whose id and origin are wanted."""
    if found := [article for article, origin in _origins(index).items() if wanted(article, origin)]:
        index.remove(*found)


def _digest(visitor: str) -> str:
    return hashlib.sha256(visitor.encode("utf-8", "replace")).hexdigest()


def _origins(index: ArticleIndex) -> dict[str, str]:
    return {entry.id: entry.origin for entry in index.catalogue()}
