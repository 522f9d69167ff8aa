"""Ties what an answer says to spans of articles, and drops what cannot be tied.

`Citations` numbers the spans as they are cited. `check` takes a sentence that a chat model wrote,
with its `[n]` markers, and finds the sentences of the passages that support it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qa.answering.grounding import DOUBTED, is_shown, verify
from qa.answering.rendering import one_line, without_markers
from qa.text import Span, sentence_spans, strip_invisible
from qa.types import Article, Citation, Hit, LeftOut, Passage, Statement

_MARKER = re.compile(r"\s*\[(\d{1,9})\]")
# What a page or a terminal might act on: images, links, elements, addresses. No sentence needs it.
_MARKUP = re.compile(
    r"!?\[[^\]]*\]\s?[(\[]|<[/!?a-zA-Z]|\b[a-z][a-z0-9+.-]*://|"
    r"\b(?:javascript|data|www)[:.]\S",
    re.IGNORECASE,
)


# Fewer words are found by chance.
_QUOTED_WORDS = 4


class Citations:
    """The citations of one answer: each span gets a number the first time it is cited.

    Args:
        articles: article id -> article, for all that will be cited.
    """

    def __init__(self, articles: Mapping[str, Article]) -> None:
        self._articles = articles
        self._cited: dict[tuple[str, Span], Citation] = {}

    def cite(self, article_id: str, span: Span) -> Citation:
        """Return the citation of a span of an article."""
        key = (article_id, span)
        if key not in self._cited:
            self._cited[key] = citation(len(self._cited) + 1, self._articles[article_id], span)
        return self._cited[key]

    def quoted(self, article_id: str, span: Span, short_answer: str = "") -> Statement:
        """Return a span of an article as a statement that cites it."""
        cited = self.cite(article_id, span)
        return Statement(
            one_line(cited.quote),
            (cited,),
            short_answer=short_answer,
            source=cited.source,
            published=cited.published,
        )

    def __len__(self) -> int:
        return len(self._cited)


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
        page=article.page_of(start),
    )


def check(
    written: str, hits: Sequence[Hit], articles: Mapping[str, Article], citations: Citations
) -> Statement | LeftOut | None:
    """Tie a chat model's sentence to the passages that carry it.

    Args:
        written: the sentence, with markers `[n]` that count `hits` from 1. Passages that markers
            name come first, but a sentence may rest on any of those in `hits`.
        hits: the passages that the model was shown, in their order.
        articles: article id -> article, for all hits.
        citations: of the answer; what supports the sentence is cited there.

    Returns:
        The statement; or what is left out, and why; None for what is no sentence.
    """
    text = without_model_markers(written)
    if not text:
        return None
    if _MARKUP.search(text):
        return LeftOut(_MARKUP.sub("…", text), "It has markup or an address in it.")
    marked = [at for n in _MARKER.findall(written) if 0 <= (at := int(n) - 1) < len(hits)]
    if not marked:
        return LeftOut(text, "It names no passage.")
    passages = [hits[at].passage for at in dict.fromkeys([*marked, *range(len(hits))])]
    headings = [_heading(articles[passage.article_id]) for passage in passages]
    verdict = verify(text, [above + p.text for above, p in zip(headings, passages, strict=True)])
    if not is_shown(verdict):
        return LeftOut(text, verdict.reason or DOUBTED)
    spans = [
        (passages[span.text], (start, end))
        for span in verdict.spans
        for start, end in [(n - len(headings[span.text]) for n in (span.start, span.end))]
        if start >= 0
    ]
    if not spans:
        return LeftOut(text, "Only a title says so.")
    return generated_statement(text, spans, citations)


def generated_statement(
    text: str, spans: Sequence[tuple[Passage, Span]], citations: Citations
) -> Statement:
    """Return a chat model's sentence, citing spans of passages, which count within these."""
    cited = dict.fromkeys(
        citations.cite(passage.article_id, (passage.start + start, passage.start + end))
        for passage, (start, end) in spans
    )
    first = next(iter(cited))
    return Statement(
        text, tuple(cited), source=first.source, published=first.published, generated=True
    )


def quoted_spans(words: str, hits: Sequence[Hit]) -> list[tuple[Passage, Span]]:
    """Return the sentences of the first passage that holds some words exactly; none if none does.

    Args:
        words: four at least.
        hits: the passages.
    """
    if len(words.split()) < _QUOTED_WORDS:
        return []
    for passage in (hit.passage for hit in hits):
        start = passage.text.find(words)
        if start >= 0:
            end = start + len(words)
            spans = sentence_spans(passage.text)
            return [(passage, (a, b)) for a, b in spans if a < end and start < b]
    return []


def _heading(article: Article) -> str:
    """Return the lines above a passage that say which article it is from."""
    told = ", ".join(filter(None, (article.source, article.published)))
    lines = (" ".join(line.split()) for line in (article.title, told))
    return "".join(f"{line}\n" for line in lines if line)


def without_model_markers(written: str) -> str:
    """Return a chat model's sentence without its markers; "" if no letter or digit is left."""
    text = without_markers(_MARKER.sub("", strip_invisible(written)).strip())
    return text if any(map(str.isalnum, text)) else ""
