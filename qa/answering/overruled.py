"""Lowers the probability of what a correction or the question's own time speaks against.

A column of corrections repeats what it corrects: "we reported that 11 people had died". And an
article of March may tell what was so in February.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence

from qa.answering.context import with_previous
from qa.answering.event_days import told_of
from qa.answering.evidence import DOUBTED
from qa.dates import date_of, days, number_of
from qa.text import words
from qa.types import Article, Evidence, Filter
from qa.understanding.timespan import time_spans

_NEW_YEAR = 101
# A paper that speaks of what it printed before.
_OWN_REPORT = re.compile(
    r"\b(?:we|our|this (?:newspaper|paper|site|magazine|programme|station))\b[^.]{0,80}?"
    r"\b(?:reported|wrote|written|said|stated|described|gave|given|put|printed|published)\b",
    re.IGNORECASE,
)


def weighed(
    evidence: Sequence[Evidence],
    articles: Mapping[str, Article],
    corrections: Collection[str],
    within: Filter | None = None,
    without: Filter | None = None,
) -> list[Evidence]:
    """Return the evidence, best first, with a lower probability for what is overruled.

    Args:
        evidence: as it was read.
        articles: article id -> article, for all of it.
        corrections: the ids of articles that correct others.
        within: the articles that the question asked for, if these were read: what one of them
            tells of an earlier month or year does not count.
        without: the articles that the question asked for, if these said nothing and all were read:
            only what names their time counts.
    """
    since, _ = _days(within)
    asked = _days(without)
    found = []
    for item in evidence:
        article = articles[item.article_id]
        repeated = item.article_id in corrections and _OWN_REPORT.search(
            article.text, item.start, item.end
        )
        before = since and _is_before(item, article, since)
        if repeated or before or (any(asked) and not _names(item, article, asked)):
            item = dataclasses.replace(item, score=DOUBTED * item.score)  # noqa: PLW2901 - weighed
        found.append(item)
    return sorted(found, key=lambda item: -item.score)


def _is_before(item: Evidence, article: Article, since: int) -> bool:
    """Return whether a sentence tells what was so before a day."""
    short = item.short_start, item.short_end
    return 0 < told_of(article.text, (item.start, item.end), short, article.published) < since


def _days(where: Filter | None) -> tuple[int, int]:
    """Return the first and the last day that a filter asks for; 0 where it does not say."""
    if where is None:
        return 0, 0
    first, last = days(where.since), days(where.until)
    return first[0] if first else 0, last[1] if last else 0


def _names(item: Evidence, article: Article, asked: tuple[int, int]) -> bool:
    """Return whether a sentence, or the one before it, names a time among some days."""
    said = words(article.text[item.start : item.end])
    year, first = divmod(asked[0], 10_000)
    if first == _NEW_YEAR and asked[1] // 10_000 == year and str(year) in said:
        return True
    start, _ = with_previous(article.text, (item.start, item.end)) or (item.start, 0)
    text = article.text[start : item.end]
    day = (days(article.published) or asked)[0]
    return bool(day) and any(
        number_of(span.last) >= asked[0] and (not asked[1] or number_of(span.first) <= asked[1])
        for span in time_spans(text, date_of(day))
    )
