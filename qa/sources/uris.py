"""Where an article came from, as a URI: `file:///news/a.md`, `https://example.org/a`."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Iterable
from pathlib import Path

from qa.text import has_surrogates

_FILE = "file://"


def is_address(place: str | Path) -> bool:
    """Return whether a place is a web address, and no path."""
    return str(place)[:8].lower().startswith(("http://", "https://"))


def to_uri(place: str | Path) -> str:
    """Return the URI of a path; a URI or web address stays as it is."""
    text = str(place)
    if text.startswith(_FILE) or is_address(text):
        return text
    return Path(os.path.abspath(text)).as_uri()  # noqa: PTH100 - resolve would follow links


def to_path(place: str | Path) -> Path:
    """Return the path that a `file:` URI names; a path stays as it is."""
    uri = str(place)
    if not uri.startswith(_FILE):
        return Path(uri)
    return Path(os.fsdecode(urllib.parse.unquote_to_bytes(uri.removeprefix(_FILE))))


def display(uri: str) -> str:
    """Return an origin as people know it: a plain path for a file."""
    return str(to_path(uri)) if uri.startswith(_FILE) else uri


def is_within(uri: str, places: Iterable[Path]) -> bool:
    """Return whether a `file:` URI names one of these files, or something below these folders."""
    if is_address(uri):
        return False
    path = to_path(uri)
    return any(path.is_relative_to(place) for place in places)


def exists(path: Path) -> bool:
    """Return whether there is such a file or folder, with a name that the index can store."""
    return os.path.exists(path) and not has_surrogates(str(path))  # noqa: PTH110 - Path.exists raises for some names
