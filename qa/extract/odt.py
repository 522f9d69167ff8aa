"""OpenDocument texts (.odt)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from qa.errors import ArticleError
from qa.extract.document import Document, Format, checked, metadata
from qa.extract.head_lines import completed
from qa.extract.markup import local_name, parse_xml, table_text
from qa.extract.package import Package, is_package
from qa.text import normalise
from qa.types import Article

_SKIPPED = frozenset({"note", "annotation", "annotation-end", "tracked-changes", "sequence-decls"})
_META = {"title": "title", "creator": "author", "initial-creator": "author", "language": "language"}


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the document's one article, or why it was refused."""
    try:
        package = Package(document)
        content = parse_xml(package.read("content.xml"), document.name)
        fields = metadata(_metadata(package, document), document)
        body = next(
            (each for each in content.iter("{*}text") if local_name(each) == "text"), content
        )
        blocks = [block for block in _blocks(body) if block[1].strip()]
        titles = (text for kind, text in blocks if kind.startswith("#"))
        fields["title"] = fields["title"] or next(titles, "") or PurePath(document.name).stem
        text = "\n\n".join(f"{kind} {text}".strip() for kind, text in blocks)
        completed(fields, text, document.name)
        article = Article(document.id, text=normalise(text), **fields)
        yield checked(article, document.name, document.max_chars)
    except ArticleError as error:
        yield error


def _metadata(package: Package, document: Document) -> dict[str, str]:
    if not package.has("meta.xml"):
        return {}
    fields: dict[str, str] = {}
    for element in parse_xml(package.read("meta.xml"), document.name).iter():
        name = _META.get(local_name(element), "")
        if name and element.text:
            fields.setdefault(name, element.text)
    return fields


def _blocks(body: Any) -> Iterator[tuple[str, str]]:
    """Yield the marker of each block ("#" and more, "-", "") and its text, in order."""
    waiting = [("", body)]
    while waiting:
        kind, element = waiting.pop()
        name = local_name(element)
        if name in _SKIPPED:
            continue
        if name == "h":
            level = next((v for k, v in element.attrib.items() if k.endswith("outline-level")), "1")
            yield "#" * min(6, int(level) if level.isdecimal() else 1), _text(element)
        elif name == "p":
            yield kind, _text(element)
        elif name == "table":
            rows = [_cells(row) for row in element.iter("{*}table-row")]
            yield "", table_text(rows)
        elif name == "list-item":
            yield "-", "\n- ".join(filter(None, map(_text, element.iter("{*}p"))))
        else:
            waiting += [(kind, child) for child in reversed(element)]


def _cells(row: Any) -> list[str]:
    cells = (cell for cell in row if local_name(cell) in {"table-cell", "covered-table-cell"})
    return [" ".join(_text(paragraph) for paragraph in cell.iter("{*}p", "{*}h")) for cell in cells]


def _text(element: Any) -> str:
    """Return the text of a paragraph, without notes; tabs and line breaks become blanks."""
    from lxml import etree

    pieces = list[str]()
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, each in walk:
        name = local_name(each)
        if event == "start":
            if name in _SKIPPED or not name:
                walk.skip_subtree()
                continue
            pieces.append(" " if name in {"s", "tab", "line-break"} else "")
            pieces.append(each.text or "")
        elif each is not element:
            pieces.append(each.tail or "")
    return " ".join("".join(pieces).split())


def _is_odt(document: Document) -> bool:
    return is_package(document, "", "application/vnd.oasis.opendocument.text")


FORMATS = (Format("OpenDocument", (".odt", ".ott"), extract, recognises=_is_odt, binary=True),)
