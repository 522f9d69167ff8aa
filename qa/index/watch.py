"""Notices when files change, by looking now and then: that works for every file system, network shares included."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.articles import files

INTERVAL = 2.0
# Looking takes at most this share of the time.
_SHARE = 0.1

Snapshot = dict[str, tuple[int, int]]


def changes(paths: Sequence[Path], *, interval: float = INTERVAL) -> Iterator[None]:
    """Yield at once, and then whenever files came, changed or went and have been at rest for one interval.

    Args:
        paths: files and folders.
        interval: seconds between two looks, at the least.
    """
    handled: Snapshot | None = None
    before = snapshot(paths)
    while True:
        if before != handled:
            handled = before
            yield
        started = time.perf_counter()
        now = snapshot(paths)
        time.sleep(max(interval, (time.perf_counter() - started) / _SHARE))
        while now != (later := snapshot(paths)):  # a file is still being written
            now = later
            time.sleep(interval)
        before = now


def snapshot(paths: Sequence[Path]) -> Snapshot:
    """Return path -> (time of the last change in nanoseconds, size in bytes) for all files."""
    seen: Snapshot = {}
    for path in paths:
        for file in files(path) if path.is_dir() else [path]:
            with contextlib.suppress(OSError, ValueError):  # it went meanwhile, or no file can have this name
                about = os.stat(file)  # noqa: PTH116 - once for each file of a large folder
                seen[str(file)] = (about.st_mtime_ns, about.st_size)
    return seen
