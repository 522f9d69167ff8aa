"""Chooses the few sentences of articles that tell what they are about, in order of time.

The sentences are chosen one after the other: those that are near to what the articles are about,
near to what is asked, to the title and to the start of their article, and that name people, places
and figures of which nothing was said yet, but not near to a sentence already chosen.
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
from qa.answering.context import with_next, with_previous
from qa.answering.grounding.facts import names, numbers
from qa.answering.rendering import one_line
from qa.dates import days
from qa.protocols import Encoder
from qa.text import Span, sentence_spans, terms
from qa.types import Article, Evidence, Statement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_STATEMENTS = 7
_LEAST_WORDS = 6
# Sentences of an article that are looked at: its opening, where a story is told.
_OF_ONE, _OF_SEVERAL = 60, 7
_CENTRAL, _ASKED, _EARLY, _LIKE_ANOTHER = 1.0, 0.8, 0.5, 0.9
_TITLED, _NEW_FACTS, _MOST_NEW_FACTS = 0.5, 0.4, 4
_ANSWERS = 0.8
# For each sentence of the same part: so that each has its turn.
_TOLD_OF = 0.5
# A title with this share of its words in the sentence below it is not told as well.
_REPEATS = 0.7
_SENTENCE_END = re.compile(r"[.!][”’\"')\]]*\Z")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|(?<!\w)‘.*?’(?!\w)", re.DOTALL)
_LOST = re.compile(
    r"^(?:He|She|They|It|His|Her|Their|But|And|So|Yet|That|This|These|Those|Both|Neither)\b|"
    r"^(?:The (?:other|latter|former|same|second|third)|Another)\b"
)
_LOST_PENALTY = 0.8
_SPEAKER = re.compile(r"(?:\w+ )?(?:he|she|they|I)\b", re.IGNORECASE)
# Words around a quotation that say whose it is.
_LEAST_AROUND = 2


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that may be chosen.

    Attributes:
        article: the number of its article.
        span: in the article's text.
        place: in the article, from 0 to 1.
        part: of what is told, which has its turn: the article, or a part of the only one.
        titled: share of the words of its article's title that it has.
        facts: the names and figures in it.
        lost: whether it cannot be understood without the sentence before it.
    """

    article: int
    span: Span
    place: float
    part: int
    titled: float
    facts: frozenset[str | float]
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

    Of several articles each is told under its title, where that says more.

    Args:
        articles: those of the story, at least one.
        evidence: sentences that may answer the question.
        asked: what is asked, for nearness to it.
        encoder: embeds sentences.
        citations: of the answer.
        most: how many statements to make at most.
    """
    ordered = sorted(articles, key=lambda a: ((days(a.published) or (0, 0))[0], a.id))
    candidates = _candidates(ordered)
    if not candidates:
        return []
    texts = [ordered[c.article].text[slice(*c.span)] for c in candidates]
    vectors = _encoded(encoder, [*texts, asked])
    score = {(item.article_id, (item.start, item.end)): item.score for item in evidence}
    answers = [score.get((ordered[c.article].id, c.span), 0.0) for c in candidates]
    chosen = _chosen(candidates, vectors, answers, most=most)
    told = [(ordered[c.article], c.span) for c in sorted(chosen, key=lambda c: (c.article, c.span))]
    titled: set[str] = set() if len(ordered) > 1 else {ordered[0].id}
    statements = []
    for article, span in _widened(told):
        title = "" if article.id in titled else _heading(article, span)
        statements.append(citations.quoted(article.id, span, title))
        titled.add(article.id)
    return statements


def _heading(article: Article, span: Span) -> str:
    """Return an article's title, if it tells what a sentence does not."""
    title, said = set(terms(article.title)), set(terms(article.text[slice(*span)]))
    return one_line(article.title) if len(title & said) < _REPEATS * len(title) else ""


def _widened(told: Sequence[tuple[Article, Span]]) -> list[tuple[Article, Span]]:
    """Return sentences, each with the one that it needs or that completes it; none told twice.

    A sentence about "he" or "it" without the one that says who or what that is, is left out.
    """
    spans: list[tuple[Article, Span]] = []
    for article, span in told:
        last = spans[-1][1] if spans and spans[-1][0] is article else (-1, -1)
        if span[0] < last[1]:
            continue
        if not _LOST.match(article.text[span[0] :]):
            others = [other for its, other in told if its is article]
            spans.append((article, with_next(article.text, span, others)))
        elif before := with_previous(article.text, span):
            if before[0] < last[1]:
                spans[-1] = article, (last[0], span[1])
            else:
                spans.append((article, before))
    return spans or list(told[:1])


def _candidates(articles: Sequence[Article]) -> list[_Candidate]:
    """Return the sentences that may be told, of several articles only their openings.

    Quotations without a speaker are left out.
    """
    limit = _OF_ONE if len(articles) == 1 else _OF_SEVERAL
    found = []
    for number, article in enumerate(articles):
        title = set(terms(article.title))
        spans = [s for s in sentence_spans(article.text) if _is_prose(article.text[slice(*s)])]
        for place, span in enumerate(spans[:limit]):
            text = article.text[slice(*span)]
            shared = len(title & set(terms(text))) / (len(title) or 1)
            facts = frozenset[str | float](names(text)) | numbers(text)
            if _is_quotation(text):
                continue
            lost = bool(_LOST.match(text))
            share = place / min(limit, len(spans))
            part = number if len(articles) > 1 else int(share * MOST_STATEMENTS)
            found.append(_Candidate(number, span, share, part, shared, facts, lost))
    return found


def _is_quotation(text: str) -> bool:
    """Return whether a sentence opens with a quotation and does not say whose it is."""
    if text[:1] not in "“‘\"'":
        return False
    around = _QUOTED.sub(" ", text).strip(" ,.;")
    nameless = _SPEAKER.match(around) or not any(names(f"so {around}"))
    return len(terms(around)) < _LEAST_AROUND or bool(nameless)


def _is_prose(text: str) -> bool:
    balanced = text.count("“") == text.count("”") and text.count('"') % 2 == 0
    ends = bool(_SENTENCE_END.search(text)) and "|" not in text
    return ends and balanced and len(text.split()) >= _LEAST_WORDS


def _chosen(
    candidates: Sequence[_Candidate],
    vectors: NDArray[np.float32],
    answers: Sequence[float],
    *,
    most: int,
) -> list[_Candidate]:
    """Return the candidates that tell most, each beside what those before it tell.

    Args:
        candidates: at least one.
        vectors: theirs, and that of what is asked.
        answers: the probability of each that it answers the question.
        most: how many to choose at most.
    """
    import numpy as np

    sentences, asked = vectors[:-1], vectors[-1]
    centroid = sentences.mean(axis=0)
    centroid /= np.linalg.norm(centroid) or 1.0
    worth = _CENTRAL * sentences @ centroid + _ASKED * sentences @ asked
    worth += _ANSWERS * np.array(answers) + _EARLY * np.array([1 - c.place for c in candidates])
    worth += _TITLED * np.array([c.titled for c in candidates])
    worth -= _LOST_PENALTY * np.array([c.lost for c in candidates])
    rows: list[int] = []
    # How things stand now is worth two sentences.
    newest = max(c.part for c in candidates) if candidates[-1].article else -1
    while len(rows) < min(most, len(candidates)):
        told = Counter(candidates[row].part for row in rows)
        told[newest] -= told[newest] > 0
        known = frozenset[str | float]().union(*(candidates[row].facts for row in rows))
        new = [min(len(c.facts - known), _MOST_NEW_FACTS) for c in candidates]
        score = worth + _NEW_FACTS / _MOST_NEW_FACTS * np.array(new)
        score -= _TOLD_OF * np.array([told[c.part] for c in candidates])
        if rows:
            score -= _LIKE_ANOTHER * (sentences @ sentences[rows].T).max(axis=1)
            score[rows] = -np.inf
        rows.append(int(score.argmax()))
    return [candidates[row] for row in rows]


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


def opening(article: Article) -> Span | None:
    """Return the first sentence of an article that is prose; None if there is none."""
    return next(
        (s for s in sentence_spans(article.text) if _is_prose(article.text[slice(*s)])), None
    )
