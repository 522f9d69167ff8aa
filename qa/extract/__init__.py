"""From bytes to articles: one module per format, chosen by the document's content and suffix."""

from __future__ import annotations

from collections.abc import Iterator

from qa.errors import ArticleError
from qa.extract import archive, formats
from qa.extract.document import FIELDS, Document, Format, ReadOptions, checked, metadata
from qa.extract.formats import may_hold_articles
from qa.types import Article

__all__ = [
    "FIELDS",
    "KINDS",
    "SINGLE_SUFFIXES",
    "SUFFIXES",
    "Document",
    "Format",
    "ReadOptions",
    "checked",
    "extract",
    "format_of",
    "format_of_type",
    "may_hold_articles",
    "metadata",
    "named_format",
    "suffix_of",
    "unknown_format",
]

FORMATS = (*formats.FORMATS, *archive.FORMATS)
KINDS = tuple(dict.fromkeys(each.name for each in FORMATS))
"""The formats' names."""

SUFFIXES = frozenset(suffix for each in FORMATS for suffix in each.suffixes)
SINGLE_SUFFIXES = frozenset(suffix for each in FORMATS if each.single for suffix in each.suffixes)
"""Of formats whose files hold one article each."""


def suffix_of(name: str) -> str:
    """Return the suffix of a known format, else the last suffix, in lower case."""
    return formats.suffix_of(name, FORMATS)


def named_format(name: str) -> Format | None:
    """Return the format that a file name's suffix says; None if it is unknown."""
    return next((each for each in FORMATS if suffix_of(name) in each.suffixes), None)


def unknown_format(name: str) -> ArticleError:
    """Return the error that says that the format of a file is unknown, and what to do."""
    return formats.unknown_format(name, FORMATS)


def format_of(document: Document) -> Format:
    """Return the format of a document; a warning is noted where its suffix says otherwise.

    Raises:
        ArticleError: the format is unknown.
    """
    return formats.format_of(document, FORMATS)


def format_of_type(document: Document, media_type: str) -> Format:
    """Return the format of what a server sent: by its content, its type, or else its address.

    Raises:
        ArticleError: the format is not read.
    """
    return formats.format_of_type(document, media_type, FORMATS)


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the articles of a document, and an error for each that is refused.

    Raises:
        ArticleError: the format is unknown.
    """
    return format_of(document).extract(document)
