"""Feeds, and exports of blogs in their form: RSS, Atom, WordPress; each item an article."""

from __future__ import annotations

import hashlib
import io
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from qa.errors import ArticleError
from qa.extract.document import Document, Format, checked, metadata
from qa.extract.markup import html_text, parse_html
from qa.types import Article

_MOST_BYTES = 256_000_000
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<(?:\?[^>]*|!(?!--)[^>]*|!--(?:(?!-->).)*--)>\s*)*"
    rb"<(?:\w+:)?(rss|feed|RDF)[\s>]",
    re.DOTALL,
)
# Of a blog's export, what is no article or was never shown.
_NOT_SHOWN = frozenset({"draft", "auto-draft", "pending", "private", "trash", "inherit"})
_POSTS = frozenset({"", "post", "page", "article"})
_SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|audio|video|playlist|vc_\w+|et_\w+)\b[^\]\n]*\]"
)
_TEASERS = "holds teasers only, not whole texts: index the feed's address to fetch its pages"
_CUT = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\]|read more|continue reading)\W*$", re.IGNORECASE)
# Shorter texts of feeds are teasers, unless they are marked as content and as long as this.
_FULL_WORDS = 120


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the article of each item, or why it was refused."""
    if not _is_feed(document):  # it may declare entities that never end
        yield ArticleError(document.name, "is no feed: its root is not rss, feed or RDF")
        return
    document.data.seek(0)
    data = document.data.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        yield ArticleError(document.name, f"too large: at most {_MOST_BYTES // 1_000_000} MB")
        return
    try:
        parsed = parse(data, document.name, {"content-type": "application/xml"})
    except ArticleError as error:
        yield error
        return
    names = {each.get("login", ""): each.get("name", "") for each in _people(parsed)}
    seen = set[str]()
    teasers = False
    for number, item in enumerate(parsed.entries, 1):
        if item.get("wp_post_type", "") not in _POSTS or item.get("wp_status", "") in _NOT_SHOWN:
            continue
        where = f"{document.name}:{number}"
        try:
            article = _article(item, parsed.feed, names, document, where)
        except ArticleError as error:
            yield error
            continue
        if article.id in seen:
            yield ArticleError(where, "the feed already has this item")
            continue
        seen.add(article.id)
        if not teasers and not item.get("content") and not is_full(article.text):
            teasers = True
            document.warn(_TEASERS)
        yield article
    if not parsed.entries:
        yield ArticleError(document.name, "holds no article")


def parse(data: bytes, where: str, headers: Mapping[str, str]) -> Any:
    """Return a feed as feedparser reads it.

    Raises:
        ArticleError: it is none.
    """
    import feedparser

    # As a stream: text is taken for the name of a file or an address if it looks like one.
    parsed = feedparser.parse(io.BytesIO(data), response_headers=dict(headers))
    if not parsed.entries and parsed.bozo and not parsed.version:
        reason = f"damaged: not a feed ({parsed.get('bozo_exception', 'unreadable')})"
        raise ArticleError(where, reason)
    return parsed


def is_full(text: str) -> bool:
    """Return whether an item's text is a whole one, not a teaser."""
    return len(text.split()) >= _FULL_WORDS and not _CUT.search(text)


def link_of(item: Mapping[str, Any], base: str) -> str:
    """Return the address of an item's page; empty if it names none."""
    link = item.get("feedburner_origlink") or item.get("link") or ""
    try:
        return urllib.parse.urljoin(base, link.strip()) if link else ""
    except ValueError:
        return ""


def text_of(item: Mapping[str, Any], where: str) -> str:
    """Return the longest text that an item is marked to have as its content; empty if none."""
    contents = [each.get("value", "") for each in item.get("content", ())]
    return max((shown(each, where) for each in contents), key=len, default="")


def described(item: Mapping[str, Any], feed: Mapping[str, Any], where: str) -> dict[str, str]:
    """Return the fields of an item's article, but for its text and address."""
    source = (item.get("source") or {}).get("title", "") or feed.get("title", "")
    return {
        "title": shown(item.get("title", ""), where),
        "published": _day(item, "published") or _day(item, "updated"),
        "author": ", ".join(_authors(item)),
        "source": shown(source, where),
        "language": feed.get("language", "") or "",
    }


def shown(value: str | None, where: str) -> str:
    """Return the text of a piece of HTML, as it is where there is no markup."""
    value = value or ""  # feedparser gives None for what is damaged
    return html_text(parse_html(value, where)) if "<" in value or "&" in value else value.strip()


def _article(
    item: Mapping[str, Any],
    feed: Mapping[str, Any],
    names: Mapping[str, str],
    document: Document,
    where: str,
) -> Article:
    link = link_of(item, feed.get("link", "") or "")
    about = described(item, feed, where)
    about["author"] = names.get(about["author"]) or about["author"]
    texts = text_of(item, where), shown(item.get("summary", ""), where)
    text = _SHORTCODE.sub("", next(filter(None, texts), "")).strip()
    key = item.get("id") or link or f"{about['title']}\n{text}"
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    fields = metadata({**about, "url": link}, document, where)
    article = Article(f"{document.id}#{digest}", text=text, **fields)
    return checked(article, where, document.max_chars)


def _people(parsed: Any) -> list[dict[str, str]]:
    """Return the author that a WordPress export lists last: feedparser keeps no other."""
    feed = parsed.feed
    login, name = feed.get("wp_author_login", ""), feed.get("wp_author_display_name", "")
    return [{"login": login, "name": name}] if login else []


def _authors(item: Mapping[str, Any]) -> Iterable[str]:
    names = [each.get("name", "") for each in item.get("authors", ()) if each]
    return filter(None, names or [item.get("author") or ""])


def _day(item: Mapping[str, Any], name: str) -> str:
    """Return a date of an item in ISO form, in UTC as feedparser gives it; empty if unknown."""
    parts = item.get(f"{name}_parsed")
    if not parts:
        return ""
    year, month, day, hour, minute, second = parts[:6]
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00"


def _is_feed(document: Document) -> bool:
    return bool(_ROOT.match(document.head()))


FORMATS = (Format("feed", (".xml", ".rss", ".atom", ".rdf"), extract, _is_feed, single=False),)
