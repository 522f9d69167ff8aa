"""Web pages, fetched or saved: the article without what surrounds it."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from qa.errors import ArticleError
from qa.extract.document import Document, Format, checked, metadata
from qa.extract.encoding import decode
from qa.extract.markup import html_text, is_layout, local_name, parse_html
from qa.extract.page_metadata import PageMetadata
from qa.types import Article

_MOST_BYTES = 10_000_000
_MOST_ELEMENTS = 100_000
# trafilatura takes seconds for ten thousand elements, and minutes for more; where it also compares
# two other ways of finding the text, seconds for three thousand.
_MOST_WEIGHED, _MOST_COMPARED = 10_000, 3_000
_MOST_BESIDE = 1_000  # elements that are looked at whether they stand beside the article
_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+)?html[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
# As browsers read them: pages that say Latin-1 hold quotation marks that only Windows-1252 has.
_LATIN_1 = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii"})
# Control characters, which no HTML may hold, as they are or as entities.
_CONTROLS = re.compile(
    r"[\0-\x08\x0b\x0e-\x1f]"
    r"|&#0*(?:[0-8]|1[124-9]|2\d|3[01])(?!\d);?|&#x0*(?:[0-8bcef]|1[\da-f])(?![\da-f]);?",
    re.IGNORECASE,
)
_FAULTS = (ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError)
# What surrounds an article, by the words of classes and ids.
_BESIDE = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|newsletters?|signup|sign-up|subscri\w*|paywall|promos?|"
    r"related|recommend\w*|read-?more|read-?next|most-?read|trending|shar(?:e|ing)|social\w*|"
    r"advert\w*|ads?|sponsor\w*|breadcrumbs?|comments?|toolbar|outbrain|taboola)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BOXES = ("div", "section", "aside", "ul", "ol", "p", "form", "details", "nav")
# Elements whose line breaks part paragraphs, and those that stand between paragraphs.
_PARTED = frozenset("div p td font center article section body main blockquote".split())
_WHOLE = frozenset(
    "p div h1 h2 h3 h4 h5 h6 ul ol table blockquote figure section aside hr pre article".split()
)
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
_RANKS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_FEED = "it names a feed of articles: qa index {}"


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
    written = _CONTROLS.sub("", _decoded(data, document).replace("\f", " "))
    root = parse_html(written, where)
    if root is None:
        raise ArticleError(where, "is empty")
    if (size := sum(1 for _ in root.iter())) > _MOST_ELEMENTS:
        raise ArticleError(where, f"too large: more than {_MOST_ELEMENTS:,} elements of HTML")
    page = PageMetadata(root, where)
    _clear(root)
    title, text, about = _found(root, where, size)
    if not text.strip():
        remedy = (
            _FEED.format(page.feed)
            if page.feed
            else "it may be shown by a script only: save its text"
        )
        raise ArticleError(where, "holds no text of an article", remedy)
    if page.is_cut:
        document.warn("says that it is not free to read: its text may be cut")
    fields = {
        "title": title,
        "source": page.source or about.get("source"),
        "published": page.published or about.get("published"),
        "author": page.author or about.get("author"),
        "language": page.language,
        "url": page.url,
    }
    told = metadata(fields, document)
    told["title"] = told["title"] or PurePath(where).stem
    return checked(Article(document.id, text=text, **told), where, document.max_chars)


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
    """Remove what surrounds the article, and keep lists that a sentence introduces."""
    whole = len("".join(root.itertext()))
    boxes = (each for each in root.iter(*_BOXES) if each is not root and _is_beside(each))
    for element in list(itertools.islice(boxes, _MOST_BESIDE)):
        text = len("".join(element.itertext()))
        main = next(element.iter("article", "main", "h1"), None)
        if main is None and text <= _LARGEST_SHARE * whole and element.getparent() is not None:
            element.drop_tree()
    for table in [each for each in root.iter("table") if is_layout(each)]:
        for element in table.iter("table", "tbody", "tr", "td", "th"):
            element.tag = "div"
    _part(root)
    for listing in root.iter("ul", "ol"):
        before = listing.getprevious()
        if before is not None and before.tag == "p" and _introduces(before):
            for link in list(listing.iter("a")):
                link.drop_tag()


def _part(root: Any) -> None:
    """Make paragraphs of what two line breaks part, as browsers show it."""
    pairs = (br for br in root.iter("br") if _ends_paragraph(br))
    for parent in dict.fromkeys(br.getparent() for br in pairs):
        if parent is None or parent.tag not in _PARTED:
            continue
        paragraph = parent.makeelement("p")
        paragraph.text, parent.text = parent.text, None
        made = [paragraph]
        for child in list(parent):
            if child.tag in _WHOLE or (child.tag == "br" and _ends_paragraph(child)):
                tail, child.tail = child.tail, None
                made += [child] if child.tag in _WHOLE else []
                parent.remove(child)
                paragraph = parent.makeelement("p")
                paragraph.text = tail
                made.append(paragraph)
            else:
                paragraph.append(child)
        parent.tag = "div" if parent.tag in ("p", "font", "center") else parent.tag
        for each in made:
            if each.tag in _WHOLE or "".join(each.itertext()).strip() or len(each):
                parent.append(each)


def _ends_paragraph(br: Any) -> bool:
    following = br.getnext()
    return following is not None and following.tag == "br" and not (br.tail or "").strip()


def _is_beside(element: Any) -> bool:
    marks = f"{element.get('class') or ''} {element.get('id') or ''}"
    return bool(_BESIDE.search(marks)) or (element.tag == "p" and _leads_away(element))


def _leads_away(paragraph: Any) -> bool:
    """Return whether a paragraph is a link to another article, with few words before it."""
    linked = sum(len("".join(link.itertext()).strip()) for link in paragraph.iter("a"))
    around = "".join(paragraph.itertext()).strip()
    lead = len(around) - linked
    return linked > 0 and lead <= _MOST_LEAD_CHARS and linked > lead and not around.endswith(".")


def _introduces(paragraph: Any) -> bool:
    words = "".join(paragraph.itertext()).strip()
    return words.endswith(":") and len(words.split()) > 2


def _found(root: Any, where: str, size: int) -> tuple[str, str, dict[str, str]]:
    """Return the title, the text and other fields of the article of a page of so many elements."""
    if size > _MOST_WEIGHED:
        return _plain(root)
    try:
        return _extracted(root, where, fast=size > _MOST_COMPARED)
    except _FAULTS:  # trafilatura's own, for a page that is damaged
        return _plain(root)


def _extracted(root: Any, where: str, *, fast: bool) -> tuple[str, str, dict[str, str]]:
    """Return the title, the text and other fields of what trafilatura takes for the article."""
    import trafilatura

    for name in ("trafilatura", "htmldate", "courlan", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is refused is reported by us
    found = trafilatura.bare_extraction(
        root,
        url=where if where.startswith(("http://", "https://")) else None,
        fast=fast,
        include_comments=False,
        include_formatting=True,
        with_metadata=True,
        # Only dates that are marked as such: one that is searched in the text is a guess.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if not isinstance(found, trafilatura.settings.Document) or found.body is None:
        return "", "", {}
    title = " ".join((found.title or "").split())
    about = {
        "source": found.sitename or "",
        "published": found.date or "",
        "author": (found.author or "").replace(";", ","),
    }
    return title, _text(found.body, title), about


def _text(body: Any, title: str) -> str:
    """Return the text of what trafilatura found as that of other formats, without its title."""
    first = next(iter(body), None)
    heading = "".join(first.itertext()) if first is not None and first.tag == "head" else ""
    if heading and " ".join(heading.split()) == title:
        body.remove(first)
    for element in body.iter():
        name, rank = local_name(element), element.get("rend") or ""
        is_heading = name == "head" and rank in _RANKS
        element.tag = rank if is_heading else _NAMES.get(name, name or "span")
    return html_text(body)


def _plain(root: Any) -> tuple[str, str, dict[str, str]]:
    """Return the title and the text of a page that is too large to be weighed part by part."""
    named = (" ".join("".join(each.itertext()).split()) for each in root.iter("h1", "title"))
    main = next(root.iter("article"), None)
    main = next(root.iter("main", "body"), root) if main is None else main
    return next(filter(None, named), ""), html_text(main), {}


def _recognises(document: Document) -> bool:
    return bool(_HEAD.match(document.head()))


FORMATS = (Format("HTML", (".html", ".htm", ".xhtml"), extract, _recognises),)
