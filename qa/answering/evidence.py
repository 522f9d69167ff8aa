"""Which pieces of evidence an answer uses, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.text import terms
from qa.types import Article, Evidence

DOUBTED = 0.2
"""What the probability of evidence is multiplied by that is likelier wrong than right.

It is less than the reader's threshold, so that such evidence alone answers nothing.
"""


def judge(
    evidence: Sequence[Evidence], articles: Mapping[str, Article], threshold: float
) -> list[Evidence]:
    """Return the evidence that may be used, best first; nothing where the best is not sure enough.

    Args:
        evidence: best first.
        articles: article id -> article, for all of it.
        threshold: evidence below this probability is not used. Of sentences with the same words
            only the best is.
    """
    accepted: dict[tuple[str, ...], Evidence] = {}
    for item in evidence:
        if item.score >= threshold:
            text = articles[item.article_id].text[item.start : item.end]
            accepted.setdefault(tuple(terms(text)), item)
    return list(accepted.values())


def near_best(evidence: Sequence[Evidence], share: float) -> list[Evidence]:
    """Return the evidence whose probability is at least this share of the best one's."""
    return [item for item in evidence if item.score >= share * evidence[0].score]


def in_reading_order(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Put the sentences of one article together, in its order; the best one's article first."""
    rank = {item.article_id: -at for at, item in reversed(list(enumerate(evidence)))}
    return sorted(evidence, key=lambda item: (-rank[item.article_id], item.start))
