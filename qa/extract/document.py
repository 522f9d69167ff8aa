"""A document to extract articles from, and what every format's extractor needs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from qa.dates import is_ambiguous, iso, tells_day_first
from qa.errors import ArticleError, ArticleWarning, shortened
from qa.extract.dateline import place_of
from qa.text import has_surrogates, normalise
from qa.types import Article

FIELDS = ("title", "source", "published", "url", "author", "language", "place")
"""The fields of an article that describe it."""

HEAD_BYTES = 4096
_FIRST_YEAR = 1990
_BY = re.compile(r"by:?\s+(?=\S)", re.IGNORECASE)
_MOST_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How documents are read.

    Attributes:
        max_chars: longer articles are refused.
        encoding: of text that is not UTF-8 and does not say what it is; empty: only what is
            certain is read.
        fields: key of a record -> field of an article, where the key is not a known one.
    """

    max_chars: int
    encoding: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of one file, message or page.

    Attributes:
        name: path or address, for messages; its suffix tells the format.
        id: the article's id, if the document holds one article and gives no id.
        data: open for reading, at its start; seekable.
        options: how it is read.
        warnings: what was noticed and not yet told.
    """

    name: str
    id: str
    data: BinaryIO
    options: ReadOptions
    warnings: list[ArticleWarning] = field(default_factory=list)
    _day_first: list[bool | None] = field(default_factory=list)  # once it is known

    @property
    def max_chars(self) -> int:
        """The most characters of an article."""
        return self.options.max_chars

    def warn(self, reason: str, where: str = "") -> None:
        """Note something about the article that comes next; `where` is the document by default."""
        self.warnings.append(ArticleWarning(where or self.name, reason))

    def day_first(self) -> bool | None:
        """Return whether the day comes first in the document's dates such as 25/12/2024.

        None if no date tells. What is read of the document goes on where it was.
        """
        if not self._day_first:
            at = self.data.tell()
            self.data.seek(0)
            data = self.data.read(_MOST_BYTES).replace(b"\0", b"")  # of UTF-16
            self.data.seek(at)
            self._day_first.append(tells_day_first(data.decode("ascii", "replace")))
        return self._day_first[0]

    def head(self) -> bytes:
        """Return the first bytes, and go back to the start."""
        self.data.seek(0)
        head = self.data.read(HEAD_BYTES)
        self.data.seek(0)
        return head


Extractor = Callable[[Document], Iterator[Article | ArticleError]]
"""Yields the articles of a document, and an error for each that is refused.

What it notices about an article that it yields (`Document.warn`), it notes before.
"""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of documents.

    Attributes:
        name: as people call it.
        suffixes: of file names, in lower case, with their dots.
        extract: yields the articles.
        recognises: returns whether a document is of this format, from its content; None where only
            the suffix tells.
        binary: it is no text, so that its content tells it for certain, whatever the suffix.
        single: a document holds one article.
        count: returns about how many articles the data holds, without parsing them.
    """

    name: str
    suffixes: tuple[str, ...]
    extract: Extractor
    recognises: Callable[[Document], bool] | None = None
    binary: bool = False
    single: bool = True
    count: Callable[[BinaryIO], int] | None = None


def metadata(fields: Mapping[Any, Any], document: Document, where: str = "") -> dict[str, Any]:
    """Return the known fields as text: on one line, `published` in ISO form.

    A field that holds something else is dropped with a warning; what is not given is empty.

    Args:
        fields: name -> value; unknown names are ignored.
        document: takes the warnings.
        where: the place within the document, for the warnings.
    """
    texts = dict.fromkeys(FIELDS, "")
    for name in FIELDS:
        value = fields.get(name)
        if isinstance(value, (dt.datetime, dt.date)):
            value = value.isoformat()
        if name == "published" and isinstance(value, bool):
            continue  # a flag: it is published
        if not (value is None or isinstance(value, (str, int, float))):
            document.warn(f"{name!r} is not text but a {type(value).__name__}: dropped", where)
            continue
        try:
            text = " ".join(normalise(str("" if value is None else value)).split())
        except ValueError:  # Python refuses to print a number of more than 4,300 digits
            document.warn(f"{name!r} is too large a number: dropped", where)
            continue
        if "\0" in text or has_surrogates(text):
            document.warn(f"{name!r} is not valid Unicode text: dropped", where)
            continue
        text = _BY.sub("", text, count=1) if name == "author" and _BY.match(text) else text
        texts[name] = _date(text, document, where) if name == "published" else text
    return texts


def _date(written: str, document: Document, where: str) -> str:
    """Return a date as ISO 8601 writes it; empty, with a warning, if it cannot be read."""
    found = iso(written)
    if not found and is_ambiguous(written):
        day_first = document.day_first()
        found = "" if day_first is None else iso(written, day_first=day_first)
        if not found:
            ways = " or ".join(iso(written, day_first=first)[:10] for first in (True, False))
            document.warn(f"'published' is {written}, which may be {ways}: dropped", where)
    elif written and not found:
        document.warn(
            f"'published' is no date that can be read ({shortened(written)}): dropped", where
        )
    return found


def said(error: Exception) -> str:
    """Return what an error of the standard library or of another package says."""
    return str(error) or type(error).__name__


def plausible_day(day: dt.date) -> str:
    """Return the day on which a file was made; empty for one that no true clock can have given."""
    latest = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    return day.isoformat() if dt.date(_FIRST_YEAR, 1, 1) <= day <= latest else ""


def checked(article: Article, where: str, max_chars: int) -> Article:
    """Return the article, with its dateline's place if it names none.

    Not if it is empty, too large, or holds what no store could keep.

    Raises:
        ArticleError: it does.
    """
    if not article.text.strip():
        raise ArticleError(where, "is empty")
    if len(article.text) > max_chars:
        raise ArticleError(
            where, f"too large: {len(article.text):,} characters, at most {max_chars:,}"
        )
    joined = "\n".join((article.id, article.text, *(getattr(article, name) for name in FIELDS)))
    if not article.place:
        article = dataclasses.replace(article, place=place_of(article.text))
    if "\0" in joined:
        raise ArticleError(where, "holds NUL characters: not a text")
    if has_surrogates(joined):
        raise ArticleError(where, "holds half of a surrogate pair: not valid Unicode")
    return article
