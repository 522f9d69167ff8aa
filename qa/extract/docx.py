"""Word documents (.docx): paragraphs, headings, lists, tables, and who wrote them."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from qa.errors import ArticleError
from qa.extract.document import Document, Format, checked, metadata, plausible_day, said
from qa.extract.head_lines import completed
from qa.extract.markup import table_text
from qa.extract.package import Package, is_package
from qa.text import normalise
from qa.types import Article

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DELETED = ("del", "moveFrom")
_WRAPPERS = ("ins", "moveTo", "smartTag", "sdt")
_HEADING = re.compile(r"(?:heading|überschrift|titre) ?([1-6])", re.IGNORECASE)
# The day on which the template of python-docx was made, which files made with it carry.
_TEMPLATE_DATE = dt.datetime(2013, 12, 23, 23, 15)  # noqa: DTZ001 - as the file has it


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the document's one article, or why it was refused."""
    try:
        yield _article(document)
    except ArticleError as error:
        yield error


def _article(document: Document) -> Article:
    import docx

    package = Package(document)
    for member in package.members:  # none may be a bomb
        package.read(member)
    document.data.seek(0)
    try:
        word = docx.Document(io.BytesIO(document.data.read()))
        _accept(word.element.body)
        blocks = [block for block in _blocks(word) if block[1].strip()]
        about = word.core_properties
        fields = metadata(
            {"title": about.title, "author": about.author, "language": about.language}, document
        )
        made = _made(about.created)
    except Exception as error:  # noqa: BLE001 - python-docx has no error of its own for damage
        raise ArticleError(document.name, f"damaged: {said(error)}") from None
    headings = (text for kind, text in blocks if kind.startswith(("title", "#")))
    fields["title"] = fields["title"] or next(headings, "") or PurePath(document.name).stem
    text = "\n\n".join(f"{kind} {text}" if kind[:1] in "#-" else text for kind, text in blocks)
    text = re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text)
    completed(fields, text, document.name)
    if made and not fields["published"]:
        fields["published"] = made
        document.warn(f"published {made} is when the Word file was made")
    article = Article(document.id, text=normalise(text), **fields)
    return checked(article, document.name, document.max_chars)


def _accept(body: Any) -> None:
    """Take out what is deleted in tracked changes, and unwrap what is inserted or in a form."""
    for name in _DELETED:
        for element in list(body.iter(_W + name)):
            element.getparent().remove(element)
    for name in _WRAPPERS:
        for element in list(body.iter(_W + name)):
            content = element.find(f"{_W}sdtContent") if name == "sdt" else element
            for child in content if content is not None else ():
                element.addprevious(child)
            element.getparent().remove(element)


def _blocks(word: Any) -> Iterator[tuple[str, str]]:
    """Yield the kind of each block ("title", "#" and more for a heading, "-", "") and its text."""
    from docx.table import Table

    names = {style.style_id: style.name or "" for style in word.styles}
    for block in word.iter_inner_content():
        if isinstance(block, Table):
            rows = [[cell.text for cell in row.cells] for row in block.rows]
            yield " ", table_text(rows)
            continue
        name = names.get(block._p.style, "")  # noqa: SLF001 - `block.style` looks through all styles
        heading = _HEADING.fullmatch(name)
        if heading:
            kind = "#" * int(heading[1])
        elif name.lower() in {"title", "titel", "titre"}:
            kind = "title"
        else:
            kind = (
                "-" if name.lower().startswith("list") and "continue" not in name.lower() else " "
            )
        yield kind, " ".join(block.text.split(" ")).strip()


def _made(created: dt.datetime | None) -> str:
    """Return the day on which a document was made, if it is plausible."""
    if created is None or created.replace(tzinfo=None) == _TEMPLATE_DATE:
        return ""
    return plausible_day(created.date())


def _is_docx(document: Document) -> bool:
    return is_package(document, "word/document.xml", "")


FORMATS = (Format("Word", (".docx", ".docm"), extract, recognises=_is_docx, binary=True),)
