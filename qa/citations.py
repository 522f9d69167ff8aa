"""Ties the sentences of an answer to spans of articles, and drops what cannot be tied.

Two ways in: `quote` makes an answer of sentences that were found in articles; `check` takes a sentence that
a chat model wrote, with its `[n]` markers, and finds the sentence of passage n that supports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from qa.support import find
from qa.support.facts import visible
from qa.text import Span
from qa.types import Article, Citation, Evidence, Hit

_MARKER = re.compile(r"\s*\[(\d{1,9})\]")
_LINE_MARK = re.compile(r"^(?:#{1,6}|[-*•])\s+")
# What a page or a terminal might act on: images and links, elements, addresses. No sentence needs them.
_MARKUP = re.compile(
    r"!?\[[^\]]*\]\s?[(\[]|<[/!?a-zA-Z]|\b[a-z][a-z0-9+.-]*://|\b(?:javascript|data|www)[:.]\S", re.IGNORECASE
)


def citation(number: int, article: Article, span: Span) -> Citation:
    """Return the citation of a span of an article."""
    start, end = span
    return Citation(
        number=number,
        article_id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        url=article.url,
        start=start,
        end=end,
        quote=article.text[start:end],
    )


def quote(evidence: Iterable[Evidence], articles: Mapping[str, Article]) -> list[Citation]:
    """Return one citation for each piece of evidence, numbered in the given order."""
    return [citation(n, articles[e.article_id], (e.start, e.end)) for n, e in enumerate(evidence, 1)]


def sentence(cited: Citation) -> str:
    """Return a quote as a sentence of an answer: on one line, without a heading's or list's mark, then `[n]`."""
    text = _LINE_MARK.sub("", " ".join(cited.quote.split()))
    return f"{unmarked(text)} [{cited.number}]"


def flat(text: str) -> str:
    """Return `text` on one line, its brackets no markers of ours."""
    return unmarked(" ".join(text.split()))


def origin(cited: Citation) -> str:
    """Return where a quote comes from, in a few words: the outlet, or else the title, and the date."""
    parts = (cited.source or cited.title or cited.article_id, cited.published)
    return unmarked(", ".join(part for part in parts if part))


def unmarked(text: str) -> str:
    """Return `text` with `[3]` as `(3)`: such brackets in an article are no citations of ours."""
    return re.sub(r"\[(\d+)\]", r"(\1)", text)


def bare(written: str) -> str:
    """Return a chat model's sentence without its markers; nothing where no word is left."""
    text = unmarked(_MARKER.sub("", visible(written)).strip())
    return text if any(map(str.isalnum, text)) else ""


def check(
    written: str, hits: Sequence[Hit], articles: Mapping[str, Article], known: Sequence[Citation]
) -> tuple[str, list[Citation]] | None:
    """Tie one written sentence to the passages it cites; None where nothing that it cites supports it.

    Args:
        written: a sentence of a chat model, with markers `[n]` that count `hits` from 1.
        hits: the passages that the model was shown, in their order.
        articles: article id -> article, for all hits.
        known: the citations of the sentences before.

    Returns:
        The sentence with markers that fit the answer's citations, and those citations that are new.
    """
    text = bare(written)
    if not text or _MARKUP.search(text):
        return None
    new: list[Citation] = []
    used: list[int] = []
    for number in dict.fromkeys(int(n) for n in _MARKER.findall(written)):
        if 1 <= number <= len(hits):
            article = articles[hits[number - 1].passage.article_id]
            span = find(text, hits[number - 1].passage, article)
            if span is not None:
                used.append(_number(article, span, known, new))
    if not used:
        return None
    return text + "".join(f" [{number}]" for number in dict.fromkeys(used)), new


def _number(article: Article, span: Span, known: Sequence[Citation], new: list[Citation]) -> int:
    """Return the number of the citation of a span; one that is not there yet is put into `new`."""
    same = (c.number for c in (*known, *new) if (c.article_id, c.start, c.end) == (article.id, *span))
    number = next(same, len(known) + len(new) + 1)
    if number > len(known) + len(new):
        new.append(citation(number, article, span))
    return number
