"""Asks within a sentence, as a listener does who missed a word; `The dam cost how much?` is one of these.

These are for sentences that fit no shape of `rules`, so that a few articles give drafts too. Many could be put better,
which their author does in a moment: what is asked, and where its answer stands, is there already.
"""

from __future__ import annotations

import re

from qa.attribution.lexicon import FINITE, PAST
from qa.evaluation.drafts.rules import WEEKDAY, Draft, Kind, readable
from qa.evaluation.drafts.words import DATE, NO_COUNT, NUMBER
from qa.text import Span

_NUMBER = rf"\b(?:{NUMBER.pattern})(?: (?:hundred|thousand|million|billion))?"
# What is asked for, as the group `answer` of what is left out, and what stands there instead. The first that fits once
# is taken.
_SHAPES: tuple[tuple[re.Pattern[str], Kind, str], ...] = (
    (re.compile(rf"(?P<answer>{_NUMBER} ?(?:per cent|percent|%))(?!\w)"), "how many", "what percentage"),
    (re.compile(rf"(?P<answer>{_NUMBER} (?:crowns|dollars|euros|pounds))\b"), "how many", "how much"),
    (re.compile(r"(?P<answer>[$€£]\d[\d,.]*\d(?: (?:million|billion))?)\b"), "how many", "how much"),
    (re.compile(r"\bin (?P<answer>(?:1\d|20)\d\d)(?![\w-])"), "when", "in which year"),
    (re.compile(DATE.pattern.replace("?P<date>", "?P<answer>")), "when", "at what time"),
    (re.compile(rf"(?P<answer>{_NUMBER}) (?P<things>[a-z]{{3,}})\b"), "how many", "how many {things}"),
)
# One clause or two, and nobody's own words.
_SENTENCE = re.compile(r"[A-Z][^\"“”():;–—]*[^\W_]\.")
_LINKED = re.compile(r"(?:And|But|So|Yet|Nor|Or)\b")
# `the two accounts` and `the boat's two captains` are no news of how many there are.
_KNOWN = re.compile(r"(?:\b(?:the|its|his|her|their|these|those|all)|[’']s?) $", re.IGNORECASE)
_DAY = re.compile(r"\d (?:March|May)\b")
_NO_THINGS = NO_COUNT | PAST | FINITE


def echo(text: str, sentence: Span) -> Draft | None:
    """Return the question that a sentence of `text` becomes with a number or a date asked for; None for most."""
    said = text[slice(*sentence)]
    if not _SENTENCE.fullmatch(said) or _LINKED.match(said):
        return None
    for pattern, kind, asked in _SHAPES:
        found = list(pattern.finditer(said))
        if len(found) != 1 or (things := found[0].groupdict().get("things")) in _NO_THINGS:
            continue
        start, end = found[0].span()
        if _KNOWN.search(said, 0, start):
            continue
        question = WEEKDAY.sub("", f"{said[:start]}{asked.format(things=things)}{said[end:-1]}?")
        draft = Draft(kind, " ".join(question.split()), found[0]["answer"], sentence[0] + found[0].start("answer"))
        if readable(draft) and not _DAY.search(draft.question):
            return draft
    return None
