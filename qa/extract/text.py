"""Plain text and Markdown, with front matter or lines like it: one article per document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from qa.dates import in_name
from qa.errors import ArticleError
from qa.extract.document import Document, Format, checked
from qa.extract.encoding import read_text
from qa.extract.front_matter import front_matter
from qa.extract.head_lines import read_head
from qa.extract.markdown import looks_marked_up, prose, without_note_marks
from qa.text import normalise
from qa.types import Article

_HEADING = re.compile(r"^#{1,6}[^\S\n]+(\S.*)", re.MULTILINE)
_CLOSING_MARKS = re.compile(r"\s#+$")
_LONGEST_TITLE = 150


def extract_markdown(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the document's one article, or why it was refused.

    The title is the front matter's, or else the first heading, or else the first line if it is
    short, or else the name of the file.
    """
    yield from _extract(document, plain=False)


def extract_plain(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the document's one article, or why it was refused.

    Text with links or bold words as in Markdown is read as such. What the front matter does not
    say is taken from the lines above the text.
    """
    yield from _extract(document, plain=True)


def _extract(document: Document, *, plain: bool) -> Iterator[Article | ArticleError]:
    try:
        whole = normalise(read_text(document))
        fields, text = front_matter(whole, document)
        marked_up = not plain or looks_marked_up(text)
        text = prose(text, document) if marked_up else without_note_marks(text)
        if plain:
            head = read_head(text, document.name)
            for name in ("title", "author", "source", "published"):
                fields[name] = fields.get(name) or getattr(head, name)
            if head.undated and not fields["published"]:
                document.warn(f"published is unknown: the dateline's {head.undated!r} has no year")
        title = fields.pop("title", "") or _title_of(text) or PurePath(document.name).stem
        fields["published"] = fields.get("published") or _named_date(document)
        article = Article(id=document.id, title=title, text=text, **fields)
        yield checked(article, document.name, document.max_chars)
    except ArticleError as error:
        yield error


def _named_date(document: Document) -> str:
    """Return the date in the file's name, as blogs write it: `2025-05-04-lido.md`."""
    date = in_name(PurePath(document.name).name)
    if date:
        document.warn(f"published {date} is from the file's name")
    return date


def _title_of(text: str) -> str:
    """Return the first heading, or else the first line; empty if that is too long for a title."""
    first = text.lstrip().partition("\n")[0].strip()
    heading = _HEADING.search(text)
    title = _CLOSING_MARKS.sub("", heading.group(1).rstrip()).rstrip() if heading else first
    return title if len(title) <= _LONGEST_TITLE else ""


FORMATS = (
    Format("Markdown", (".md", ".markdown", ".mdx", ".mdown", ".mkd"), extract_markdown),
    Format("plain text", (".txt", ".text"), extract_plain),
)
