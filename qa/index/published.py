"""A published index: finished copies that are only read, and a file that names the newest.

DIR/current                     the name of the newest copy
DIR/copies/20250304T101500-1f2e3d4c/articles.sqlite, chroma/
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import shutil
import time
from pathlib import Path

from qa.errors import QAError
from qa.files import make_private_folder, write_private_file

CURRENT, COPIES = "current", "copies"

KEPT_SECONDS = 600.0
"""Seconds that a copy stays after the next one has come: whoever reads it is done by then."""


def is_published(folder: Path) -> bool:
    """Return whether a folder holds finished copies of an index, rather than an index itself."""
    return (folder / CURRENT).is_file()


def newest_copy(folder: Path) -> Path:
    """Return the folder of the newest copy; of what is not published, the folder itself.

    Raises:
        QAError: the file that names it names none.
    """
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return folder
    except (OSError, UnicodeDecodeError) as error:
        raise QAError(f"{folder / CURRENT} cannot be read: {error}") from error
    copy = folder / COPIES / name
    if not name or copy.parent != folder / COPIES or not copy.is_dir():
        raise QAError(f"{folder / CURRENT} names no copy of an index: publish to {folder} again")
    return copy


def new_copy(folder: Path) -> Path:
    """Return where the next copy goes; its name sorts after all that are there.

    Raises:
        QAError: the folder cannot be made.
    """
    try:
        make_private_folder(folder / COPIES)
    except OSError as error:
        raise QAError(f"{folder} cannot be made: {error.strerror}") from None
    made = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    return folder / COPIES / f"{made}-{time.time_ns() % 10**9:09}-{secrets.token_hex(2)}"


def point_to(copy: Path) -> None:
    """Make a finished copy the newest, in one step; delete those that nobody reads any more."""
    write_private_file(copy.parent.parent / CURRENT, copy.name.encode())
    copies = sorted(path for path in copy.parent.iterdir() if not path.name.startswith("."))
    for old, successor in itertools.pairwise(copies):
        with contextlib.suppress(OSError):  # somebody else has deleted it
            if old != copy and time.time() - successor.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
