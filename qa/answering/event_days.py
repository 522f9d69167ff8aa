"""Resolves the day that an article means by "Thursday" or "yesterday" against its own date."""

from __future__ import annotations

import datetime as dt
import re

from qa.answering.grounding.facts import dates
from qa.dates import date_of, days, number_of
from qa.lexicon import WEEKDAYS
from qa.text import Span
from qa.understanding.timespan import time_spans

_WEEK = 7
# An article tells of what happened up to so long before.
_LATE = dt.timedelta(days=7)
# Words before a date at which something was so, and need not be so since.
_AS_OF = frozenset({"in", "during", "at", ""})
_NEAR = {"yesterday": -1, "last night": -1, "today": 0, "tonight": 0, "tomorrow": 1}
_NEAR |= {f"this {part}": 0 for part in ("morning", "afternoon", "evening")}
_MEANT = re.compile(
    rf"\b(?:(?P<which>last|next)\s+)?(?P<weekday>{'|'.join(WEEKDAYS)})\b|"
    rf"\b(?P<near>{'|'.join(_NEAR)})\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,;:.()“”\"–—]|\b(?:that|which|who|when|where|after|because)\b")
# What lies ahead: `will`, `is to`, `are due`, `until Monday`.
_AHEAD = re.compile(
    r"\b(?:will|shall|would|due|expected|scheduled|planned|(?:is|are|was|were|be)\s+to)\b|"
    r"[’']ll\b|\b(?:until|till|by|from)\W*$",
    re.IGNORECASE,
)
# A verb before the day that says when something was done or said.
_DONE = re.compile(r"\b(?:said|told|was|were|had|did|\w+ed)\b", re.IGNORECASE)


def event_day(text: str, short: Span, published: str) -> dt.date | None:
    """Return the day that a short answer means; None if it names none, or more than one.

    A weekday is the last one up to the article's own date, or the next one where its clause speaks
    of what lies ahead. A day and a month without a year are of the year that is nearest.

    Args:
        text: of the article.
        short: span of the short answer.
        published: the date of the article, as it has it.
    """
    known = days(published)
    if known is None or known[0] != known[1]:
        return None
    day = date_of(known[0])
    answer = text[slice(*short)]
    if named := dates(answer):
        return _of_calendar(dict(named[0][0]), day) if len(named) == 1 else None
    found = list(_MEANT.finditer(answer))
    if len(found) != 1:
        return None
    if near := found[0]["near"]:
        return day + dt.timedelta(days=_NEAR[near.lower()])
    number = [name.lower() for name in WEEKDAYS].index(found[0]["weekday"].lower())
    which = (found[0]["which"] or "").lower()
    back = (day.weekday() - number) % _WEEK
    if which == "next" or (which != "last" and _is_ahead(text, short)):
        return day + dt.timedelta(days=_WEEK - back)
    return day - dt.timedelta(days=back or (_WEEK if which == "last" else 0))


def told_of(text: str, sentence: Span, short: Span, published: str) -> int:
    """Return the day as of which a sentence gives an answer, as a number like 20240131.

    "In February they put it at 214 million" is as of the end of February, whenever it was written.
    Without such words it is the day of the article; 0 if that has none. A single day does not
    count: what is told of an event may have become known much later.

    Args:
        text: of the article.
        sentence: span of the sentence.
        short: span of the short answer.
        published: the date of the article, as it has it.
    """
    known = days(published)
    if known is None:
        return 0
    day = date_of(known[0])
    spans = [
        span
        for span in time_spans(text[slice(*sentence)], day)
        if span.relation in _AS_OF
        and not span.is_day
        and not _overlap((span.start, span.end), sentence[0], short)
    ]
    if not spans:
        return known[0]
    middle = (short[0] + short[1]) / 2 - sentence[0]
    last = min(spans, key=lambda span: abs((span.start + span.end) / 2 - middle)).last
    return number_of(last) if day - last > _LATE else known[0]


def _overlap(span: Span, offset: int, other: Span) -> bool:
    return span[0] + offset < other[1] and other[0] < span[1] + offset


def is_relative(short: str) -> bool:
    """Return whether a short answer names a day only as seen from the article's own."""
    return bool(_MEANT.search(short)) and not dates(short)


def _of_calendar(parts: dict[str, int], near: dt.date) -> dt.date | None:
    """Return a date that has a day and a month, of the year that is nearest to another day."""
    if not {"day", "month"} <= parts.keys():
        return None
    years = [parts["year"]] if "year" in parts else [near.year + n for n in (-1, 0, 1)]
    found = []
    for year in years:
        try:
            found.append(dt.date(year, parts["month"], parts["day"]))
        except ValueError:  # 29 February, or a misprint
            continue
    return min(found, key=lambda each: abs(each - near), default=None)


def _is_ahead(text: str, short: Span) -> bool:
    """Return whether the clause of a short answer speaks of what lies ahead."""
    first = max(0, short[0] - 200)
    ends = [match.end() for match in _CLAUSE_END.finditer(text, first, short[0])]
    before = text[ends[-1] if ends else first : short[0]]
    if _AHEAD.search(before) or _DONE.search(before):
        return bool(_AHEAD.search(before))
    end = _CLAUSE_END.search(text, short[1])
    return bool(_AHEAD.search(text[short[1] : end.start() if end else short[1] + 200]))
