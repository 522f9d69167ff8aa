"""XML and HTML, read safely: no entities of their own, nothing from elsewhere; and HTML as text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

from qa.errors import ArticleError
from qa.text import normalise

_SKIPPED = frozenset(
    "head script style noscript template svg math iframe object form button select nav".split()
)
_HEADINGS = {f"h{level}": f"{'#' * level} " for level in range(1, 7)}
_BLOCKS = frozenset(
    "address article aside blockquote body caption dd details dialog div dl dt fieldset figcaption "
    "figure footer header hgroup hr legend li main ol p pre section summary table td th tr "
    "ul".split()
) | frozenset(_HEADINGS)
# What no table of figures holds, and the longest cell of one.
_RANKED = frozenset(("h1", "h2", "table", "article", "hr"))
_LONGEST_CELL = 400
_TAG = re.compile(
    r"</?(?:p|br|div|a|span|b|i|u|em|strong|h[1-6]|ul|ol|li|img|blockquote)\b[^<>]*>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)
# A unit in the corner of a table is that of all its columns.
_UNIT = re.compile(r"\([^()]+\)")
_HIDDEN = re.compile(r"\bdisplay\s*:\s*none\b", re.IGNORECASE)
_BLANKS = re.compile(r"[^\S\n\u00a0]+|\u00a0")
_AROUND_LINE_END = re.compile(r" *\n *")
_EMPTY_LINES = re.compile(r"\n{3,}")


def parse_xml(data: bytes, where: str) -> Any:
    """Return the root element of an XML document.

    Raises:
        ArticleError: it is not well-formed, or far too deep or large.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ArticleError(where, f"damaged: not well-formed XML ({error})") from None


def local_name(element: Any) -> str:
    """Return an element's name without its namespace; empty for comments and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def parse_html(data: str | bytes, where: str) -> Any:
    """Return the root element of an HTML document; None if there is nothing in it.

    Bytes are decoded as they declare. Faults are mended as browsers do.

    Raises:
        ArticleError: its elements are nested so deep that what is inside would be lost.
    """
    from lxml import etree
    from lxml import html as lxml_html

    encoding = "utf-8" if isinstance(data, str) else None
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    parser = lxml_html.HTMLParser(
        no_network=True, huge_tree=True, remove_comments=True, remove_pis=True, encoding=encoding
    )
    try:
        root = etree.fromstring(data, parser) if data.strip() else None
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        raise ArticleError(where, "HTML that is nested too deep")
    return root


def html_text(root: Any) -> str:
    """Return the text of an HTML element: blocks apart, headings and list items marked.

    Headings begin with `#`, list items with `-`; tables are read as `table_text` says.
    """
    text = "".join(_pieces(root)) if root is not None else ""
    text = _AROUND_LINE_END.sub("\n", normalise(text))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def without_tags(value: str, where: str) -> str:
    """Return a text without the HTML tags and entities that it holds, if any."""
    if _TAG.search(value):
        return html_text(parse_html(value, where))
    return _ENTITY.sub(lambda match: html.unescape(match.group()), value)


def table_text(rows: Sequence[Sequence[str]], *, headed: bool = True) -> str:
    """Return a table as text: a paragraph for each row, a sentence for each cell, with its heads.

    `[["Item (million)", "2024", "2025"], ["Schools", "6.1", "6.4"]]` is
    `Schools, 2024 (million): 6.1. Schools, 2025 (million): 6.4.` A table of one row or column is
    read as its cells; a first row of one cell is its caption.

    Args:
        rows: of cells.
        headed: the first row that is not empty holds the heads of the columns.
    """
    cleaned = [[" ".join(cell.split()) for cell in row] for row in rows if any(map(str.strip, row))]
    if len(cleaned) < 1 + headed or max(map(len, cleaned)) < 2:
        return "\n\n".join(", ".join(filter(None, row)) for row in cleaned)
    captions = list[str]()
    while headed and len(cleaned) > 2 and sum(map(bool, cleaned[0])) == 1 and cleaned[0][0]:
        captions.append(cleaned.pop(0)[0])
    (corner, *heads), *body = cleaned if headed else [[""], *cleaned]
    unit = _UNIT.search(corner)
    heads = [f"{head} {unit[0]}" if unit else head for head in heads]
    told = [" ".join(_row_sentences(heads, row)) for row in body]
    return "\n\n".join((*captions, *told))


def _row_sentences(heads: Sequence[str], row: Sequence[str]) -> Iterator[str]:
    name, *cells = row
    if not any(cells):
        yield name
    for head, cell in zip([*heads, *[""] * len(cells)], cells, strict=False):
        if cell:
            about = ", ".join(filter(None, (name, head)))
            stop = "" if cell.endswith((".", "!", "?")) else "."
            yield f"{about}: {cell}{stop}" if about else cell


def _pieces(root: Any) -> Iterator[str]:
    """Yield the text of an element in pieces; not by recursion, for documents may be deep."""
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end"))
    inside_pre = 0
    for event, element in walk:
        name = local_name(element).lower()
        if event == "start":
            if (
                name in _SKIPPED
                or _is_hidden(element)
                or (name == "table" and not is_layout(element))
            ):
                walk.skip_subtree()
                if name == "table":
                    yield f"\n\n{table_text(list(_rows(element)))}"
                continue
            inside_pre += name == "pre"
            yield _opening(name)
            yield _shown(element.text, pre=bool(inside_pre))
        else:
            inside_pre -= name == "pre"
            yield "\n\n" if name in _BLOCKS and name != "li" else ""
            if element is not root:
                yield _shown(element.tail, pre=bool(inside_pre))


def _is_hidden(element: Any) -> bool:
    style = element.get("style") or ""
    return element.get("hidden") is not None or _HIDDEN.search(style) is not None


def _opening(name: str) -> str:
    if name == "br":
        return "\n"
    if name == "li":
        return "\n- "
    return f"\n\n{_HEADINGS.get(name, '')}" if name in _BLOCKS else ""


def _shown(text: str | None, *, pre: bool) -> str:
    """Return a run of text as a browser shows it: white space is one blank, unless preformatted."""
    if not text:
        return ""
    return text if pre else _BLANKS.sub(" ", text.replace("\n", " ").replace("\r", " "))


def is_layout(table: Any) -> bool:
    """Return whether a table only places what is in it, as pages did before style sheets."""
    for element in table.iter():
        name = local_name(element).lower()
        if name in _RANKED and element is not table:
            return True
        if name in ("td", "th"):
            text = sum(map(len, element.itertext()))
            parts = sum(1 for each in element.iter() if local_name(each).lower() in ("p", "br"))
            if text > _LONGEST_CELL and parts > 1:
                return True
    return False


def _rows(table: Any) -> Iterator[list[str]]:
    for row in table.iter("tr", "{*}tr"):
        cells = [cell for cell in row if local_name(cell).lower() in {"td", "th"}]
        yield [" ".join(html_text(cell).split()) for cell in cells]
