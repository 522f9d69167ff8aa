"""Splits a sentence into words, punctuation marks and quotations, each with its span."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qa.text import Span

_QUOTATION_MARKS = re.compile(r"[\"“”„«»‘’']")
_CLOSING = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "'": "'"}
_TOKEN = re.compile(
    r"(?:Mrs?|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Lt|Col|Capt|Sgt|St|Jr|Sr|No|[A-Z](?:\.[A-Z])*)\."
    r"(?=\s+\w|[,;])|"
    r"\w+(?:[’'.&/–-]\w+)*(?:(?<=s)[’'])?(?:\.(?=\s+[a-z]|[,;]))?|--|[^\w\s]"
)
DASHES = frozenset("- – — --".split())
QUOTATION = '"'


class Token(NamedTuple):
    """A word, a punctuation mark, or a whole quotation, whose `text` is `QUOTATION`.

    `low` is the text in lower case, except for words in capitals: `US` is not a pronoun.
    """

    text: str
    low: str
    start: int
    end: int


def tokenize(text: str, sentence: Span) -> list[Token]:
    """Return the tokens of a sentence of `text`; each quotation is a single token."""
    tokens: list[Token] = []
    at = sentence[0]
    for start, end in _quotations(text, sentence):
        tokens += _words(text, at, start)
        tokens.append(Token(QUOTATION, QUOTATION, start, end))
        at = end
    return tokens + _words(text, at, sentence[1])


def low_at(tokens: Sequence[Token], at: int) -> str:
    """Return the lower-case text of the token at an index; empty outside the sentence."""
    return tokens[at].low if 0 <= at < len(tokens) else ""


def lows(tokens: Iterable[Token]) -> list[str]:
    """Return the lower-case texts of the tokens."""
    return [token.low for token in tokens]


def span(tokens: Sequence[Token], first: int, last: int) -> Span:
    """Return the text span of the tokens `first` to `last - 1`."""
    return tokens[first].start, tokens[last - 1].end


def is_mark(token: Token) -> bool:
    """Return whether a token is punctuation or a quotation rather than a word or a symbol."""
    return not token.text[0].isalnum() and token.text[0] not in "$€£#@&%+/"


def _words(text: str, start: int, end: int) -> list[Token]:
    tokens = []
    for match in _TOKEN.finditer(text, start, end):
        word = match.group()
        acronym = word.isupper() and len(word) > 1
        low = word if acronym else word.lower().replace("’", "'")
        tokens.append(Token(word, low, match.start(), match.end()))
    return tokens


def _quotations(text: str, within: Span) -> list[Span]:
    """Return the spans of the quotations, marks included; an unclosed one runs to the end."""
    spans = []
    opening, start = "", within[0]
    for match in _QUOTATION_MARKS.finditer(text, *within):
        mark, at = match.group(), match.start()
        after_word, before_word = text[at - 1 : at].isalnum(), text[at + 1 : at + 2].isalnum()
        opens = (before_word and not after_word) if mark in "‘'" else mark in _CLOSING
        closes = opening and mark in _CLOSING[opening] and not text[at - 1].isspace()
        if closes and not (mark in "’'" and before_word):
            spans.append((start, at + 1))
            opening = ""
        elif opens and (not opening or (opening in "‘'" and mark not in "‘'")):
            opening, start = mark, at
    if opening and opening not in "‘'":
        spans.append((start, within[1]))
    return spans
