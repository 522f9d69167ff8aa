"""Lowers the probability of what a correction or the question's own time speaks against.

A column of corrections repeats what it corrects: "we reported that 11 people had died". And an
article of March may tell what was so in February.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence

from qa.answering.event_days import told_of
from qa.dates import days
from qa.types import Article, Evidence, Filter

# What the probability is multiplied by, as that of a near miss is.
_OVERRULED = 0.25
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
    where: Filter | None,
) -> list[Evidence]:
    """Return the evidence, best first, with a lower probability for what is overruled.

    Args:
        evidence: as it was read.
        articles: article id -> article, for all of it.
        corrections: the ids of articles that correct others.
        where: the articles that the question's words ask for; its first day is what counts.
    """
    known = days(where.since) if where and where.since else None
    since = known[0] if known else 0
    found = []
    for item in evidence:
        article = articles[item.article_id]
        repeated = item.article_id in corrections and _OWN_REPORT.search(
            article.text, item.start, item.end
        )
        if repeated or (since and _is_before(item, article, since)):
            item = dataclasses.replace(item, score=_OVERRULED * item.score)  # noqa: PLW2901 - weighed
        found.append(item)
    return sorted(found, key=lambda item: -item.score)


def _is_before(item: Evidence, article: Article, since: int) -> bool:
    """Return whether a sentence tells what was so before a day."""
    short = item.short_start, item.short_end
    return 0 < told_of(article.text, (item.start, item.end), short, article.published) < since
