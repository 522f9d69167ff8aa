"""Lets one process write to an index at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

from qa.errors import IndexLockedError, QAError
from qa.index.published import is_published


@contextlib.contextmanager
def write_lock(folder: Path, *, shown: Path) -> Iterator[None]:
    """Hold the lock of an index.

    Args:
        folder: of the index.
        shown: the same as the user wrote it, for messages.

    Raises:
        IndexLockedError: another process is writing.
        QAError: the folder cannot be written, or holds copies that are only read.
    """
    if is_published(folder):
        raise QAError(
            f"{shown} holds published copies of an index, which are only read: change the index "
            "itself, then run: qa index --publish"
        )
    lock = filelock.FileLock(folder / "write.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise IndexLockedError(
            f"another process is writing to {shown}: wait for it, then run this again"
        ) from None
    except OSError as error:
        raise QAError(f"the index in {shown} cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()
