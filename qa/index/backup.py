"""Copies a live index: as a backup, which can become the index again, or for readers alone."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from qa.errors import IndexDamagedError, IndexLockedError, QAError, one_line
from qa.files import disk_full, free_bytes, make_private_file, make_private_folder
from qa.index.copies import ARTICLES, VECTORS
from qa.index.index import Index
from qa.index.published import new_copy, point_to
from qa.index.vector_files import VectorFiles
from qa.settings import Settings
from qa.sources.uris import to_uri

PATIENCE = 120.0
"""Seconds that a backup waits for whoever is writing."""

_ABOUT = "backup.json"
_PAUSE = 0.2
# Belong to whoever has the files open, or to a write that was not finished.
_LEFT_OUT = ("-wal", "-shm", "-journal", ".lock", ".unfinished")
_DATABASES = (".sqlite", ".sqlite3")


def back_up(settings: Settings, target: Path) -> dict[str, int]:
    """Copy the index, with all that lies in its folder, to a new folder; return its counts.

    Whoever asks goes on meanwhile; whoever writes waits, so that articles and vectors are of one
    generation. The copy is checked before it gets its name.

    Args:
        settings: name the index.
        target: the folder to make.

    Raises:
        QAError: the folder exists, there is no room for it, or it does not check.
        IndexLockedError: somebody was writing all the time.
    """
    if target.exists():
        raise QAError(f"{target} exists already: name a folder that does not")
    folder = settings.index.absolute()
    with _made(target) as unfinished:
        counts = _copied(settings, unfinished)
        about = {"index": str(folder), "made": round(time.time())}
        (unfinished / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        return counts


def publish(settings: Settings, folder: Path) -> dict[str, int]:
    """Copy the articles and their vectors for those who read a folder; return their counts.

    The copy is checked before it takes the place of the one before, in one step. Whoever has the
    folder open answers the next question from it.

    Args:
        settings: name the index.
        folder: holds the copies; it is made if there is none.

    Raises:
        QAError: the folder holds an index itself, there is no room, or the copy does not check.
        IndexLockedError: somebody was writing all the time.
    """
    folder = folder.absolute()
    if (folder / ARTICLES).exists():
        raise QAError(f"{folder} holds an index that is written to: name a folder for its copies")
    copy = new_copy(folder)
    with _made(copy) as unfinished:
        counts = _copied(settings, unfinished, {ARTICLES, VECTORS})
    try:
        point_to(copy)
    except OSError as error:
        raise QAError(f"{folder} cannot be written: {error.strerror}") from error
    return counts


def restore(source: Path, settings: Settings) -> dict[str, int]:
    """Make a backup the index; return its counts. The backup stays as it is.

    Args:
        source: the folder of the backup.
        settings: name the index, which must not exist yet.

    Raises:
        QAError: it is no backup, there is an index already, or the copy does not check.
    """
    target = settings.index.absolute()
    try:
        about = json.loads((source / _ABOUT).read_text(encoding="utf-8"))
        before = Path(about["index"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise QAError(f"{source} is no backup: name a folder that qa backup made") from error
    if target.exists() and any(target.iterdir()):
        raise QAError(f"{settings.index} is not empty: move it away, or name another with --index")
    with _made(target) as unfinished:
        _copy(source, unfinished)
        (unfinished / _ABOUT).unlink()
        counts = _checked(settings, unfinished)
        if before != target:  # what was added in the chat lies in the folder itself
            moved = Index.open(settings.model_copy(update={"index": unfinished}))
            moved.store.move(f"{to_uri(before)}/", f"{to_uri(target)}/")
        return counts


def _copied(settings: Settings, target: Path, only: Collection[str] = ()) -> dict[str, int]:
    """Copy the index, or only what is named of its folder; return the copy's counts."""
    with _written_by_nobody(Index.open(settings)):
        _copy(settings.index, target, only)
        if settings.vectors:  # which are only now of this generation
            return _checked(settings, target)
    return _checked(settings, target)


@contextlib.contextmanager
def _made(target: Path) -> Iterator[Path]:
    """Give a folder to fill, and give it its name once that is done; else delete it."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        make_private_folder(unfinished)
        yield unfinished
        unfinished.rename(target)
    except (OSError, sqlite3.Error) as error:
        full = free_bytes(target.parent) < 1_000_000 if target.parent.is_dir() else False
        reason = disk_full(target.parent) if full else f"{target} cannot be made: {error}"
        raise QAError(reason) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextlib.contextmanager
def _written_by_nobody(index: Index) -> Iterator[None]:
    """Hold the write lock, once whoever has it is done."""
    with contextlib.ExitStack() as stack:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                stack.enter_context(index.writer())
                break
            except IndexLockedError:
                if time.monotonic() > end:
                    raise
                time.sleep(_PAUSE)
        yield


def _copy(source: Path, target: Path, only: Collection[str] = ()) -> None:
    """Copy all files for their owner alone: databases by SQLite, which others may have open.

    Args:
        source: a folder.
        target: a folder.
        only: names in the source, if not all of it is wanted.

    Raises:
        IndexDamagedError: a database is damaged.
    """
    source = source.absolute()
    for path in sorted(source.rglob("*")):
        place = path.relative_to(source)
        copy = target / place
        if path.name.endswith(_LEFT_OUT) or (only and place.parts[0] not in only):
            continue
        if path.is_dir():
            make_private_folder(copy)
        elif path.is_file():
            make_private_file(copy)
            if path.suffix in _DATABASES:
                _copy_database(path, copy)
            else:
                # A file that was added may be removed in this moment: then it is no part of it.
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(path, copy)
    # The database has just been checked, and the graph's files have digests: to open them in
    # another process first, as for files of unknown origin, would show nothing more.
    VectorFiles(target / VECTORS, shown=target).note_opened()


def _copy_database(source: Path, target: Path) -> None:
    reading = sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=30)
    with contextlib.closing(reading), contextlib.closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
        told = writing.execute("PRAGMA quick_check").fetchone()[0]
        if told != "ok":
            raise IndexDamagedError(f"{source} is damaged: {one_line(str(told))}")


def _checked(settings: Settings, folder: Path) -> dict[str, int]:
    """Return the counts of a copy.

    Raises:
        IndexDamagedError: its articles and its vectors do not belong together.
    """
    index = Index.open(settings.model_copy(update={"index": folder}))
    if problems := index.check():
        raise IndexDamagedError(
            f"the copy does not check ({problems[0]}): run: qa index --repair, then copy again"
        )
    return index.counts()
