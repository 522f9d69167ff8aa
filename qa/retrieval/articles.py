"""Finds the articles that are about something, not only the passages that mention it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from qa.index import Snapshot
from qa.retrieval.overlap import idf
from qa.text import terms
from qa.types import Article, Filter

_PASSAGES = 300
# An article is about a topic if it has this share of the topic's words, by rarity, of what the best
# article has, and if its title and opening, or several passages, have most of them.
_NEAR_BEST = 0.8
_MOST = 0.6
_OPENING_CHARS = 600
_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class About:
    """An article, and how much of a topic it has, from 0 to 1: as a whole, and in its opening."""

    article: Article
    share: float
    opening: float


def articles_about(
    snapshot: Snapshot, topic: Sequence[str], where: Filter | None = None
) -> list[About]:
    """Return the articles about a topic, the most fitting first.

    Args:
        snapshot: of the index.
        topic: its stems, as `qa.text.terms` gives them.
        where: which articles to look at.
    """
    wanted = list(dict.fromkeys(topic))
    weights = idf(wanted, snapshot.frequencies(wanted), snapshot.passage_count())
    total = sum(weights.values())
    if not total:
        return []

    def share(held: set[str]) -> float:
        return sum(weight for term, weight in weights.items() if term in held) / total

    held: dict[str, set[str]] = defaultdict(set)
    several: dict[str, int] = defaultdict(int)
    for passage, _ in snapshot.match(wanted, _PASSAGES, where):
        found = set(terms(passage.text))
        held[passage.article_id] |= found
        several[passage.article_id] += share(found) >= _MOST
    articles = snapshot.articles(held)
    about = []
    for article_id, article in articles.items():
        title = set(terms(article.title))
        opening = title | set(terms(article.text[:_OPENING_CHARS]))
        about.append(About(article, share(held[article_id] | title), share(opening)))
    least = _NEAR_BEST * max((each.share for each in about), default=0.0)
    fitting = [
        each
        for each in about
        if each.share >= least
        and (each.opening >= _MOST * each.share or several[each.article.id] >= _SEVERAL)
    ]
    return sorted(fitting, key=lambda each: (-each.opening - each.share, each.article.id))
