"""Tells noun phrases: whether some words are one, and how far one reaches that begins at a word.

There is no parser: a phrase is bounded by marks and small words, and refused where it holds a word that no noun phrase
holds. A refusal costs an attribution, a wrong phrase would name the wrong source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qa.attribution.lexicon import (
    DATES,
    DETERMINERS,
    FINITE,
    GROUPS,
    LEADING,
    NOBODY,
    OCCASIONS,
    PARTICLES,
    PAST,
    POSSESSIVES,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
    TIME_LINKS,
    TIMES,
)
from qa.attribution.tokens import Token, is_mark, lows

_LONGEST = 12
_NO_HEADS = frozenset("first last latest most new only other same second very".split())
_NO_ADVERBS = frozenset("ally assembly family supply".split())


class Phrase(NamedTuple):
    """The tokens `first` to `last - 1`; `pronoun` where they are one."""

    first: int
    last: int
    pronoun: bool = False


def noun_phrase(found: Sequence[Token], first: int, last: int) -> Phrase | None:
    """Return the phrase of some tokens without leading adverbs and times, or None where it is no noun phrase.

    Of `its owner Anna Berg` the name is left; `its owner` alone says nothing outside of its sentence.
    """
    first, last = trimmed(found, first, last)
    if last - first > 1 and found[last - 1].low.endswith(("ed", "een")) and found[last - 2].low not in DETERMINERS:
        last -= 1  # `figures released on Monday`
    low = lows(found[first:last])
    if not 0 < len(low) <= _LONGEST:
        return None
    if len(low) == 1 and low[0] in PRONOUNS:
        return Phrase(first, last, pronoun=True)
    if low[0] in POSSESSIVES:
        name = name_before(found, last, first + 1)
        return Phrase(name, last) if name < last and found[name - 1].low not in PREPOSITIONS else None
    if low[0] in PREPOSITIONS | NOBODY or low[-1] in PREPOSITIONS | DETERMINERS | _NO_HEADS:
        return None
    if found[first].text[:1].isdigit() or (found[first].text.islower() and low[0].endswith("ing")):
        return None
    wrong = any(word in FINITE | PAST | PRONOUNS | {"not"} for word in low)
    return None if wrong or any(is_mark(token) for token in found[first:last]) else Phrase(first, last)


def following(found: Sequence[Token], first: int) -> Phrase | None:
    """Return the noun phrase that begins at an index, without appositions and what is said of its place and time.

    None also where its end is not to be seen: `according to police two men were`.
    """
    last = first
    while last < len(found) and not _ends_phrase(found, first, last):
        last += 1
    grouped = last > first and found[last - 1].low in GROUPS and found[min(last, len(found) - 1)].low not in FINITE
    if last < len(found) and _runs_on(found[last]) and not grouped:
        of = next((i for i in range(first, last) if found[i].low == "of"), first)
        last = of if is_name(found, first, of) else first
    if last == first:
        return None
    named = last + 1 if last < len(found) and found[last].text == "," else last
    end = named
    while end < len(found) and is_name(found, end, end + 1):
        end += 1
    if found[first].low in DETERMINERS and end > named > last and (end == len(found) or is_mark(found[end])):
        return noun_phrase(found, named, end)
    return noun_phrase(found, first, last)


def skip_occasion(found: Sequence[Token], at: int, last: int) -> int:
    """Return the index behind the adverbs, times and occasions of speech that begin at an index."""
    while at < last:
        ahead = max(_behind_time(found, at, last), _behind_occasion(found, at, last))
        if ahead == at and (found[at].low in LEADING or is_adverb(found[at].text)):
            ahead = at + 1
        if ahead == at:
            break
        at = ahead
    return at


def is_name(found: Sequence[Token], first: int, last: int) -> bool:
    """Tell whether all tokens are those of a proper name."""
    words = found[first:last]
    if not words or not words[0].text[:1].isupper() or words[0].low in PREPOSITIONS | SUBORDINATORS | DETERMINERS:
        return False
    return all(word.text[:1].isupper() or word.text in PARTICLES for word in words)


def name_before(found: Sequence[Token], end: int, lowest: int = 0) -> int:
    """Return where the name begins that ends before an index; the index where there is none."""
    first = end
    while first > lowest and is_name(found, first - 1, end):
        first -= 1
    return first


def is_adverb(word: str) -> bool:
    """Tell whether a word is an adverb in -ly."""
    return word.endswith("ly") and word.islower() and len(word) > 4 and word not in _NO_ADVERBS


def trimmed(found: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    """Return the range of some tokens without leading adverbs and times and without a time at the end."""
    ahead = skip_occasion(found, first, last)
    while first < last and found[first].low in LEADING:
        first += 1
    first = max(first, ahead) if ahead < last else first
    while last - first > 1 and _is_time(found[last - 1]):
        last -= 1 + (found[last - 2].low in {"on", "last", "this", "late", "early"})
    return first, last


def _is_time(token: Token) -> bool:
    return token.low in TIMES and (token.text.islower() or (token.low in DATES and token.low not in {"may", "march"}))


def _behind_time(found: Sequence[Token], at: int, last: int) -> int:
    ahead, timed = at, False
    articled = found[at].low in DETERMINERS  # `a year later`, but not `a 2015 study`
    while ahead < last and (
        found[ahead].low in TIMES | TIME_LINKS
        or (found[ahead].text[0].isdigit() and not articled)
        or (found[ahead].low == "that" and ahead + 1 < last and found[ahead + 1].low in TIMES)
    ):
        timed = timed or found[ahead].low in TIMES or (found[ahead].text.isdecimal() and len(found[ahead].text) == 4)
        ahead += 1
    while ahead > at and found[ahead - 1].low in {"the", "a", "an", "this", "of", "first", "second"}:
        ahead -= 1  # `on Monday the mayor`: the article belongs to what follows
    return ahead if timed else at


def _behind_occasion(found: Sequence[Token], at: int, last: int) -> int:
    if found[at].low not in {"at", "before", "during", "in", "on", "through", "to", "via", "after", "by"}:
        return at
    for i in range(at + 1, min(at + 6, last)):
        if found[i].low in OCCASIONS and not (i + 1 < last and found[i + 1].low in OCCASIONS):
            return i + 1
        if is_mark(found[i]) or found[i].low in FINITE | SUBORDINATORS:
            break
    return at


def _ends_phrase(found: Sequence[Token], first: int, at: int) -> bool:
    """Tell whether a phrase that began at `first` is over before the token at an index."""
    token = found[at]
    if is_mark(token) or token.low in FINITE | SUBORDINATORS or _is_time(token):
        return True
    if at == first:
        return False
    if token.low == "and":
        ahead = found[at + 1] if at + 1 < len(found) else None
        return ahead is None or not (ahead.text[:1].isupper() or ahead.low in GROUPS)
    if token.low in PREPOSITIONS:
        return token.low not in {"for", "from", "of"}
    return _runs_on(token) and found[at - 1].low not in PREPOSITIONS | {"and"}


def _runs_on(token: Token) -> bool:
    """Tell whether a word begins another phrase or goes on with a sentence."""
    return token.low in FINITE | DETERMINERS | PRONOUNS or token.text[:1].isdigit()
