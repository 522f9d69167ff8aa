"""The panel beside the conversation: the sources of each answer, and the articles themselves."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from qa.chat.core_messages import translated
from qa.chat.highlighting import Block, highlight
from qa.chat.i18n import N_, gettext
from qa.chat.rendering import macro, pages, render
from qa.conversations.conversation import Exchange
from qa.conversations.lazy_pipeline import ArticleIndex, LazyPipeline
from qa.conversations.messages import told
from qa.errors import QAError
from qa.text import Span, has_surrogates
from qa.types import Answer, Article, Citation, Hit

CONTEXT_CHARS = 260
"""Characters of the article shown on either side of a quote."""

MAX_RELATED = 3
MAX_EARLIER = 5
"""Earlier versions that an opened article shows."""
# More quotes than any answer takes from one article; marking more would only keep the server busy.
MAX_SPANS = 100
_SPACE = re.compile(r"\s")
_FIRST_WORD = re.compile(r"^\S*\s")
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_SPANS = re.compile(r"\b(\d{1,9}):(\d{1,9}):(\d{1,9}):(\d{1,10})\b", re.ASCII)
_UNREADABLE = N_("This article cannot be opened.")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Head:
    """What a card or an opened article says of its article, above the text.

    `pages` names those of the quotes, where the article has pages; `language` is a tag.
    """

    article_id: str
    title: str = ""
    source: str = ""
    published: str = ""
    url: str = ""
    author: str = ""
    pages: str = ""
    place: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of an article, and whether it has text before and after it."""

    blocks: Sequence[Block]
    preceded: bool = False
    followed: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """An article with its quotes, or a related passage.

    Attributes:
        head: of the article.
        excerpts: of its text.
        available: whether the index still has the article, so that it can be opened.
        spans: of the quotes, as `article_text` takes them.
        reprints: articles that hold near duplicates of what is quoted.
    """

    head: Head
    excerpts: Sequence[Excerpt]
    available: bool
    spans: str = ""
    reprints: Sequence[Head] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """The sources of one exchange: `cards` below a `heading`, or a `note` where there are none."""

    cards: Sequence[Card] = field(default=())
    heading: str = ""
    note: str = N_("The passages behind each answer appear here, with the quoted words marked.")


def panel(exchanges: Sequence[Exchange]) -> Markup:
    """Return the sources of all exchanges; only the last section is visible at first."""
    sections = {number: _section(exchange) for number, exchange in enumerate(exchanges, 1)}
    return render("sources.html", sections=sections, empty=Section())


def newest_sources(number: int, exchange: Exchange) -> Markup:
    """Return the sources of one exchange, whose number in the conversation is given."""
    return render("sources.html", sections={number: _section(exchange)}, empty=Section())


@dataclass(frozen=True, slots=True)
class Past:
    """What else an opened article shows.

    Attributes:
        earlier: when it was read so, and its text then; newest first.
        corrections: the title and the date of what corrects it, and what that says.
    """

    earlier: Sequence[tuple[str, Sequence[Block]]] = ()
    corrections: Sequence[tuple[str, str, str]] = ()


def past_of(index: ArticleIndex, article_id: str) -> Past:
    """Return the earlier versions of an article, and its corrections."""
    corrections = [
        (column.title, column.published, column.text[slice(*span)])
        for column, span in index.corrections(article_id)
    ]
    earlier = [
        (version.read, highlight(version.article.text, (0, len(version.article.text)), []))
        for version in index.versions(article_id)[1 : MAX_EARLIER + 1]
    ]
    return Past(earlier, corrections)


def article_text(
    article: Article, exchange: int = 0, spans: str = "", *, past: Past = Past()
) -> Markup:
    """Return the whole text of `article` with the quotes of `spans` marked.

    Args:
        article: as the index has it now.
        exchange: the number of the exchange whose quotes these are.
        spans: what a card carries, `number:start:end:checksum of the quote` each; it comes back
            from the browser and may hold anything, so what does not fit the article is left out.
        past: its earlier versions and corrections.
    """
    found = list(itertools.islice(_SPANS.finditer(spans), MAX_SPANS))
    citations = [_citation(article, *map(int, match.groups())) for match in found]
    fitting = [citation for citation in citations if citation is not None]
    text = article.text
    blocks = highlight(text, (len(text) - len(text.lstrip()), len(text)), fitting)
    changed = len(fitting) < len(found)
    return macro("articles.html", "article_text", blocks, exchange, changed=changed, past=past)


def read_article(pipeline: LazyPipeline, request: object) -> Markup:
    """Return the whole text of an article for the reader; an error is shown there as a sentence.

    The request is `[article id, number of the exchange, spans]`; it comes from the browser and may
    be anything.
    """
    try:
        match request:
            case [str(article_id), int(exchange), str(spans)] if not has_surrogates(article_id):
                index = pipeline.get().index
                article, past = index.article(article_id), past_of(index, article_id)
                return article_text(article, exchange, spans, past=past)
    except QAError as error:
        return escape(translated(told(error)))
    except Exception:  # noqa: BLE001 - the page must get an answer whatever happens
        _log.exception("an article could not be opened")
    return escape(gettext(_UNREADABLE))


def article_head(article: Article) -> Head:
    """Return the head of an article."""
    return Head(
        article.id,
        article.title,
        article.source,
        article.published,
        article.url,
        article.author,
        place=article.place,
        language=article.language,
    )


def _section(exchange: Exchange) -> Section:
    articles = {article.id: article for article in exchange.articles}
    if reading := exchange.reading:
        # A chat model writes from these passages; they can be read meanwhile.
        found = {article.id: article for article in reading.articles}
        return Section(_related(reading.hits, found), N_("Found, and being read"))
    if exchange.answer is None:
        return Section(note=N_("This question has no answer.")) if exchange.error else Section()
    if exchange.answer.abstained:
        cards = _related(exchange.answer.hits[:MAX_RELATED], articles)
        heading = N_("Related passages, not an answer")
        return Section(cards, heading, N_("Nothing in the articles comes near this question."))
    if linked := _linked(exchange.answer, articles):
        return Section(linked)
    return Section(_cited(exchange.answer, articles), note=N_("This answer quotes no article."))


def _linked(answer: Answer, articles: Mapping[str, Article]) -> list[Card]:
    """Return a card for each article that an answer names without quoting it."""
    links = {link.article_id: link for said in answer.statements for link in said.links}
    return [
        Card(
            article_head(articles[article_id])
            if article_id in articles
            else Head(article_id, link.title, link.source, link.published),
            [],
            available=article_id in articles,
        )
        for article_id, link in links.items()
    ]


def _related(hits: Sequence[Hit], articles: dict[str, Article]) -> list[Card]:
    cards = []
    for hit in hits:
        article, text = articles.get(hit.passage.article_id), hit.passage.text.strip()
        head = article_head(article) if article else Head(hit.passage.article_id)
        cards.append(Card(head, [_whole(text)], available=article is not None))
    return cards


def _cited(answer: Answer, articles: dict[str, Article]) -> list[Card]:
    """Return a card for each cited article, in the order of first citation."""
    quotes: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        quotes.setdefault(citation.article_id, []).append(citation)
    return [
        _card(citations, articles.get(article_id), _reprints(answer, citations, articles))
        for article_id, citations in quotes.items()
    ]


def _card(citations: Sequence[Citation], article: Article | None, reprints: Sequence[Head]) -> Card:
    first = citations[0]
    head = Head(
        first.article_id,
        first.title,
        first.source,
        first.published,
        first.url,
        article.author if article else "",
        _pages(citations),
        article.place if article else "",
        article.language if article else "",
    )
    if article is None:
        # It was removed since; its quotes are still shown.
        return Card(head, [_whole(c.quote, c) for c in citations], available=False)
    # The browser asks for the whole text only when someone opens it: articles can be long.
    spans = " ".join(f"{c.number}:{c.start}:{c.end}:{_checksum(c.quote)}" for c in citations)
    return Card(head, _excerpts(article.text, citations), True, spans, reprints)


def _pages(citations: Sequence[Citation]) -> str:
    """Return the pages of some quotes in words."""
    numbers = sorted({citation.page for citation in citations if citation.page})
    return pages(numbers) if numbers else ""


def _reprints(
    answer: Answer, citations: Sequence[Citation], articles: dict[str, Article]
) -> list[Head]:
    ids = (passage.article_id for citation in citations for passage in answer.duplicates(citation))
    return [
        article_head(articles[article_id])
        for article_id in dict.fromkeys(ids)
        if article_id in articles
    ]


def _whole(text: str, citation: Citation | None = None) -> Excerpt:
    """Return a text as an excerpt of its own, marked as a whole if it is a citation's quote."""
    quotes = [dataclasses.replace(citation, start=0, end=len(text))] if citation else []
    return Excerpt(highlight(text, (0, len(text)), quotes))


def _excerpts(text: str, citations: Sequence[Citation]) -> list[Excerpt]:
    """Return the quotes of an article with their context; quotes near each other share one."""
    windows: list[Span] = []
    for start, end in sorted(_window(text, citation) for citation in citations):
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(end, windows[-1][1]))
        else:
            windows.append((start, end))
    return [
        Excerpt(
            highlight(
                text, (start, end), [c for c in citations if start <= c.start and c.end <= end]
            ),
            bool(text[:start].strip()),
            bool(text[end:].strip()),
        )
        for start, end in windows
    ]


def _window(text: str, citation: Citation) -> Span:
    """Return the span of a quote with its context.

    The context starts and ends with a paragraph, if one does within reach, else with a word.
    """
    start = max(0, citation.start - CONTEXT_CHARS)
    end = min(len(text), citation.end + CONTEXT_CHARS)
    before, after = text[start : citation.start], text[citation.end : end]
    if start:
        before = (
            _PARAGRAPH_BREAK.split(before, maxsplit=1)[-1]
            if _PARAGRAPH_BREAK.search(before)
            else _FIRST_WORD.sub("", before)
        )
    if end < len(text):
        breaks = [match.start() for match in _PARAGRAPH_BREAK.finditer(after)]
        spaces = [match.start() for match in _SPACE.finditer(after)]
        after = after[: (breaks or spaces or [len(after)])[-1]]
    return citation.start - len(before.lstrip()), citation.end + len(after.rstrip())


def _citation(
    article: Article, number: int, start: int, end: int, checksum: int
) -> Citation | None:
    """Return the citation of a span, unless the article has changed there since it was quoted."""
    quote = article.text[start:end]
    if number < 1 or not start < end <= len(article.text) or _checksum(quote) != checksum:
        return None
    origin = (article.id, article.title, article.source, article.published, article.url)
    return Citation(number, *origin, start, end, quote, article.page_of(start))


def _checksum(quote: str) -> int:
    return zlib.crc32(quote.encode("utf-8", "replace"))
