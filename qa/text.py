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

import snowballstemmer

from qa.sentences import LONGEST_SENTENCE, Span, paragraph_spans, sentence_spans

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

__all__ = [
    "LONGEST_SENTENCE",
    "STOP_WORDS",
    "Span",
    "has_surrogates",
    "normalise",
    "paragraph_spans",
    "sentence_spans",
    "strip_invisible",
    "terms",
    "words",
]

STOP_WORDS = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have he "
    "her hers him his how i if in into is it its may me might my no nor not of on or our ours "
    "shall she should so some such than that the their theirs them then there these they this "
    "those to us was we were what when where which who whom whose why will with would you your "
    "yours".split()
)

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
