"""The wrong answers as the page shows them: what was asked, wanted and given, and the passages with the gold marked."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa.evaluation.failures import Failure, Span, failure, is_gold, share_text
from qa.evaluation.questions import GoldSpan
from qa.evaluation.result import CitedSpan, HitSpan, Result, Row

# So much of an article is shown around a gold span that no passage holds, on either side.
_AROUND = 240
# A question can have hundreds of gold articles: so many of those that were missed are shown.
_MISSED = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, and whether it is gold, or quoted in the answer."""

    text: str
    gold: bool
    cited: bool


_ELLIPSIS = Piece(" … ", gold=False, cited=False)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A place in an article, its text cut into pieces.

    Attributes:
        title: of the article; empty where it has none.
        place: the article and its offsets, as a citation names them.
        pieces: the text.
        rank: 1..n in the ranking; 0 for a place that is not in it.
        gold: whether the answer is here.
        read: whether the reader reads down to this rank.
        valid: whether the article has this text here.
    """

    title: str
    place: str
    pieces: tuple[Piece, ...]
    rank: int = 0
    gold: bool = False
    read: bool = False
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer: the row, how it failed, and the places that tell why; `missed_more` are counted only."""

    kind: Failure
    row: Row
    quotes: tuple[Excerpt, ...]
    passages: tuple[Excerpt, ...]
    missed: tuple[Excerpt, ...]
    missed_more: int


def wrong_answers(result: Result, records: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str]) -> list[Wrong]:
    """Return the wrong answers by kind, within a kind in the set's order.

    Args:
        result: whose rows are looked at.
        records: the articles by id; of these the titles.
        texts: their normalised texts by id.
    """
    kinds = list(Failure)
    titles = {article_id: str(record.get("title") or "") for article_id, record in records.items()}
    depth = int(result.settings.get("read") or 0)
    found = [
        _wrong(kind, row, _Articles(titles, texts), depth)
        for row in result.rows
        if (kind := failure(row, texts)) is not None
    ]
    return sorted(found, key=lambda one: kinds.index(one.kind))


@dataclass(frozen=True, slots=True)
class _Articles:
    titles: Mapping[str, str]
    texts: Mapping[str, str]

    def excerpt(self, span: Span, row: Row, **more: Any) -> Excerpt:
        text = self.texts.get(span.article_id, "")
        place = f"{span.article_id}:{span.start}-{span.end}"
        return Excerpt(self.titles.get(span.article_id, ""), place, tuple(pieces(text, span, row)), **more)

    def around(self, span: GoldSpan, row: Row) -> Excerpt:
        """Return a gold span with some of the text around it, cut between words."""
        text = self.texts.get(span.article_id, "")
        start, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
        while 0 < start < span.start and not text[start - 1].isspace():
            start += 1
        while span.end < end < len(text) and not text[end].isspace():
            end -= 1
        shown = self.excerpt(HitSpan(span.article_id, start, end, 0.0), row, gold=True)
        cuts = [_ELLIPSIS] * (start > 0), [_ELLIPSIS] * (end < len(text))
        return dataclasses.replace(shown, pieces=(*cuts[0], *shown.pieces, *cuts[1]))


def _wrong(kind: Failure, row: Row, articles: _Articles, depth: int) -> Wrong:
    # The ranking of a question whose gold is articles has one passage of each, and is not what was read.
    depth = depth if row.relevant or not row.relevance else 0
    passages = tuple(
        articles.excerpt(hit, row, rank=rank, gold=is_gold(hit, row, articles.texts), read=rank <= depth)
        for rank, hit in enumerate(row.hits, 1)
    )
    # Gold places are alternatives: where one was found, no other is missed.
    missed = [] if any(passage.gold for passage in passages) else _golds(row)
    return Wrong(
        kind,
        row,
        tuple(_quote(citation, row, articles) for citation in row.citations),
        passages,
        tuple(articles.around(span, row) for span in missed[:_MISSED]),
        max(0, len(missed) - _MISSED),
    )


def _quote(citation: CitedSpan, row: Row, articles: _Articles) -> Excerpt:
    """Return what was quoted; where the article has something else there, the quote as it was given."""
    excerpt = articles.excerpt(citation, row, gold=is_gold(citation, row, articles.texts))
    if citation.valid:
        return excerpt
    return Excerpt(excerpt.title, excerpt.place, (Piece(citation.quote, gold=False, cited=False),), valid=False)


def _golds(row: Row) -> list[GoldSpan]:
    """Return the gold places of a question; of a gold article, its beginning."""
    return list(row.relevant) or [GoldSpan(key, 0, 0) for key, grade in row.relevance.items() if grade > 0]


def pieces(text: str, span: Span, row: Row) -> Iterator[Piece]:
    """Yield the pieces of `text[span]`, cut at every border of a gold span or a quote within it.

    Where the question has no gold spans, the words of a gold answer are marked in its gold places.
    """
    gold = [(one.start, one.end) for one in row.relevant if share_text(one, span)]
    if not row.relevant and is_gold(span, row, {span.article_id: text}):
        gold = list(_answers_in(text, span, row.answers))
    cited = [(one.start, one.end) for one in row.citations if one.valid and share_text(one, span)]
    inner = {at for pair in gold + cited for at in pair if span.start < at < span.end}
    for start, end in itertools.pairwise(sorted({span.start, span.end, *inner})):
        yield Piece(text[start:end], _covers(gold, start), _covers(cited, start))


def _answers_in(text: str, span: Span, answers: Sequence[str]) -> Iterator[tuple[int, int]]:
    for answer in filter(str.strip, answers):
        pattern = re.compile(rf"(?<!\w){re.escape(answer.strip())}(?!\w)", re.IGNORECASE)
        yield from (match.span() for match in pattern.finditer(text, span.start, span.end))


def _covers(spans: Sequence[tuple[int, int]], at: int) -> bool:
    return any(start <= at < end for start, end in spans)
