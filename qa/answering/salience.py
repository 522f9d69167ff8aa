"""Chooses the few sentences of articles that tell what they are about, in order of time.

The sentences are chosen one after the other: those that are near to what the articles are about,
near to what is asked, and near to the start of their article, but not near to one already chosen.
Sources: Carbonell and Goldstein, "The use of MMR, diversity-based reranking", 1998; Radev et al.,
"Centroid-based summarization of multiple documents", 2004.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.answering.citations import Citations
from qa.answering.rendering import one_line
from qa.dates import days
from qa.protocols import Encoder
from qa.text import Span, sentence_spans
from qa.types import Article, Evidence, Statement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_STATEMENTS = 7
_LEAST_WORDS = 6
# Sentences of an article that are looked at: its opening, where a story is told.
_OF_ONE, _OF_SEVERAL = 40, 7
_CENTRAL, _ASKED, _EARLY, _LIKE_ANOTHER = 1.0, 0.8, 0.6, 0.9
_SENTENCE_END = re.compile(r"[.!?][”’\"')\]]*\Z")
_OPENS_WITH_QUOTE = re.compile(r"^[“‘\"']")
_LOST = re.compile(r"^(?:He|She|They|It|His|Her|Their|But|And|That|This|These|Those)\b")
_LOST_PENALTY = 0.25
# The most words of two sentences that are told together.
_SHORT_PAIR = 55


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that may be chosen: the article's number, its span, and its place from 0 to 1."""

    article: int
    span: Span
    place: float
    lost: bool


def tell(  # noqa: PLR0913 - by keyword
    articles: Sequence[Article],
    evidence: Collection[Evidence],
    *,
    asked: str,
    encoder: Encoder,
    citations: Citations,
    most: int = MOST_STATEMENTS,
) -> list[Statement]:
    """Return the statements of a summary, in order of time.

    Args:
        articles: those of the story, at least one.
        evidence: sentences that answer the question and must be among the statements.
        asked: what is asked, for nearness to it.
        encoder: embeds sentences.
        citations: of the answer.
        most: how many statements to make at most.
    """
    ordered = sorted(articles, key=lambda a: ((days(a.published) or (0, 0))[0], a.id))
    candidates = _candidates(ordered)
    if not candidates:
        return []
    given = {(item.article_id, (item.start, item.end)) for item in evidence}
    chosen = [c for c in candidates if (ordered[c.article].id, c.span) in given][: most // 2]
    texts = [ordered[c.article].text[slice(*c.span)] for c in candidates]
    vectors = _encoded(encoder, [*texts, asked])
    _choose(candidates, vectors, chosen, most=most)
    told = sorted(chosen, key=lambda c: (c.article, c.span))
    spans = [_extended(c, told, candidates, ordered) for c in told]
    return [
        _statement(ordered[c.article], span, citations) for c, span in zip(told, spans, strict=True)
    ]


def _extended(
    one: _Candidate,
    told: Sequence[_Candidate],
    candidates: Sequence[_Candidate],
    articles: Sequence[Article],
) -> Span:
    """Return the span of a sentence, with the next one if both are short and of one paragraph."""
    after = next((c for c in candidates if c.article == one.article and c.span > one.span), None)
    if after is None or after in told:
        return one.span
    text = articles[one.article].text
    both = one.span[0], after.span[1]
    short = len(text[slice(*both)].split()) <= _SHORT_PAIR
    adjacent = not text[one.span[1] : after.span[0]].strip() and "\n\n" not in text[slice(*both)]
    return both if short and adjacent else one.span


def _candidates(articles: Sequence[Article]) -> list[_Candidate]:
    """Return the sentences of the articles that can stand alone, of several only their openings."""
    limit = _OF_ONE if len(articles) == 1 else _OF_SEVERAL
    found = []
    for number, article in enumerate(articles):
        spans = [s for s in sentence_spans(article.text) if _is_prose(article.text[slice(*s)])]
        for place, span in enumerate(spans[:limit]):
            text = article.text[slice(*span)]
            lost = bool(_LOST.match(text) or _OPENS_WITH_QUOTE.match(text))
            found.append(_Candidate(number, span, place / min(limit, len(spans)), lost))
    return found


def _is_prose(text: str) -> bool:
    balanced = text.count("“") == text.count("”") and text.count('"') % 2 == 0
    return bool(_SENTENCE_END.search(text)) and balanced and len(text.split()) >= _LEAST_WORDS


def _choose(
    candidates: Sequence[_Candidate],
    vectors: NDArray[np.float32],
    chosen: list[_Candidate],
    *,
    most: int,
) -> None:
    """Add candidates to those chosen until there are enough."""
    import numpy as np

    sentences, asked = vectors[:-1], vectors[-1]
    centroid = sentences.mean(axis=0)
    centroid /= np.linalg.norm(centroid) or 1.0
    early = np.array([1 - c.place for c in candidates])
    lost = np.array([c.lost for c in candidates])
    worth = _CENTRAL * sentences @ centroid + _ASKED * sentences @ asked + _EARLY * early
    worth = worth - _LOST_PENALTY * lost
    rows = [candidates.index(c) for c in chosen]
    while len(chosen) < min(most, len(candidates)):
        told = Counter(c.article for c in chosen)
        # Each article has its turn.
        turns = np.array([told[c.article] for c in candidates], dtype=np.float32)
        score = worth.copy()
        if rows:
            score -= _LIKE_ANOTHER * (sentences @ sentences[rows].T).max(axis=1)
            score[rows] = -np.inf
        open_ = np.isfinite(score)
        score[turns > turns[open_].min()] = -np.inf
        best = int(score.argmax())
        rows.append(best)
        chosen.append(candidates[best])


def _encoded(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the vectors of the texts, made in batches of similar length."""
    import numpy as np

    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    batch = 16
    made = [
        encoder.encode([texts[at] for at in order[first : first + batch]])
        for first in range(0, len(order), batch)
    ]
    vectors = np.concatenate(made)
    back = np.empty_like(vectors)
    back[order] = vectors
    return back


def _statement(article: Article, span: Span, citations: Citations) -> Statement:
    cited = citations.cite(article.id, span)
    text = one_line(article.text[slice(*span)])
    return Statement(text, (cited,), source=cited.source, published=cited.published)


def opening(article: Article) -> Span | None:
    """Return the first sentence of an article that is prose; None if there is none."""
    return next(
        (s for s in sentence_spans(article.text) if _is_prose(article.text[slice(*s)])), None
    )
