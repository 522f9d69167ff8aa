"""EPUB books: each chapter an article."""

from __future__ import annotations

import posixpath
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from qa.errors import ArticleError
from qa.extract.document import Document, Format, checked, metadata
from qa.extract.markup import html_text, local_name, parse_html, parse_xml
from qa.extract.package import Package, is_package
from qa.types import Article

_CONTAINER = "META-INF/container.xml"
_META = {
    "title": "title",
    "creator": "author",
    "publisher": "source",
    "date": "published",
    "language": "language",
}
_LONGEST_TITLE = 150
# Pages that hold nothing of the book's own text.
_NOT_TEXT = frozenset({"nav", "cover"})


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the article of each chapter, or why it was refused."""
    try:
        package = Package(document)
        place = _package_file(package, document.name)
        book = parse_xml(package.read(place), f"{document.name}/{place}")
        chapters = list(_chapters(book, posixpath.dirname(place)))
    except ArticleError as error:
        yield error
        return
    fields = metadata(_metadata(book), document)
    empty = True
    for chapter in chapters:
        try:
            article = _article(document, package, chapter, fields)
        except ArticleError as error:
            empty = False
            yield error
            continue
        if article:
            empty = False
            yield article
    if empty:
        yield ArticleError(document.name, "holds no text: perhaps only pictures")


def _package_file(package: Package, where: str) -> str:
    """Return the name of the file that lists the chapters."""
    container = parse_xml(package.read(_CONTAINER), f"{where}/{_CONTAINER}")
    files = [str(each.get("full-path", "")) for each in container.iter("{*}rootfile")]
    if not any(files):
        raise ArticleError(where, "damaged: it does not say where its chapters are listed")
    return next(filter(None, files))


def _chapters(book: Any, folder: str) -> Iterator[str]:
    """Yield the names of the chapters' files in the order of the book."""
    items = {str(item.get("id")): item for item in book.iter("{*}item")}
    for each in book.iter("{*}itemref"):
        item = items.get(str(each.get("idref")))
        if item is None or _NOT_TEXT & set(str(item.get("properties", "")).split()):
            continue
        if "html" in str(item.get("media-type", "")):
            href = urllib.parse.unquote(str(item.get("href", "")).partition("#")[0])
            yield posixpath.normpath(posixpath.join(folder, href))


def _metadata(book: Any) -> Mapping[str, str]:
    fields: dict[str, str] = {}
    for element in book.iter("{*}metadata", "{http://purl.org/dc/elements/1.1/}*"):
        name = _META.get(local_name(element), "")
        text = " ".join("".join(element.itertext()).split())
        if name and text:
            fields[name] = (
                f"{fields[name]}, {text}" if name == "author" and name in fields else text
            )
    return fields


def _article(
    document: Document, package: Package, chapter: str, fields: Mapping[str, Any]
) -> Article | None:
    """Return the article of a chapter; None if there is no text in it."""
    root = parse_html(package.read(chapter), f"{document.name}/{chapter}")
    body = root.find(".//body") if root is not None else None
    text = html_text(body if body is not None else root)
    if not text:
        return None
    book = fields["title"] or PurePath(document.name).stem
    title = _heading(root)
    about: dict[str, Any] = {
        **fields,
        "title": f"{title} ({book})" if title and title != book else book,
    }
    article = Article(f"{document.id}#{chapter}", text=text, **about)
    return checked(article, f"{document.name}/{chapter}", document.max_chars)


def _heading(root: Any) -> str:
    for path in (".//h1", ".//h2", ".//h3", ".//title"):
        element = root.find(path)
        if element is not None:
            text = " ".join("".join(element.itertext()).split())
            if 0 < len(text) <= _LONGEST_TITLE:
                return text
    return ""


def _is_epub(document: Document) -> bool:
    return is_package(document, _CONTAINER, "application/epub+zip")


FORMATS = (Format("EPUB", (".epub",), extract, recognises=_is_epub, binary=True, single=False),)
