"""Outcomes of the questions: how many there are of each, and the wrong answers in detail."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa.evaluation.failures import Failure, failure, is_gold, is_right
from qa.evaluation.metrics.retrieval import Span, overlap
from qa.evaluation.metrics.rubric import judgement
from qa.evaluation.questions import GoldSpan
from qa.evaluation.result import CitedSpan, HitSpan, Result, Row
from qa.evaluation.rubric import Judgement

RIGHT, SILENT, UNJUDGED = "right", "rightly-silent", "not-judged"

WORDS = {
    RIGHT: ("Right", "the answer is what the set says is right"),
    SILENT: ("Correctly abstained", "the articles have no answer, and none was given"),
    Failure.NOT_RETRIEVED: (
        "Not retrieved",
        "the search did not find the passage that holds the answer",
    ),
    Failure.NOT_READ: (
        "Retrieved, not read",
        "the passage was found, but the answer quotes another place",
    ),
    Failure.WRONG_SPAN: (
        "Wrong span",
        "the right place is quoted, but the answer is wrong or incomplete",
    ),
    Failure.SHOULD_HAVE_ABSTAINED: (
        "Should have abstained",
        "an answer was given where the articles have none",
    ),
    Failure.SHOULD_HAVE_ANSWERED: (
        "Should have answered",
        "the passage was found, but no answer was given",
    ),
    UNJUDGED: ("Not judged", "the set does not say what would be right"),
}
"""By outcome, its name and meaning, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many questions ended in one way; `share` is their share of all questions."""

    key: str
    name: str
    meaning: str
    count: int
    share: float
    is_failure: bool


def outcomes(rows: Sequence[Row], texts: Mapping[str, str]) -> list[Outcome]:
    """Return the outcomes in the order of `WORDS`; `UNJUDGED` only if there are such questions."""
    counts = Counter(_outcome(row, texts) for row in rows)
    return [
        Outcome(str(key), *words, counts[key], counts[key] / len(rows), isinstance(key, Failure))
        for key, words in WORDS.items()
        if counts[key] or key != UNJUDGED
    ]


def _outcome(row: Row, texts: Mapping[str, str]) -> str:
    if (kind := failure(row, texts)) is not None:
        return kind
    if is_right(row):
        return RIGHT
    return SILENT if row.answerable is False else UNJUDGED


# Characters shown on either side of a gold span that no passage holds.
_AROUND = 240
# Missed gold places that are shown: a question can have hundreds of gold articles.
_MISSED = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and whether it is gold or quoted in the answer."""

    text: str
    gold: bool
    cited: bool


_ELLIPSIS = Piece(" … ", gold=False, cited=False)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """An excerpt of an article, cut into pieces.

    Attributes:
        title: of the article; empty if it has none.
        place: the article and the offsets, as a citation names them.
        pieces: the text.
        rank: 1..n in the ranking; 0 for a place that is not in it.
        gold: whether the answer is here.
        read: whether the reader reads down to this rank.
        valid: whether the article really has this text here.
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
    """A wrong answer, its kind of failure, and the excerpts that explain it.

    Gold places beyond `missed` are only counted, in `missed_more`. `judged` says which facts are
    missing, where the set names some.
    """

    kind: Failure
    row: Row
    quotes: tuple[Excerpt, ...]
    passages: tuple[Excerpt, ...]
    missed: tuple[Excerpt, ...]
    missed_more: int
    judged: Judgement | None = None


def wrong_answers(
    result: Result, records: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str]
) -> list[Wrong]:
    """Return the wrong answers by kind, within a kind in the set's order.

    Args:
        result: of a run.
        records: the articles by id, for their titles.
        texts: their normalised texts by id.
    """
    kinds = list(Failure)
    titles = {article_id: str(record.get("title") or "") for article_id, record in records.items()}
    depth = int(result.settings.get("reader_top_k") or 0)
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
        return Excerpt(
            self.titles.get(span.article_id, ""), place, tuple(pieces(text, span, row)), **more
        )

    def around(self, span: GoldSpan, row: Row) -> Excerpt:
        """Return a gold span with some of the text around it, cut at word boundaries."""
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
    # If the gold is whole articles, the ranking has one passage for each article, and is not what
    # was read.
    depth = depth if row.relevant or not row.relevance else 0
    passages = tuple(
        articles.excerpt(
            hit, row, rank=rank, gold=is_gold(hit, row, articles.texts), read=rank <= depth
        )
        for rank, hit in enumerate(row.hits, 1)
    )
    # Gold places are alternatives: if one was found, no other is missed.
    missed = [] if any(passage.gold for passage in passages) else _golds(row)
    return Wrong(
        kind,
        row,
        tuple(_quote(citation, row, articles) for citation in row.citations),
        passages,
        tuple(articles.around(span, row) for span in missed[:_MISSED]),
        max(0, len(missed) - _MISSED),
        judgement(row),
    )


def _quote(citation: CitedSpan, row: Row, articles: _Articles) -> Excerpt:
    """Return the quoted excerpt; if the article has another text there, the quote itself."""
    excerpt = articles.excerpt(citation, row, gold=is_gold(citation, row, articles.texts))
    if citation.valid:
        return excerpt
    return Excerpt(
        excerpt.title, excerpt.place, (Piece(citation.quote, gold=False, cited=False),), valid=False
    )


def _golds(row: Row) -> list[GoldSpan]:
    """Return the gold spans of a question, or the beginnings of its gold articles."""
    return list(row.relevant) or [
        GoldSpan(key, 0, 0) for key, grade in row.relevance.items() if grade > 0
    ]


def pieces(text: str, span: Span, row: Row) -> Iterator[Piece]:
    """Yield the pieces of `text[span]`, cut at the borders of gold spans and quotes.

    If the question has no gold spans, occurrences of a gold answer count as gold in a gold place.
    """
    gold = [(one.start, one.end) for one in row.relevant if overlap(one, span)]
    if not row.relevant and is_gold(span, row, {span.article_id: text}):
        gold = list(_answers_in(text, span, row.answers))
    cited = [(one.start, one.end) for one in row.citations if one.valid and overlap(one, span)]
    inner = {at for pair in gold + cited for at in pair if span.start < at < span.end}
    for start, end in itertools.pairwise(sorted({span.start, span.end, *inner})):
        yield Piece(text[start:end], _covers(gold, start), _covers(cited, start))


def _answers_in(text: str, span: Span, answers: Sequence[str]) -> Iterator[tuple[int, int]]:
    for answer in filter(str.strip, answers):
        pattern = re.compile(rf"(?<!\w){re.escape(answer.strip())}(?!\w)", re.IGNORECASE)
        yield from (match.span() for match in pattern.finditer(text, span.start, span.end))


def _covers(spans: Sequence[tuple[int, int]], at: int) -> bool:
    return any(start <= at < end for start, end in spans)
