"""Web pages, fetched or saved: the article without what stands around it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from qa.errors import ArticleError
from qa.extract.document import Document, Format, checked, metadata
from qa.extract.encoding import decode
from qa.extract.markup import html_text, local_name, parse_html
from qa.extract.page_metadata import PageMetadata
from qa.types import Article

_MOST_BYTES = 10_000_000
_MOST_ELEMENTS = 100_000
_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+)?html[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
# As browsers read them: pages that say Latin-1 hold quotation marks that only Windows-1252 has.
_LATIN_1 = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii"})
# What stands beside an article, by the words of classes and ids.
_BESIDE = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|newsletters?|signup|sign-up|subscri\w*|paywall|promos?|"
    r"related|recommend\w*|read-?more|read-?next|most-?read|trending|shar(?:e|ing)|social\w*|"
    r"advert\w*|ads?|sponsor\w*|breadcrumbs?|comments?|toolbar|outbrain|taboola)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BOXES = ("div", "section", "aside", "ul", "ol", "p", "form", "details", "nav")
_LARGEST_SHARE = 0.4
# A paragraph that is a link, or a few words and a link, leads to another article.
_MOST_LEAD_CHARS = 25
_NAMES = {
    "head": "h2",
    "list": "ul",
    "item": "li",
    "row": "tr",
    "cell": "td",
    "lb": "br",
    "quote": "blockquote",
    "code": "pre",
    "graphic": "img",
}
_FEED = "it names a feed of articles: qa index {}"
_SCRIPT = "it may be shown by a script only: save its text"


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the page's one article, or why there is none."""
    try:
        yield _article(document)
    except ArticleError as error:
        yield error


def _article(document: Document) -> Article:
    where = document.name
    data = document.data.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ArticleError(where, f"too large: more than {_MOST_BYTES // 1_000_000} MB of HTML")
    root = parse_html(_decoded(data, document), where)
    if root is None:
        raise ArticleError(where, "is empty")
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise ArticleError(where, f"too large: more than {_MOST_ELEMENTS:,} elements of HTML")
    page = PageMetadata(root, where)
    _clear(root)
    found = _extracted(root, where)
    if found is None or not (text := _text(found)).strip():
        remedy = (
            _FEED.format(page.feed)
            if page.feed
            else "it may be shown by a script only: save its text"
        )
        raise ArticleError(where, "holds no text of an article", remedy)
    if page.is_cut:
        document.warn("says that it is not free to read: its text may be cut")
    fields = {
        "source": page.source or found.sitename,
        "published": page.published or found.date,
        "author": page.author or (found.author or "").replace(";", ","),
        "language": page.language,
        "url": page.url,
    }
    about = metadata({"title": found.title, **fields}, document)
    about["title"] = about["title"] or PurePath(where).stem
    return checked(Article(document.id, text=text, **about), where, document.max_chars)


def _decoded(data: bytes, document: Document) -> str:
    """Decode as the byte order mark says, or UTF-8, or as the server or else the page says."""
    options = document.options
    named = _CHARSET.search(data[:4096])
    encoding = options.encoding or (named[1].decode("ascii", "replace").lower() if named else "")
    encoding = "cp1252" if encoding.lower() in _LATIN_1 else encoding
    try:
        "".encode(encoding or "utf-8")
    except LookupError:
        encoding = ""
    return decode(data, document.name, type(options)(options.max_chars, encoding))


def _clear(root: Any) -> None:
    """Take out what stands beside the article, and keep lists that a sentence introduces."""
    whole = len("".join(root.itertext()))
    for element in [each for each in root.iter(*_BOXES) if each is not root]:
        if element.getparent() is None:
            continue
        marks = f"{element.get('class') or ''} {element.get('id') or ''}"
        if _BESIDE.search(marks) or (element.tag == "p" and _leads_away(element)):
            text = len("".join(element.itertext()))
            main = next(element.iter("article", "main", "h1"), None)
            if main is None and text <= _LARGEST_SHARE * whole:
                element.drop_tree()
    for listing in root.iter("ul", "ol"):
        before = listing.getprevious()
        if before is not None and before.tag == "p" and _introduces(before):
            for link in list(listing.iter("a")):
                link.drop_tag()


def _leads_away(paragraph: Any) -> bool:
    """Return whether a paragraph is a link to another article, with few words before it."""
    linked = sum(len("".join(link.itertext()).strip()) for link in paragraph.iter("a"))
    around = "".join(paragraph.itertext()).strip()
    lead = len(around) - linked
    return linked > 0 and lead <= _MOST_LEAD_CHARS and linked > lead and not around.endswith(".")


def _introduces(paragraph: Any) -> bool:
    words = "".join(paragraph.itertext()).strip()
    return words.endswith(":") and len(words.split()) > 2


def _extracted(root: Any, where: str) -> Any:
    """Return what trafilatura takes for the article; None if there is none."""
    import trafilatura

    for name in ("trafilatura", "htmldate", "courlan", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is refused is reported by us
    address = where if where.startswith(("http://", "https://")) else None
    return trafilatura.bare_extraction(
        root,
        url=address,
        include_comments=False,
        include_formatting=True,
        with_metadata=True,
        # Only dates that are marked as such: one that is searched in the text is a guess.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )


def _text(found: Any) -> str:
    """Return the article's text as that of other formats, without its title."""
    body = found.body
    first = next(iter(body), None)
    if first is not None and first.tag == "head":
        heading = " ".join("".join(first.itertext()).split())
        if heading == " ".join((found.title or "").split()):
            body.remove(first)
    for element in body.iter():
        name = local_name(element)
        if name == "head" and (element.get("rend") or "") in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            element.tag = element.get("rend")
        else:
            element.tag = _NAMES.get(name, name or "span")
    return html_text(body)


def _recognises(document: Document) -> bool:
    return bool(_HEAD.match(document.head()))


FORMATS = (Format("HTML", (".html", ".htm", ".xhtml"), extract, _recognises),)
