"""PDF through PDFium, which runs in a process of its own with limits of memory and time."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from qa.errors import ArticleError
from qa.extract import pdf_layout
from qa.extract.document import Document, Format, checked, metadata, plausible_day
from qa.extract.head_lines import completed
from qa.extract.pdf_layout import Line
from qa.text import normalise
from qa.types import Article

_WORKER = Path(__file__).with_name("pdf_worker.py")
_MOST_BYTES = 512_000_000
_LONGEST_TITLE = 150
_MOST_UNNAMED = 0.1
# What programs write for a title where nobody gave one.
_NO_TITLE = re.compile(
    r"(?:untitled|document|presentation|page|slide|title)?[\s\d_-]*|microsoft word.*|"
    r"about:blank|https?://\S*|.*\.(?:docx?|odt|rtf|pdf|indd|qxd|qxp|tex|dvi|ps|html?|pub|txt)",
    re.IGNORECASE,
)
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the process that reads a PDF file may use.

    Attributes:
        megabytes: of memory, the file itself not counted.
        processor_seconds: of processor time.
        seconds: of the clock.
    """

    megabytes: int = 1024
    processor_seconds: int = 180
    seconds: int = 900


_LIMITS = Limits()


def extract(document: Document, limits: Limits = _LIMITS) -> Iterator[Article | ArticleError]:
    """Yield the document's one article, or why it was refused."""
    try:
        about, pages = _read(document, limits)
        yield _article(document, about, pages)
    except ArticleError as error:
        yield error


def _read(document: Document, limits: Limits) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the metadata and the pages, as `pdf_worker` writes them."""
    where = document.name
    data = document.data.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ArticleError(where, f"too large: at most {_MOST_BYTES // 1_000_000} MB")
    megabytes = limits.megabytes + len(data) // 1_000_000
    numbers = map(str, (megabytes, limits.processor_seconds, document.max_chars))
    try:
        done = subprocess.run(  # noqa: S603 - this package's own script
            [sys.executable, "-I", str(_WORKER), *numbers],
            input=data,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ArticleError(where, f"cannot be read within {limits.seconds} seconds") from None
    if done.returncode:
        raise ArticleError(
            where,
            f"cannot be read within {limits.megabytes} MB of memory and "
            f"{limits.processor_seconds} seconds, or it is damaged",
            "save it again, or in parts",
        )
    about, *pages = map(json.loads, done.stdout.splitlines())
    if about.get("error") == "encrypted":
        raise ArticleError(where, "encrypted: it needs a password", "save it without one")
    if about.get("error"):
        raise ArticleError(where, "damaged: not a PDF file that can be read")
    return about, pages


def _article(
    document: Document, about: Mapping[str, Any], pages: Sequence[Mapping[str, Any]]
) -> Article:
    where = document.name
    lines = [
        [Line(_clean(text), *place) for text, *place in page["runs"] if _clean(text)]
        for page in pages
    ]
    _check_readable(document, pages, lines)
    text, starts = pdf_layout.read(lines)
    given = {"title": about["Title"], "author": about["Author"]}
    fields = metadata(given, document)
    completed(fields, text, where)
    if not fields["published"] and (made := _made(about["CreationDate"])):
        fields["published"] = made
        document.warn(f"published {made} is when the PDF file was made")
    if _NO_TITLE.fullmatch(fields["title"]) or len(fields["title"]) > _LONGEST_TITLE:
        first = next((page for page in lines if page), [])
        fields["title"] = pdf_layout.headline(first, _LONGEST_TITLE) or PurePath(where).stem
    article = Article(document.id, text=text, pages=tuple(starts), **fields)
    return checked(article, where, document.max_chars)


def _check_readable(
    document: Document, pages: Sequence[Mapping[str, Any]], lines: Sequence[Sequence[Line]]
) -> None:
    """Warn of pages without text; raise ArticleError if there is none at all."""
    letters = sum(len(line.text) for page in lines for line in page)
    unnamed = sum(page["unnamed"] for page in pages)
    pictured = [str(number) for number, page in enumerate(pages, 1) if page["pictured"]]
    remedy = "make its text readable first (OCR), e.g. with OCRmyPDF"
    if unnamed > _MOST_UNNAMED * (letters + 1):
        reason = "its fonts do not say which letters they draw"
        raise ArticleError(document.name, reason, remedy)
    if pictured and not letters:
        reason = f"a scan: {len(pictured)} of its {len(pages)} pages are pictures, none has text"
        raise ArticleError(document.name, reason, remedy)
    if pictured:
        document.warn(f"pages that are pictures without text: {', '.join(pictured)}")
    if any(page["damaged"] for page in pages):
        document.warn("some pages are damaged: left out")
    if unnamed:
        document.warn(f"{unnamed} characters of unknown meaning: left out")


def _clean(text: str) -> str:
    kept = "".join(char for char in text.translate(_LIGATURES) if char >= " " and char != "\ufffd")
    return normalise(" ".join(kept.split()))


def _made(written: str) -> str:
    """Return the date of a PDF file's making, if it is plausible."""
    if not (match := _DATE.match(written)):
        return ""
    try:
        day = dt.date(*map(int, match.groups()))
    except ValueError:
        return ""
    return plausible_day(day)


def _is_pdf(document: Document) -> bool:
    return b"%PDF-" in document.head()[:1024]


FORMATS = (Format("PDF", (".pdf",), extract, recognises=_is_pdf, binary=True),)
