"""Where articles come from: one module per kind of source.

What cannot be read is reported as a `Reading` with an error, not raised, so that one bad file does
not stop the others.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import ArticleError
from qa.extract import ReadOptions
from qa.sources.file import FileSource
from qa.sources.folder import FolderSource
from qa.sources.source import Reading, Source
from qa.sources.uris import display, exists, is_address, is_within, to_path, to_uri

if TYPE_CHECKING:
    from qa.sources.web.source import Web

__all__ = [
    "Reading",
    "Source",
    "check_readable",
    "display",
    "is_address",
    "is_there",
    "is_within",
    "open_sources",
    "read",
    "to_path",
    "to_uri",
]


def open_sources(
    places: Sequence[str | Path],
    *,
    roots: Sequence[str] = (),
    origins: Collection[str] = (),
    web: Web | None = None,
) -> tuple[list[Source], list[str]]:
    """Return the sources of some places, and the roots to remember once they have been read.

    A file or folder within a root keeps the ids that it has there; a folder takes over the roots
    below it. `Web.roots` adds the web addresses, once they have been read.

    Args:
        places: paths, `file:` URIs or web addresses.
        roots: URIs of the places that the index was made from.
        origins: URIs that the index holds articles of.
        web: what web addresses share; without it, none can be among the places.
    """
    sources = list[Source]()
    kept = list(roots)
    for place in places:
        if is_address(place):
            if web is None:
                raise ArticleError(str(place), "is a web address, and only files are read here")
            sources.append(web.source(str(place)))
            continue
        path = Path(os.path.realpath(to_path(place)))  # Path.resolve raises for a link to itself
        files = (to_path(root) for root in kept if not is_address(root))
        above = (root for root in files if path.is_relative_to(root))
        base = next((root for root in above if root.is_dir()), path)
        source = _open(path, base, was_indexed=to_uri(path) in origins)
        sources.append(source)
        if source.root:
            kept = [root for root in kept if not is_within(root, [path])]
            kept += [] if source.root in kept else [source.root]
    return sources, kept


def read(path: Path, *, max_chars: int, base: Path | None = None) -> Iterator[Reading]:
    """Yield a reading for each article of a file or folder, in the order of the files' paths.

    An article's id is its path relative to `base` (its name, if `path` is a file and the base), or
    the `id` that a line of a `.jsonl` file gives.

    Args:
        path: file or folder.
        max_chars: longer articles are refused.
        base: `path` itself, or a folder that holds it.
    """
    return _open(path, base or path, was_indexed=False).read(ReadOptions(max_chars))


def check_readable(path: Path, *, max_chars: int) -> None:
    """Read a file or folder up to its first article.

    Raises:
        ArticleError: there is none in it; this is the first reason.
    """
    first: ArticleError | None = None
    for reading in read(path, max_chars=max_chars):
        if reading.article:
            return
        first = first or reading.error
    raise first or ArticleError(str(path), "there is no article in it")


def is_there(origin: str) -> bool:
    """Return whether there is still an item of this URI; what the web holds is not asked."""
    return is_address(origin) or exists(to_path(origin))


def _open(path: Path, base: Path, *, was_indexed: bool) -> Source:
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for some names
        return FolderSource(path, base=base)
    return FileSource(path, base=base, was_indexed=was_indexed)
