"""Notices when files change, by polling: it works on every file system, network shares too."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from qa.sources.folder import files

INTERVAL = 2.0
# Polling takes at most this share of the time.
_SHARE = 0.1

FileStates = dict[str, tuple[int, int]]
"""Path -> (modification time in nanoseconds, size in bytes)."""


def changes(
    paths: Sequence[Path], *, interval: float, due: Callable[[], list[str]] = list
) -> Iterator[list[str | Path]]:
    """Yield the paths at once, then whenever files have changed and have been at rest.

    Args:
        paths: files and folders.
        interval: the least seconds between two looks; also those of rest.
        due: returns what else is to be read now, web addresses; yielded with the paths or alone.
    """
    handled: FileStates | None = None
    before = file_states(paths)
    while True:
        places: list[str | Path] = [*(paths if before != handled else ()), *due()]
        handled = before
        if places:
            yield places
        started = time.perf_counter()
        now = file_states(paths)
        time.sleep(max(interval, (time.perf_counter() - started) / _SHARE))
        while now != (later := file_states(paths)):  # a file is still being written
            now = later
            time.sleep(interval)
        before = now


def file_states(paths: Sequence[Path]) -> FileStates:
    """Return the modification times and sizes of all files."""
    seen: FileStates = {}
    for path in paths:
        for file in files(path) if path.is_dir() else [path]:
            # A file may vanish meanwhile, or its name may be one that no file can have.
            with contextlib.suppress(OSError, ValueError):
                about = os.stat(file)  # noqa: PTH116 - once for each file of a large folder
                seen[str(file)] = (about.st_mtime_ns, about.st_size)
    return seen
