"""The formats that are read, and how a document's format is told: by its content and its suffix."""

from __future__ import annotations

import urllib.parse
from collections.abc import Sequence
from pathlib import PurePath

from qa.errors import ArticleError
from qa.extract import docx, epub, feed, html, jsonl, mail, mhtml, odt, pdf, tables, text
from qa.extract.document import Document, Format

FORMATS: Sequence[Format] = (
    *pdf.FORMATS,
    *docx.FORMATS,
    *odt.FORMATS,
    *epub.FORMATS,
    *feed.FORMATS,
    *html.FORMATS,
    *mhtml.FORMATS,
    *mail.FORMATS,
    *jsonl.FORMATS,
    *tables.FORMATS,
    *text.FORMATS,
)
"""All but archives, which hold documents of these. Binary formats come first."""


# Formats that are often met and not read, by what to do about them.
_ADVICE = {
    "save it as .docx": ".doc .rtf .pages .wpd",
    "save it as .csv": ".xls .xlsx .ods .numbers",
    "save it as .pdf": ".ppt .pptx .odp .ps .djvu",
    "save it as .eml or .mbox": ".msg .pst .ost",
    "unpack it": ".rar .7z .warc",
    "pictures hold no text that can be read": ".png .jpg .jpeg .gif .tif .tiff .webp .svg .heic",
}
# The suffixes of media types whose documents do not tell their format themselves.
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "message/rfc822": ".eml",
    "multipart/related": ".mhtml",
    "application/mbox": ".mbox",
}
# Files of other formats that lie in many folders and that nobody means as articles.
_NOT_ARTICLES = frozenset({"readme", "license", "thumbs.db", "desktop.ini"})


def may_hold_articles(path: str) -> bool:
    """Return whether a file of this path is meant: hidden ones, README and LICENSE are not."""
    *folders, name = path.split("/")
    stem = name.lower().partition(".")[0]
    hidden = any(part.startswith(".") and part not in {".", ".."} for part in (*folders, name))
    return not hidden and _NOT_ARTICLES.isdisjoint((name.lower(), stem))


def suffix_of(name: str, formats: Sequence[Format]) -> str:
    """Return the suffix of a known format, else the last suffix, in lower case."""
    lower = name.lower()
    known = (suffix for each in formats for suffix in each.suffixes if lower.endswith(suffix))
    return max(known, key=len, default=PurePath(lower).suffix)


def format_of(document: Document, formats: Sequence[Format]) -> Format:
    """Return the format of a document; a warning is noted where its suffix says otherwise.

    A binary format is told by the content whatever the suffix; a text by its suffix, or by its
    content where the suffix is unknown or wrong.

    Raises:
        ArticleError: the format is unknown.
    """
    suffix = suffix_of(document.name, formats)
    named = next((each for each in formats if suffix in each.suffixes), None)
    found = next((each for each in formats if _recognised(each, document)), None)
    if found and (found.binary or not named or (named.binary and named is not found)):
        if suffix and found is not named:
            document.warn(f"is a {found.name} file, although its name ends in {suffix}")
        return found
    if named is None:
        raise unknown_format(document.name, formats)
    if named.binary:
        raise ArticleError(document.name, f"is no {named.name} file", "it may be damaged")
    return named


def format_of_type(document: Document, media_type: str, formats: Sequence[Format]) -> Format:
    """Return the format of what a server sent: by its content, its type, or else its address.

    Raises:
        ArticleError: the format is not read.
    """
    if found := next((each for each in formats if _recognised(each, document)), None):
        return found
    path = urllib.parse.urlsplit(document.name).path
    suffixes = (_TYPES.get(media_type, ""), suffix_of(path, formats))
    named = (each for suffix in suffixes for each in formats if suffix in each.suffixes)
    if found := next((each for each in named if not each.binary), None):
        return found
    raise ArticleError(document.name, f"its type is not read: {media_type or 'none is given'}")


def unknown_format(name: str, formats: Sequence[Format]) -> ArticleError:
    """Return the error that says that the format of a file is unknown, and what to do."""
    suffix = suffix_of(name, formats)
    known = ", ".join(sorted({suffix for each in formats for suffix in each.suffixes}))
    advised = (advice for advice, others in _ADVICE.items() if suffix in others.split())
    reason = f"unknown format {suffix or 'without suffix'!r}"
    return ArticleError(name, reason, next(advised, f"known are {known}"))


def _recognised(each: Format, document: Document) -> bool:
    if each.recognises is None:
        return False
    try:
        return each.recognises(document)
    finally:
        document.data.seek(0)
