"""Finds the items of the lists and series of names that evidence is part of or announces."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from qa.answering.enumerations import (
    enumeration_items,
    list_items_after,
    list_items_around,
    series_around,
)
from qa.answering.evidence import near_best
from qa.answering.kinds import kind_of
from qa.lexicon import NUMBER_WORDS
from qa.text import Span, terms, words
from qa.types import Article, Evidence

LEAST_ITEMS, MOST_ITEMS = 2, 12
# Evidence must come near to the best: this share of its probability, for a further item.
NEAR_ITEM = 0.5
WHO = re.compile(r"\W*(?:and\s+)?who(?:m|se)?\b", re.IGNORECASE)
"""The beginning of a question that names answer."""
# A question that a whole list may answer, and the share of an item that then is the short answer.
_WHAT_DO = re.compile(
    r"\W*(?:and\s+)?what\s+(?:do|does|did|has|have|had|will|would)\b", re.IGNORECASE
)
_WHOLE_ITEM = 0.7


class Item(NamedTuple):
    """An item: its article, its span, and the span to be cited."""

    article_id: str
    span: Span
    cited: Span


def items(
    question: str, evidence: Sequence[Evidence], articles: Mapping[str, Article]
) -> list[Item]:
    """Return the items of all evidence that comes near to the best; nothing if there is only one.

    Each cites itself in a list, and the whole sentence in an enumeration.

    Args:
        question: it may ask for a number of things.
        evidence: best first, at least one piece.
        articles: article id -> article.
    """
    wanted = _count(question)
    found = _each_once(question, near_best(evidence, NEAR_ITEM), articles)
    if len(found) < wanted:
        more = _each_once(question, near_best(evidence, NEAR_ITEM / 2), articles)
        found = more[: max(wanted, len(found))]
    return found if len(found) >= LEAST_ITEMS else []


def instead(
    question: str, evidence: Sequence[Evidence], articles: Mapping[str, Article]
) -> list[Item]:
    """Return the items of the list that the best evidence announces, or is one of.

    A list answers where another of its items answers as well, and `what do they want` where one of
    them does. Nothing where the short answer is only a part of its item, or where one thing is
    asked for.
    """
    item, *others = near_best(evidence, NEAR_ITEM)
    text, short = articles[item.article_id].text, (item.short_start, item.short_end)
    if below := list_items_after(text, (item.start, item.end)):
        return _cited_alone(item.article_id, below)
    spans = list_items_around(text, short)
    own = next((span for span in spans if span[0] <= short[0] < span[1]), None)
    if own is None or len(spans) < LEAST_ITEMS:
        return []
    beside = [span for span in spans if span != own]
    several = any(
        other.article_id == item.article_id and start <= other.short_start < end
        for other in others
        for start, end in beside
    )
    size = len(text[slice(*short)].split())
    whole = size >= _WHOLE_ITEM * len(text[slice(*own)].split())
    if several or (whole and _WHAT_DO.match(question)):
        return _cited_alone(item.article_id, spans)
    return []


def _cited_alone(article_id: str, spans: Sequence[Span]) -> list[Item]:
    return [Item(article_id, span, span) for span in spans]


def _each_once(
    question: str, near: Sequence[Evidence], articles: Mapping[str, Article]
) -> list[Item]:
    """Return the items, each once, with their articles and the spans to be cited."""

    def text(item: Item) -> str:
        return articles[item.article_id].text[slice(*item.span)]

    found = (_enumerated(item, articles[item.article_id].text) for item in near)
    groups = sorted(found, key=lambda group: len(group) < LEAST_ITEMS)
    named = (kind_of(text(item)) == "name" for group in groups for item in group)
    names = bool(WHO.match(question)) and any(named)
    listed: dict[frozenset[str], Item] = {}
    for group in groups:
        earlier = list(listed)
        for item in group:
            key = frozenset(terms(text(item)))
            known = any(key <= other or other <= key for other in earlier)
            if key and not known and (not names or kind_of(text(item)) == "name"):
                listed.setdefault(key, item)
    return list(listed.values())[:MOST_ITEMS]


def _enumerated(item: Evidence, text: str) -> list[Item]:
    """Return the items that a piece of evidence names, each with the span to be cited."""
    sentence, short = (item.start, item.end), (item.short_start, item.short_end)
    if listed := list_items_after(text, sentence) or list_items_around(text, short):
        return _cited_alone(item.article_id, listed)
    spans = enumeration_items(text, short)
    if len(spans) < LEAST_ITEMS:
        spans = series_around(text, short, sentence) or spans
    return [Item(item.article_id, span, sentence) for span in spans]


def _count(asked: str) -> int:
    """Return how many things a question asks for: `which three things`; 0 if it does not say."""
    found = (NUMBER_WORDS.get(word, 0) for word in words(asked))
    return next((number for number in found if 1 < number <= MOST_ITEMS), 0)
