"""Files and folders for their owner alone, and the room on their disk.

Articles and questions may be confidential.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Create a folder, and those above it that are missing, for its owner alone.

    One that exists keeps its rights.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(exist_ok=True)  # raises if it is a file


def make_private_file(file: Path) -> None:
    """Create an empty file for its owner alone; one that exists stays as it is."""
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))


def write_private_file(path: Path, data: bytes) -> None:
    """Write a file for its owner alone: all of it or, after a failure, what was there before."""
    unfinished = path.with_name(f".{path.name[:100]}.unfinished")
    try:
        make_private_file(unfinished)
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def free_bytes(place: str | Path) -> int:
    """Return the number of bytes that can still be written to the disk of a file or folder."""
    return shutil.disk_usage(place).free


def disk_full(folder: Path, reason: str = "no room") -> str:
    """Return a message for what could not be written to a folder, with the room that is left."""
    free = free_bytes(folder) / 1e6
    return (
        f"{folder} cannot be written ({reason}): its disk has {free:.1f} MB left: "
        "make room, then try again"
    )
