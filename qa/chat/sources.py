"""The panel beside the conversation: where each answer comes from, and the articles themselves."""

from __future__ import annotations

import dataclasses
import itertools
import re
import zlib
from collections.abc import Mapping, Sequence
from html import escape

from qa.chat.asking import Exchange, Reading
from qa.chat.markup import byline, inline, link, marked
from qa.types import Answer, Article, Citation, Hit

# Characters of the article shown on either side of a quote.
CONTEXT = 260
RELATED = 3
# More quotes than any answer takes from one article; marking more would only keep the server busy.
MOST_SPANS = 100
_SPACE = re.compile(r"\s")
_FIRST_WORD = re.compile(r"^\S*\s")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_SPANS = re.compile(r"\b(\d{1,9}):(\d{1,9}):(\d{1,9}):(\d{1,10})\b", re.ASCII)
_CHANGED = '<p class="note">This article has changed since it was quoted; this is how it reads now.</p>'
_EMPTY = '<p class="note">The passages behind each answer appear here, with the quoted words marked.</p>'


def panel(exchanges: Sequence[Exchange]) -> str:
    """Return one section of sources per exchange; the last is shown, a marker of another brings up its own."""
    sections = "".join(_section(n, e, shown=n == len(exchanges)) for n, e in enumerate(exchanges, 1))
    return f'<div class="sources">{sections or _EMPTY}</div>'


def whole(article: Article, exchange: int, spans: str) -> str:
    """Return the whole text of `article` with the quotes of `spans` marked.

    Args:
        article: as the index has it now.
        exchange: the number of the exchange whose quotes these are.
        spans: what a card carries, `number:start:end:checksum of the quote` each; it comes back from the browser and
            may hold anything, so what does not fit the article is left out.
    """
    found = list(itertools.islice(_SPANS.finditer(spans), MOST_SPANS))
    citations = [_citation(article, *map(int, match.groups())) for match in found]
    fitting = [citation for citation in citations if citation is not None]
    text = article.text
    changed = _CHANGED if len(fitting) < len(found) else ""
    return changed + marked(text, (len(text) - len(text.lstrip()), len(text)), exchange, fitting)


def excerpts(article: Article, exchange: int, citations: Sequence[Citation]) -> str:
    """Return the quotes of one article with what stands around them; neighbours share an excerpt."""
    windows: list[tuple[int, int]] = []
    for start, end in sorted(_window(article.text, citation) for citation in citations):
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(end, windows[-1][1]))
        else:
            windows.append((start, end))
    return "".join(_excerpt(article.text, window, exchange, citations) for window in windows)


def _section(number: int, exchange: Exchange, *, shown: bool) -> str:
    if exchange.reading:
        cards = _found(number, exchange.reading)
    elif exchange.answer is None:
        cards = _EMPTY if not exchange.error else '<p class="note">This question has no answer.</p>'
    else:
        cards = _related(number, exchange) if exchange.answer.abstained else _cited(number, exchange)
    hidden = "" if shown else " hidden"
    return f'<section class="sources-of" data-exchange="{number}"{hidden}>{cards}</section>'


def _cited(number: int, exchange: Exchange) -> str:
    answer = _complete(exchange)
    texts = {article.id: article for article in exchange.articles}
    order = list(dict.fromkeys(c.article_id for c in answer.citations))
    ordered = sorted(answer.citations, key=lambda c: order.index(c.article_id))
    cards = (
        _card(number, quotes, texts.get(article_id), _reprints(answer, quotes, texts))
        for article_id, found in itertools.groupby(ordered, key=lambda c: c.article_id)
        for quotes in [list(found)]
    )
    return "".join(cards)


def _reprints(answer: Answer, citations: Sequence[Citation], texts: Mapping[str, Article]) -> list[Article]:
    """Return the other articles that print what is quoted here, each once."""
    ids = (passage.article_id for citation in citations for passage in answer.reprints(citation))
    return [texts[article_id] for article_id in dict.fromkeys(ids) if article_id in texts]


def _card(number: int, citations: list[Citation], article: Article | None, reprints: Sequence[Article]) -> str:
    """Return the card of one cited article; one that was removed meanwhile still shows its quotes."""
    first = citations[0]
    head = _head(
        first.title or first.article_id, first.source, first.published, first.url, article.author if article else ""
    )
    if article is None:
        quotes = (marked(c.quote, (0, len(c.quote)), number, [_at_start(c)]) for c in citations)
        return f'<article class="card">{head}{"".join(_quote(quote) for quote in quotes)}</article>'
    # The browser asks for the whole text only when someone opens it: articles can be long.
    spans = " ".join(f"{c.number}:{c.start}:{c.end}:{_checksum(c.quote)}" for c in citations)
    rest = _reading(article.id, number, spans) + _also(number, reprints)
    return f'<article class="card">{head}{excerpts(article, number, citations)}{rest}</article>'


def _also(exchange: int, reprints: Sequence[Article]) -> str:
    """Return where else a story was printed, each as a button that opens it; nothing where it was not."""
    places = [
        f'<div class="reprint">{_hidden(_head_of(article))}<button type="button" class="quiet inline" '
        f'data-open="{escape(article.id)}" data-exchange="{exchange}" data-spans="">'
        f"{inline(article.source or article.title or article.id)}</button></div>"
        for article in reprints
    ]
    return f'<div class="note also">Also printed in {" ".join(places)}</div>' if places else ""


def _reading(article_id: str, exchange: int, spans: str = "") -> str:
    """Return the button that opens an article with the quotes of `spans` marked."""
    return (
        f'<p class="whole"><button type="button" class="quiet" data-open="{escape(article_id)}" '
        f'data-exchange="{exchange}" data-spans="{spans}">Read the whole article</button></p>'
    )


def _found(number: int, reading: Reading) -> str:
    """Return the passages that a chat model writes from, to be looked at meanwhile."""
    cards = _passages(number, reading.hits, reading.articles)
    return f'<p class="related-heading">Found, and being read</p>{cards}' if cards else _EMPTY


def _passages(number: int, hits: Sequence[Hit], articles: Sequence[Article]) -> str:
    texts = {article.id: article for article in articles}
    return "".join(_related_card(number, hit, texts.get(hit.passage.article_id)) for hit in hits)


def _related(number: int, exchange: Exchange) -> str:
    cards = _passages(number, _complete(exchange).hits[:RELATED], exchange.articles)
    heading = '<p class="related-heading">Related passages, not an answer</p>'
    return heading + cards if cards else '<p class="note">Nothing in the articles comes near this question.</p>'


def _related_card(number: int, hit: Hit, article: Article | None) -> str:
    head = _head_of(article) if article else f"<header><h3>{inline(hit.passage.article_id)}</h3></header>"
    reading, text = _reading(article.id, number) if article else "", hit.passage.text.strip()
    return f'<article class="card related">{head}{_quote(marked(text, (0, len(text)), number, ()))}{reading}</article>'


def _hidden(head: str) -> str:
    return head.replace("<header>", "<header hidden>", 1)


def _head_of(article: Article) -> str:
    return _head(article.title or article.id, article.source, article.published, article.url, article.author)


def _head(title: str, source: str, published: str, url: str, author: str) -> str:
    origin = byline(source, published, inline(author) if author else "", link(url, "original"))
    return f'<header><h3 dir="auto">{escape(title)}</h3><p class="byline">{origin}</p></header>'


def _excerpt(text: str, window: tuple[int, int], exchange: int, citations: Sequence[Citation]) -> str:
    inside = [c for c in citations if window[0] <= c.start and c.end <= window[1]]
    before = "… " if text[: window[0]].strip() else ""
    after = " …" if text[window[1] :].strip() else ""
    return _quote(f"{before}{marked(text, window, exchange, inside)}{after}")


def _quote(html: str) -> str:
    return f'<blockquote dir="auto">{html}</blockquote>'


def _window(text: str, citation: Citation) -> tuple[int, int]:
    """Return the span of a quote and its context: whole paragraphs if one ends in reach, else whole words."""
    start = max(0, citation.start - CONTEXT)
    end = min(len(text), citation.end + CONTEXT)
    before, after = text[start : citation.start], text[citation.end : end]
    if start:
        before = _PARAGRAPH.split(before, maxsplit=1)[-1] if _PARAGRAPH.search(before) else _FIRST_WORD.sub("", before)
    if end < len(text):
        after = after[: _cut(after)]
    return citation.start - len(before.lstrip()), citation.end + len(after.rstrip())


def _cut(after: str) -> int:
    """Return where the text after a quote stops: at its last paragraph's end, or its last white space, if any."""
    breaks = [match.start() for match in _PARAGRAPH.finditer(after)]
    spaces = [match.start() for match in _SPACE.finditer(after)]
    return (breaks or spaces or [len(after)])[-1]


def _citation(article: Article, number: int, start: int, end: int, checksum: int) -> Citation | None:
    """Return the citation of a span, unless the article has changed there since it was quoted."""
    if number < 1 or not start < end <= len(article.text) or _checksum(article.text[start:end]) != checksum:
        return None
    origin = (article.id, article.title, article.source, article.published, article.url)
    return Citation(number, *origin, start, end, article.text[start:end])


def _checksum(quote: str) -> int:
    return zlib.crc32(quote.encode("utf-8", "replace"))


def _at_start(citation: Citation) -> Citation:
    """Return the citation as it would be if the quote were the whole article."""
    return dataclasses.replace(citation, start=0, end=len(citation.quote))


def _complete(exchange: Exchange) -> Answer:
    if exchange.answer is None:
        raise ValueError("only an answered question has sources")
    return exchange.answer
