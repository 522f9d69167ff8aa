"""Cuts a sentence into words, marks and quotations, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qa.text import Span

_MARKS = re.compile(r"[\"“”„«»‘’']")
_CLOSING = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "'": "'"}
_TOKEN = re.compile(
    r"(?:Mrs?|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Lt|Col|Capt|Sgt|St|Jr|Sr|No|[A-Z](?:\.[A-Z])*)\.(?=\s+\w|[,;])|"
    r"\w+(?:[’'.&/–-]\w+)*(?:(?<=s)[’'])?(?:\.(?=\s+[a-z]|[,;]))?|--|[^\w\s]"
)
DASHES = frozenset("- – — --".split())
QUOTATION = '"'


class Token(NamedTuple):
    """A word, a mark, or a whole quotation as one token, whose text is `QUOTATION`.

    `low` is the text in lower case, but for words in capitals: `US` is no pronoun.
    """

    text: str
    low: str
    start: int
    end: int


def tokens(text: str, sentence: Span) -> list[Token]:
    """Return the tokens of a sentence of `text`, with their places in it; a quotation is one of them."""
    start, end = sentence
    found: list[Token] = []
    at = start
    for opened, closed in _quotations(text, sentence):
        found += _words(text, at, opened)
        found.append(Token(QUOTATION, QUOTATION, opened, closed))
        at = closed
    return found + _words(text, at, end)


def ends_as_speech(text: str, quotation: Token, follows: Token | None) -> bool:
    """Tell whether a quotation ends as words do before `he said`: with a comma, or the mark of a sentence."""
    inner = text[quotation.end - 2 : quotation.end - 1]
    return inner in {",", ".", "?", "!", "…", "-", "—", "–"} or (follows is not None and follows.text == ",")


def lows(found: Iterable[Token]) -> list[str]:
    """Return the tokens' texts in lower case."""
    return [token.low for token in found]


def span(found: Sequence[Token], first: int, last: int) -> Span:
    """Return the span from token `first` to the one before `last`."""
    return found[first].start, found[last - 1].end


def is_mark(token: Token) -> bool:
    """Tell whether a token is a mark or a quotation, and no word, sign of a currency or the like."""
    return not token.text[0].isalnum() and token.text[0] not in "$€£#@&%+/"


def _low(word: str) -> str:
    return word if word.isupper() and len(word) > 1 else word.lower().replace("’", "'")


def _words(text: str, start: int, end: int) -> list[Token]:
    matches = _TOKEN.finditer(text, start, end)
    return [Token(m.group(), _low(m.group()), m.start(), m.end()) for m in matches]


def _quotations(text: str, within: Span) -> list[Span]:
    """Return the spans of the quotations with their marks; one that is not closed goes on to the end."""
    found = []
    opening, opened = "", within[0]
    for match in _MARKS.finditer(text, *within):
        mark, at = match.group(), match.start()
        if opening and _closes(text, mark, at, opening):
            found.append((opened, at + 1))
            opening = ""
        elif _opens(text, mark, at) and (not opening or (opening in "‘'" and mark not in "‘'")):
            opening, opened = mark, at
    if opening and opening not in "‘'":
        found.append((opened, within[1]))
    return found


def _opens(text: str, mark: str, at: int) -> bool:
    if mark in "‘'":
        return not text[at - 1 : at].isalnum() and text[at + 1 : at + 2].isalnum()
    return mark in _CLOSING


def _closes(text: str, mark: str, at: int, opening: str) -> bool:
    if mark not in _CLOSING[opening] or text[at - 1].isspace():
        return False
    return mark not in "’'" or not text[at + 1 : at + 2].isalnum()
