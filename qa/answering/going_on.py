"""Searches and reads in the light of a conversation: a question goes on from the answers before."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from qa.query import Query
from qa.text import terms, words
from qa.types import Article, Evidence, Filter, Hit
from qa.understanding.followups.features import OTHERS
from qa.understanding.followups.heard import parted
from qa.understanding.followups.mentions import LIGHT
from qa.understanding.followups.persons import PRONOUNS

# What a passage's score gains if the answers before cite its article.
_NEARER = 0.2
# What an answer's probability is multiplied by if it only repeats what was said.
_REPEATED = 0.5


def within(where: Filter | None, near: Sequence[str]) -> Filter | None:
    """Return the filter that passes only articles of `near`; None if there are none of them."""
    where = where or Filter()
    ids = tuple(each for each in near if not where.article_ids or each in where.article_ids)
    return dataclasses.replace(where, article_ids=ids) if ids else None


def once_more(query: Query) -> Query | None:
    """Return the question without what was added behind it, of the articles cited before.

    What a conversation adds to a question may be wrong. None if nothing was added, or if it was put
    into the question: without whom it is about, it would be answered for anybody.
    """
    where = within(query.where, query.near) if query.near else None
    asked = parted(query.text)[0]
    intact = query.question.casefold().endswith(asked.casefold())
    if where is None or asked == query.text or not intact:
        return None
    return dataclasses.replace(query, text=asked, topic=asked, where=where, scopes=(), near=())


def anything_else(query: Query) -> Query | None:
    """Return the question as it was asked, of all articles: it may be about something else.

    None if nothing was added behind it, or if it is about nothing by itself: `by whom?`, `is it?`
    """
    asked = parted(query.text)[0]
    said = set(words(asked))
    points = said.intersection(OTHERS) or any(said & each for each in PRONOUNS)
    if asked == query.text or set(terms(asked)) <= LIGHT or points:
        return None
    return dataclasses.replace(query, text=asked, topic=asked, scopes=(), near=())


def nearer(hits: Sequence[Hit], close: Sequence[Hit], near: Sequence[str]) -> list[Hit]:
    """Return the hits of both searches, best first; those of the articles `near` gain a little.

    Args:
        hits: of all articles.
        close: of the articles `near`.
        near: ids of the articles that the answers before cite.
    """
    folded = {passage.id for hit in hits for passage in hit.duplicates}
    found = {hit.passage.id: hit for hit in close if hit.passage.id not in folded}
    found |= {hit.passage.id: hit for hit in hits}
    gained = []
    for hit in found.values():
        articles = {passage.article_id for passage in (hit.passage, *hit.duplicates)}
        gain = 0.0 if articles.isdisjoint(near) else _NEARER
        gained.append(dataclasses.replace(hit, score=hit.score + gain))
    ordered = sorted(gained, key=lambda hit: (-hit.score, hit.passage.id))
    return [
        dataclasses.replace(hit, rank=rank)
        for rank, hit in enumerate(ordered[: len(hits) or len(ordered)], 1)
    ]


def unsaid(
    evidence: Sequence[Evidence], query: Query, articles: Mapping[str, Article]
) -> list[Evidence]:
    """Return the evidence, best first, where what only repeats the conversation counts half.

    A follow-up asks neither for what the answers before said nor for what it takes up from them.
    """
    added = set(terms(query.text)) - set(terms(query.question))
    known = [set(terms(text)) for text in query.said]

    def repeats(item: Evidence) -> bool:
        short = articles[item.article_id].text[item.short_start : item.short_end]
        told = set(terms(short))
        taken_up = bool(told & added) and told <= set(terms(query.text))
        return taken_up or (bool(told) and any(told <= one for one in known))

    weighed = [
        dataclasses.replace(item, score=item.score * _REPEATED) if repeats(item) else item
        for item in evidence
    ]
    return sorted(weighed, key=lambda item: -item.score)
