"""Text functions for the whole project: normalisation, words, sentences.

BM25, the reader's overlap features, EM/F1 and the grounding checks all use them, so that a word is
the same word everywhere.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import regex
import snowballstemmer

from qa.languages import UNSPACED, code_of, is_english
from qa.sentences import LONGEST_SENTENCE, Span, paragraph_spans, sentence_spans

# Python's `re` splits words at the vowel signs of Indic scripts and at points of Arabic and Hebrew.
_WORD = regex.compile(
    r"[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*(?:[’'.,][\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*)*"
)
# Marks that are letters rather than accents: those of the scripts of India and South-East Asia.
_LETTER_MARKS = re.compile("[\u0900-\u109f\u1780-\u17ff]")
_NUKTA = 7
_POSSESSIVE = re.compile(r"[’']s$")
_INNER_MARK = regex.compile(r"[^\p{L}\p{N}\p{M}_.⁄]|(?<!\d)\.|\.(?!\d)")
# Ideographs, hiragana and katakana, with iteration and length marks.
_UNSPACED = re.compile(
    "([\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+)"
)
# Without width, tags, or variation selectors.
# Han, kana and Hangul, Thai, Lao, Burmese and Khmer: what is cut into pairs in their languages.
_PAIRED = regex.compile(
    r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Myanmar}\p{Khmer}ー々\p{M}]+)"
)
# Forms of letters that are written one for another in Arabic, and the long stroke.
_ARABIC = str.maketrans("أإآٱىةکیؤئ", "اااايهكيوي", "ـ")
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
    "query_terms",
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
# By language, where snowballstemmer has one; "serbian" would write Cyrillic words in Latin letters.
_STEMMERS = dict(
    pair.split("/")
    for pair in (
        "ar/arabic ca/catalan cs/czech da/danish de/german el/greek es/spanish et/estonian "
        "eu/basque fa/persian fi/finnish fr/french ga/irish hi/hindi hu/hungarian hy/armenian "
        "id/indonesian it/italian lt/lithuanian ne/nepali nl/dutch no/norwegian pl/polish "
        "pt/portuguese ro/romanian ru/russian sv/swedish ta/tamil tr/turkish"
    ).split()
)
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


def terms(text: str, language: str = "") -> list[str]:
    """Return the stems of the words that are not stop words, in order; search matches on these.

    Languages without spaces between words yield each pair of neighbouring characters instead, and
    so does Korean, whose endings no stemmer here takes off.

    Sources: the Snowball stemmers; Nie, Gao, Zhang and Zhou, "On the use of words and n-grams for
    Chinese information retrieval", 2000.

    Args:
        text: of an article, or a question.
        language: its code or tag. Without one, the text counts as English, with the Russian
            stemmer for Cyrillic, the Arabic one for Arabic, and pairs for Chinese and Japanese.
    """
    if not is_english(language):
        return list(_foreign_terms(text, code_of(language)))
    return [
        term
        for word in words(text)
        if word not in STOP_WORDS
        for term in ((_stem(word),) if word.isascii() else _terms_of(word))
    ]


def query_terms(text: str, languages: Iterable[str] = ()) -> list[str]:
    """Return the terms of a query over articles in some languages, each term once for all."""
    found = terms(text)
    if foreign := [language for language in languages if not is_english(language)]:
        found = [*found, *(term for each in foreign for term in terms(text, each))]
        return list(dict.fromkeys(found))
    return found


@functools.lru_cache(maxsize=200_000)
def _fold(word: str) -> str:
    word = _POSSESSIVE.sub("", word.casefold())
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not _is_accent(c))
    return str(_INNER_MARK.sub("", word))


def _is_accent(char: str) -> bool:
    """Return whether a character only modifies the one before it and is often left out."""
    above = unicodedata.combining(char)
    return above == _NUKTA or bool(above and not _LETTER_MARKS.match(char))


def _foreign_terms(text: str, language: str) -> Iterator[str]:
    paired = language in UNSPACED or language == "ko"
    for word in words(text):
        yield from _paired_terms(word) if paired else (_stem_of(word, language),)


def _paired_terms(word: str) -> Iterator[str]:
    """Yield pairs of neighbouring letters, each with its marks, and what is in another script."""
    for part in filter(None, _PAIRED.split(unicodedata.normalize("NFC", word))):
        letters = regex.findall(r"\X", part) if _PAIRED.fullmatch(part) else [part]
        yield from map("".join, itertools.pairwise(letters)) if len(letters) > 1 else letters


@functools.lru_cache(maxsize=200_000)
def _stem_of(word: str, language: str) -> str:
    stemmer = _stemmer(language)
    if language == "ar":
        word = word.translate(_ARABIC)
    return str(stemmer.stemWord(word)) if stemmer else word


@functools.cache
def _stemmer(language: str) -> Any:
    name = _STEMMERS.get(language)
    return snowballstemmer.stemmer(name) if name else None


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
