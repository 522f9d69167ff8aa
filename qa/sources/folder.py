"""A folder as a source, with its subfolders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from qa.extract import ReadOptions, may_hold_articles
from qa.sources.file import count_articles, failed, identifier, read_file, unreadable
from qa.sources.source import Reading
from qa.sources.uris import exists, is_within, to_path, to_uri

_LINKED_FILE = "a link to a file outside the folder: copy the file, or index it by its own path"
_LINKED_FOLDER = "a link to another folder, which is not followed: index it by its own path"


class FolderSource:
    """The files below a folder, except hidden ones and those named README or LICENSE.

    Links that lead out of it are refused: otherwise whoever can write to the folder could have any
    file of the machine read. A link to a file within it makes no second article.

    Args:
        folder: what to read.
        base: a folder that holds it and was read before, to which ids are relative; or `folder`.
    """

    def __init__(self, folder: Path, *, base: Path) -> None:
        self._folder = folder
        self._base = base
        self._top = Path(os.path.realpath(base))
        self._unreachable: list[Path] = []

    @property
    def root(self) -> str:
        """The URI to read again at the next update: of the folder that holds it, or its own."""
        return to_uri(self._base) if exists(self._folder) else ""

    def count(self) -> int:
        """Return about how many articles there are."""
        return sum(map(count_articles, files(self._folder))) or 1

    def read(self, options: ReadOptions) -> Iterator[Reading]:
        """Yield a reading for each article, in the order of the files' paths."""
        failures: list[Reading] = []
        targets: set[Path] = set()
        for file in files(
            self._folder,
            on_error=lambda error: failures.append(unreadable(Path(error.filename), error)),
            on_link=lambda link: failures.extend(self._refused_folder(link)),
        ):
            if os.path.islink(file) and exists(file):  # noqa: PTH114 - once for each file
                target = Path(os.path.realpath(file))
                if not target.is_relative_to(self._top):
                    failures.append(failed(file, _LINKED_FILE))
                    continue
                if target in targets or self._is_read(target):
                    continue
                targets.add(target)
            for reading in read_file(file, identifier(file, self._base), options):
                yield self._noted(reading)
        yield from map(self._noted, failures)

    def covers(self, origin: str) -> bool:
        """Return whether the URI is below this folder."""
        return is_within(origin, [self._folder])

    def has_lost(self, origin: str) -> bool:
        """Return whether an article of this URI is gone unless `read` has just yielded it.

        Not if its file or a folder above it could not be opened.
        """
        return (
            exists(self._folder)
            and self.covers(origin)
            and not is_within(origin, self._unreachable)
        )

    def _refused_folder(self, link: Path) -> Iterator[Reading]:
        """Yield the reading of a link that is not followed, unless what it leads to is read."""
        target = Path(os.path.realpath(link))
        if target != self._top and not self._is_read(target):
            yield failed(link, _LINKED_FOLDER)

    def _is_read(self, target: Path) -> bool:
        """Return whether a file or folder is read by its own path."""
        if not target.is_relative_to(self._top):
            return False
        parts = target.relative_to(self._top).parts
        return bool(parts) and not any(part.startswith(".") for part in parts)

    def _noted(self, reading: Reading) -> Reading:
        if reading.unreachable:
            self._unreachable.append(to_path(reading.origin))
        return reading


def files(
    folder: Path,
    *,
    on_error: Callable[[OSError], None] | None = None,
    on_link: Callable[[Path], None] | None = None,
) -> Iterator[Path]:
    """Yield the files below a folder that may hold articles, sorted by path within each folder.

    Args:
        folder: where to look.
        on_error: called for a folder that cannot be opened.
        on_link: called for a link to a folder; none is followed.
    """
    for place, subfolders, names in os.walk(folder, onerror=on_error):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        if on_link:
            for link in filter(Path.is_symlink, (Path(place, name) for name in subfolders)):
                on_link(link)
        for name in sorted(names):
            if may_hold_articles(name):
                yield Path(place, name)
