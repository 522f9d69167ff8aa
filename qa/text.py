"""Text functions for the whole project: normalisation, words, sentences.

BM25, the reader's overlap features, EM/F1 and the grounding checks all use them, so that a word is
the same word everywhere.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator

import sentencex
import snowballstemmer

_WORD = re.compile(r"\w+(?:[’'.,]\w+)*")
_POSSESSIVE = re.compile(r"[’']s$")
_INNER_MARK = re.compile(r"[^\w.⁄]|(?<!\d)\.|\.(?!\d)")
# Ideographs, hiragana and katakana, with iteration and length marks.
_UNSPACED = re.compile(
    "([\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+)"
)
# Without width, tags, or variation selectors.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef\u200b-\u200f\u2060-\u2064\ufeff"
    r"\U000e0000-\U000e007f]"
)
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_STANDALONE_LINE = re.compile(r"[^\S\n]*(?:#{1,6}[^\S\n]|[-*•][^\S\n]|\d{1,3}[.)][^\S\n])")

STOP_WORDS = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have he "
    "her hers him his how i if in into is it its may me might my no nor not of on or our ours "
    "shall she should so some such than that the their theirs them then there these they this "
    "those to us was we were what when where which who whom whose why will with would you your "
    "yours".split()
)

Span = tuple[int, int]

_MAX_TITLE_CHARS = 150
_STEMMER = snowballstemmer.stemmer("english")
# For scripts that identify a language well enough: first letter, last letter, stemmer.
_OTHER_STEMMERS = (
    ("\u0400", "\u04ff", snowballstemmer.stemmer("russian")),
    ("\u0600", "\u06ff", snowballstemmer.stemmer("arabic")),
)


def normalise(text: str) -> str:
    """Return `text` in Unicode NFC with line feeds as line ends and no byte order mark.

    Nothing else changes. Source: Unicode Standard Annex 15.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)


def has_surrogates(text: str) -> bool:
    """Return whether `text` holds a lone surrogate, which no encoding can store."""
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)


def strip_invisible(text: str) -> str:
    """Return `text` without the characters that nobody can see: no width, tags, variants."""
    return _INVISIBLE.sub("", text)


def words(text: str) -> list[str]:
    """Return the words of `text` in order, case-folded, without diacritics or possessive endings.

    Punctuation within a word is dropped, except a decimal point: `30,000` is the word `30000`, and
    `U.S.` is `us`.
    """
    return [word for match in _WORD.finditer(text) if (word := _fold(match.group()))]


def terms(text: str) -> list[str]:
    """Return the stems of the words that are not stop words, in order; search matches on these.

    Chinese and Japanese, which put no spaces between words, yield each pair of neighbouring
    characters instead.

    Sources: the Snowball stemmers (Russian for Cyrillic, Arabic, else English, which is Porter 2);
    Nie, Gao, Zhang and Zhou, "On the use of words and n-grams for Chinese information retrieval",
    2000.
    """
    return [
        term
        for word in words(text)
        if word not in STOP_WORDS
        for term in ((_stem(word),) if word.isascii() else _terms_of(word))
    ]


def paragraph_spans(text: str) -> list[Span]:
    """Return the spans of the paragraphs of `text`, without the blank lines between them."""
    cuts = [
        (0, 0),
        *(match.span() for match in _BLANK_LINES.finditer(text)),
        (len(text), len(text)),
    ]
    spans = (_strip(text, before, after) for (_, before), (after, _) in itertools.pairwise(cuts))
    return [span for span in spans if span[0] < span[1]]


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of `text`, without surrounding white space.

    No sentence crosses a blank line. Headings, list items and a title line above the text are
    sentences of their own. Every character that is not white space lies in exactly one span.
    """
    spans = []
    for start, end in paragraph_spans(text):
        for block_start, block_end in _blocks(text, start, end):
            for boundary in sentencex.get_sentence_boundaries("en", text[block_start:block_end]):
                span = _strip(
                    text, block_start + boundary["start_index"], block_start + boundary["end_index"]
                )
                if span[0] < span[1]:
                    spans.append(span)
    return spans


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Split a paragraph around headings, list items and a title line above the text."""
    block = line = start
    while (newline := text.find("\n", line, end)) != -1:
        following = newline + 1
        title = line == 0 and newline <= _MAX_TITLE_CHARS and text[newline - 1] not in ".,;:"
        if title or _STANDALONE_LINE.match(text, line) or _STANDALONE_LINE.match(text, following):
            yield block, newline
            block = following
        line = following
    yield block, end


def _strip(text: str, start: int, end: int) -> Span:
    """Shrink a span by the white space around it."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


@functools.lru_cache(maxsize=200_000)
def _fold(word: str) -> str:
    word = _POSSESSIVE.sub("", word.casefold())
    if not word.isascii():
        word = "".join(
            c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)
        )
    return _INNER_MARK.sub("", word)


def _terms_of(word: str) -> Iterator[str]:
    """Yield character pairs for Chinese or Japanese parts of a word, and stems for the others."""
    for part in filter(None, _UNSPACED.split(word)):
        if _UNSPACED.fullmatch(part):
            yield from map("".join, itertools.pairwise(part)) if len(part) > 1 else (part,)
        else:
            yield _stem(part)


@functools.lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    other = (stemmer for first, last, stemmer in _OTHER_STEMMERS if first <= word[0] <= last)
    return str(next(other, _STEMMER).stemWord(word))
