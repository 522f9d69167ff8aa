"""Plain text and Markdown, with YAML front matter: one article per document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import yaml

from qa.errors import ArticleError
from qa.extract.document import Document, Format, checked, metadata
from qa.extract.encoding import read_text
from qa.text import normalise
from qa.types import Article

_FRONT_MATTER = re.compile(r"---[^\S\n]*\n(.*?)^---[^\S\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[^\S\n]+(\S.*)", re.MULTILINE)
_CLOSING_MARKS = re.compile(r"\s#+$")
_LONGEST_TITLE = 150


class _Loader(yaml.SafeLoader):
    """Loads YAML without aliases: a few lines of them can expand to gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the document's one article, or why it was refused.

    The title is the front matter's, or else the first heading, or else the first line if it is
    short, or else the name of the file.
    """
    where = document.name
    try:
        text = normalise(read_text(document))
        fields, text = _front_matter(text, document)
        title = fields.pop("title", "") or _title_of(text) or PurePath(where).stem
        article = Article(id=document.id, title=title, text=text, **fields)
        yield checked(article, where, document.max_chars)
    except ArticleError as error:
        yield error


def _front_matter(text: str, document: Document) -> tuple[dict[str, Any], str]:
    """Split the front matter from the text.

    A `---` that opens no mapping is a horizontal rule, and stays in the text.
    """
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    try:
        fields = yaml.load(match.group(1), _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
        raise ArticleError(document.name, f"front matter is not valid YAML (line {line})") from None
    if not isinstance(fields, dict):
        return {}, text
    return metadata(fields, document), text[match.end() :]


def _title_of(text: str) -> str:
    """Return the first heading, or else the first line; empty if that is too long for a title."""
    first = text.lstrip().partition("\n")[0].strip()
    heading = _HEADING.search(text)
    title = _CLOSING_MARKS.sub("", heading.group(1).rstrip()).rstrip() if heading else first
    return title if len(title) <= _LONGEST_TITLE else ""


FORMATS = (
    Format("Markdown", (".md",), extract),
    Format("plain text", (".txt",), extract),
)
