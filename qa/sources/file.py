"""A single file as a source, and how any file is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from qa.errors import ArticleError
from qa.extract import Document, ReadOptions, format_of, named_format
from qa.sources.source import Reading
from qa.sources.uris import exists, is_within, to_uri
from qa.text import has_surrogates
from qa.types import Article


class FileSource:
    """One file, or a path where there is nothing.

    Args:
        path: the file.
        base: a folder that holds it and was read before, to which its id is relative; or `path`.
        was_indexed: the index holds articles of this file.
    """

    def __init__(self, path: Path, *, base: Path, was_indexed: bool) -> None:
        self._path = path
        self._base = base
        # If its folder is missing too, a drive or a share may be out of reach: the file is not
        # taken for deleted then, and its articles stay.
        self._deleted = was_indexed and not exists(path) and path.parent.is_dir()
        self._unreachable = False

    @property
    def root(self) -> str:
        """The URI to read again at the next update: of the folder that holds it, or its own."""
        return to_uri(self._base) if exists(self._path) else ""

    def count(self) -> int:
        """Return about how many articles the file holds."""
        return count_articles(self._path)

    def read(self, options: ReadOptions) -> Iterator[Reading]:
        """Yield a reading for each article of the file; none for a file that was deleted."""
        if self._deleted:
            return
        if not os.path.exists(self._path):  # noqa: PTH110 - Path.exists raises for some names
            self._unreachable = True
            yield failed(self._path, "no such file or folder", unreachable=True)
            return
        for reading in read_file(self._path, identifier(self._path, self._base), options):
            self._unreachable |= reading.unreachable
            yield reading

    def covers(self, origin: str) -> bool:
        """Return whether the URI is this file's, or below it from when it was a folder."""
        return is_within(origin, [self._path])

    def has_lost(self, origin: str) -> bool:
        """Return whether an article of this URI is gone unless `read` has just yielded it."""
        known = self._deleted or (exists(self._path) and not self._unreachable)
        return known and self.covers(origin)


def identifier(path: Path, base: Path) -> str:
    """Return the id of a file's article: its path relative to `base`, or its name."""
    return path.name if path == base else path.relative_to(base).as_posix()


def count_articles(path: Path) -> int:
    """Return about how many articles a file holds, without parsing it."""
    try:
        named = named_format(path.name)
        if named and named.count and path.is_file():
            with path.open("rb") as data:
                return named.count(data)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        pass
    return 1


def read_file(path: Path, identifier: str, options: ReadOptions) -> Iterator[Reading]:
    """Yield a reading for each article of a file, or one that says why there is none.

    Args:
        path: the file.
        identifier: the article's id, if the format holds one article and gives no id.
        options: how it is read.
    """
    name, origin = str(path), to_uri(path)
    try:
        if path.exists() and not path.is_file():
            yield failed(path, "not a file: a pipe, socket or device")
        elif has_surrogates(name):
            yield failed(path, "its name is not valid Unicode: rename it")
        else:
            with path.open("rb") as data:
                yield from _read(Document(name, identifier, data, options), origin)
    except OSError as error:
        yield unreadable(path, error)
    except ArticleError as error:
        yield Reading(origin, error=error)


def _read(document: Document, origin: str) -> Iterator[Reading]:
    """Yield a reading for all that a document's extractor yields."""
    found = format_of(document)
    for made in found.extract(document):
        warnings = tuple(document.warnings)
        document.warnings.clear()
        if isinstance(made, Article):
            yield Reading(origin, made, warnings=warnings, format=found.name)
        else:
            yield Reading(origin, error=made, warnings=warnings, format=found.name)


def unreadable(path: Path, error: OSError) -> Reading:
    """Return the reading of what could not be opened."""
    return failed(path, f"cannot be read: {error.strerror or error}", unreachable=True)


def failed(path: Path, reason: str, *, unreachable: bool = False) -> Reading:
    """Return the reading of what holds no article."""
    error = ArticleError(str(path), reason)
    return Reading(to_uri(path), error=error, unreachable=unreachable)
