"""Tells the kind of a short answer: only answers of one kind are accounts of one thing."""

from __future__ import annotations

import re
from typing import Literal

from qa.lexicon import MONTHS, NUMBER_WORDS, SCALES, WEEKDAYS

Kind = Literal["money", "percent", "date", "number", "name", "words"]

_MONEY = re.compile(
    r"[£$€¥]|\b(?:euros?|pounds?|dollars?|crowns?|francs?|rupees?|yen|yuan|pence|cents?)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"%|\bper ?cent\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_DATE = re.compile(
    rf"\b(?:{'|'.join(MONTHS)}|{'|'.join(WEEKDAYS)}|yesterday|today|tomorrow)\b|\b\d{{4}}-\d\d-\d\d\b"
)
_NUMBER = re.compile(
    rf"\d|\b(?:{'|'.join([*NUMBER_WORDS, *SCALES, 'dozens?', 'none'])})\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_SMALL = frozenset("the a an of and de la von van mr mrs ms dr sir".split())
# A longer answer is a clause, even if it holds a number or a name.
_MOST_WORDS = 8

_ASKS_QUANTITY = re.compile(r"\W*(?:and\s+)?how\s+(?:many|old|tall|heavy|deep)\b", re.IGNORECASE)
_QUANTITY = re.compile(
    rf"\d|\b(?:{'|'.join(NUMBER_WORDS)}|(?:{'|'.join(SCALES)})s?|dozens?|an?|no|none|nobody|nothing|"
    r"several|few|many|most|all|both|half|couple|pair|single|[a-z]*teens?|teenage\w*|[a-z]+ties|"
    r"(?:day|week|month|year|decade|centur|generation)\w*)\b",
    re.IGNORECASE,
)


def is_beside(question: str, short: str) -> bool:
    """Return whether a question asks for a quantity, and a short answer holds none."""
    return _ASKS_QUANTITY.match(question) is not None and not _QUANTITY.search(short)


def kind_of(short: str) -> Kind:
    """Return the kind of a short answer."""
    words = _WORD.findall(short)
    if len(short.split()) > _MOST_WORDS:
        return "words"
    if _PERCENT.search(short):
        return "percent"
    if _MONEY.search(short):
        return "money"
    if _DATE.search(short) or _YEAR.fullmatch(short.strip()):
        return "date"
    if _NUMBER.search(short):
        return "number"
    telling = [word for word in words if word.lower() not in _SMALL]
    return "name" if telling and all(word[0].isupper() for word in telling) else "words"
