"""Finds noun phrases, and the subject of a verb across appositions, relative clauses and "and".

There is no parser: a phrase is bounded by punctuation and function words, and rejected if it holds
a word that no noun phrase contains. Rejecting a good phrase only loses an attribution; accepting a
bad one would name the wrong source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qa.answering.reported_speech.lexicon import (
    BEFORE_VERB,
    CLAIM,
    DATES,
    DETERMINERS,
    FINITE,
    GROUPS,
    LEADING,
    NOBODY,
    NON_ASSERTIVE,
    OCCASIONS,
    PARTICLES,
    PAST,
    PREPOSITIONS,
    PRONOUNS,
    SAY,
    SUBORDINATORS,
    TIME_LINKS,
    TIMES,
)
from qa.answering.reported_speech.tokens import DASHES, QUOTATION, Token, is_mark, low_at, lows
from qa.lexicon import POSSESSIVES

_LONGEST_PHRASE = 12
_LONGEST_NAME = 5
_NOT_HEADS = frozenset("first last latest most new only other same second very".split())
_NOT_ADVERBS = frozenset("ally assembly family supply".split())
_OCCASION_PREPOSITIONS = frozenset("after at before by during in on through to via".split())
_PHRASE_STARTERS = FINITE | DETERMINERS | PRONOUNS
_EMBEDDERS = frozenset("that who which after when because while before".split()) | {QUOTATION}
_CLAUSE_OPENERS = SUBORDINATORS | SAY | CLAIM


class Phrase(NamedTuple):
    """The tokens `first` to `last - 1`, and whether they are a pronoun."""

    first: int
    last: int
    pronoun: bool = False


def noun_phrase(tokens: Sequence[Token], first: int, last: int) -> Phrase | None:
    """Return the noun phrase that some tokens form, or None if they do not form one.

    Adverbs and times at its start and times at its end are dropped. Of `its owner Anna Berg` only
    the name is returned; `its owner` alone means nothing outside its sentence.
    """
    first, last = _trim(tokens, first, last)
    if (
        last - first > 1
        and tokens[last - 1].low.endswith(("ed", "een"))
        and tokens[last - 2].low not in DETERMINERS
    ):
        last -= 1  # `figures released on Monday`
    low = lows(tokens[first:last])
    if not 0 < len(low) <= _LONGEST_PHRASE:
        return None
    if len(low) == 1 and low[0] in PRONOUNS:
        return Phrase(first, last, pronoun=True)
    if low[0] in POSSESSIVES:
        name = name_before(tokens, last, first + 1)
        named = name < last and tokens[name - 1].low not in PREPOSITIONS
        return Phrase(name, last) if named else None
    if low[0] in PREPOSITIONS | NOBODY or low[-1] in PREPOSITIONS | DETERMINERS | _NOT_HEADS:
        return None
    if tokens[first].text[:1].isdigit() or (
        tokens[first].text.islower() and low[0].endswith("ing")
    ):
        return None
    excluded = any(word in FINITE | PAST | PRONOUNS | {"not"} for word in low)
    return None if excluded or any(map(is_mark, tokens[first:last])) else Phrase(first, last)


def noun_phrase_at(tokens: Sequence[Token], first: int) -> Phrase | None:
    """Return the noun phrase that starts at an index, without appositions, place or time.

    None also if its end is in doubt, as in `according to police two men were`.
    """
    last = first
    while last < len(tokens) and not _ends_phrase(tokens, first, last):
        last += 1
    group = (
        last > first
        and tokens[last - 1].low in GROUPS
        and tokens[min(last, len(tokens) - 1)].low not in FINITE
    )
    if last < len(tokens) and _starts_phrase(tokens[last]) and not group:
        of = next((i for i in range(first, last) if tokens[i].low == "of"), first)
        last = of if is_name(tokens, first, of) else first
    if last == first:
        return None
    name = last + 1 if low_at(tokens, last) == "," else last
    end = name
    while end < len(tokens) and is_name(tokens, end, end + 1):
        end += 1
    apposition = end > name > last and (end == len(tokens) or is_mark(tokens[end]))
    if tokens[first].low in DETERMINERS and apposition:
        return noun_phrase(tokens, name, end)
    return noun_phrase(tokens, first, last)


def skip_adverbials(tokens: Sequence[Token], at: int, last: int) -> int:
    """Return the index behind the adverbs, times and occasions of speech that start at `at`."""
    while at < last:
        behind = max(_time_end(tokens, at, last), _occasion_end(tokens, at, last))
        if behind == at and (tokens[at].low in LEADING or is_adverb(tokens[at].text)):
            behind = at + 1
        if behind == at:
            break
        at = behind
    return at


def is_name(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Return whether the tokens form a proper name."""
    words = tokens[first:last]
    if (
        not words
        or not words[0].text[:1].isupper()
        or words[0].low in PREPOSITIONS | SUBORDINATORS | DETERMINERS
    ):
        return False
    return all(word.text[:1].isupper() or word.text in PARTICLES for word in words)


def name_before(tokens: Sequence[Token], end: int, lowest: int = 0) -> int:
    """Return the index where the proper name that ends before `end` starts; `end` without one."""
    first = end
    while first > lowest and is_name(tokens, first - 1, end):
        first -= 1
    return first


def is_adverb(word: str) -> bool:
    """Return whether a word is an adverb in -ly."""
    return word.endswith("ly") and word.islower() and len(word) > 4 and word not in _NOT_ADVERBS


def subject(tokens: Sequence[Token], verb: int) -> Phrase | None:
    """Return the subject of the verb at an index, or None if it is in doubt."""
    end = verb_group_start(tokens, verb)
    if end == 0:
        return None
    mark = tokens[end - 1].low
    if mark in {"who", "which"} and end > 1 and tokens[end - 2].text == ",":
        return _antecedent(tokens, end - 2)
    if mark in {",", ")", *DASHES}:
        phrase = _appositive_head(tokens, end - 1)
    else:
        first = _clause_opening(tokens, end)
        phrase = None if _is_conditional(tokens, first) else _last_phrase(tokens, first, end)
    possessive = phrase and tokens[phrase.last - 1].low.endswith(("'s", "s'"))
    return None if possessive else phrase


def main_subject(tokens: Sequence[Token], end: int) -> Phrase | None:
    """Return the subject of the sentence's first verb, provided that it governs `end` too."""
    if any(token.low in _EMBEDDERS for token in tokens[:end]):
        return None
    verb = next(
        (
            i
            for i, t in enumerate(tokens[:end])
            if t.low in FINITE | PAST or (t.low.endswith("ed") and i)
        ),
        0,
    )
    plain = 0 < verb <= 4 or (verb and is_name(tokens, 0, verb))
    return noun_phrase(tokens, 0, verb) if plain else None


def verb_group_start(tokens: Sequence[Token], verb: int) -> int:
    """Return the index where the adverbs and forms of "have" before a verb start."""
    end = verb
    while end and (tokens[end - 1].text in BEFORE_VERB or is_adverb(tokens[end - 1].text)):
        end -= 1
    return end


def is_non_assertive(tokens: Sequence[Token], verb: int) -> bool:
    """Return whether a verb is negated, passive, modal or an infinitive, so asserts nothing."""
    before = low_at(tokens, verb_group_start(tokens, verb) - 1)
    passive = low_at(tokens, verb + 1) == "by"
    return passive or before in NON_ASSERTIVE or before.endswith("n't")


def _trim(tokens: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    """Drop adverbs and times at the start of some tokens, and a time at their end."""
    behind = skip_adverbials(tokens, first, last)
    while first < last and tokens[first].low in LEADING:
        first += 1
    first = max(first, behind) if behind < last else first
    while last - first > 1 and _is_time(tokens[last - 1]):
        last -= 1 + (tokens[last - 2].low in {"on", "last", "this", "late", "early"})
    return first, last


def _is_time(token: Token) -> bool:
    return token.low in TIMES and (
        token.text.islower() or (token.low in DATES and token.low not in {"may", "march"})
    )


def _time_end(tokens: Sequence[Token], at: int, last: int) -> int:
    behind, timed = at, False
    articled = tokens[at].low in DETERMINERS  # `a year later`, but not `a 2015 study`
    while behind < last and (
        tokens[behind].low in TIMES | TIME_LINKS
        or (tokens[behind].text[0].isdigit() and not articled)
        or (tokens[behind].low == "that" and behind + 1 < last and tokens[behind + 1].low in TIMES)
    ):
        year = tokens[behind].text.isdecimal() and len(tokens[behind].text) == 4
        timed = timed or tokens[behind].low in TIMES or year
        behind += 1
    while behind > at and tokens[behind - 1].low in set("the a an this of first second".split()):
        behind -= 1  # `on Monday the mayor`: the article belongs to what follows
    return behind if timed else at


def _occasion_end(tokens: Sequence[Token], at: int, last: int) -> int:
    if tokens[at].low not in _OCCASION_PREPOSITIONS:
        return at
    for i in range(at + 1, min(at + 6, last)):
        if tokens[i].low in OCCASIONS and not (i + 1 < last and tokens[i + 1].low in OCCASIONS):
            return i + 1
        if is_mark(tokens[i]) or tokens[i].low in FINITE | SUBORDINATORS:
            break
    return at


def _ends_phrase(tokens: Sequence[Token], first: int, at: int) -> bool:
    """Return whether a phrase that starts at `first` ends before the token at `at`."""
    token = tokens[at]
    if is_mark(token) or token.low in FINITE | SUBORDINATORS or _is_time(token):
        return True
    if at == first:
        return False
    if token.low == "and":
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        return after is None or not (after.text[:1].isupper() or after.low in GROUPS)
    if token.low in PREPOSITIONS:
        return token.low not in {"for", "from", "of"}
    return _starts_phrase(token) and tokens[at - 1].low not in PREPOSITIONS | {"and"}


def _starts_phrase(token: Token) -> bool:
    """Return whether a word starts another phrase or continues the sentence."""
    return token.low in _PHRASE_STARTERS or token.text[:1].isdigit()


def _clause_opening(tokens: Sequence[Token], end: int) -> int:
    """Return the index behind the last mark, conjunction or reporting verb before `end`."""
    first = end
    while first and tokens[first - 1].low not in _CLAUSE_OPENERS and not is_mark(tokens[first - 1]):
        first -= 1
    return first


def _is_conditional(tokens: Sequence[Token], first: int) -> bool:
    """Return whether a clause is no assertion: `if police said`, `rivals such as Orland said`."""
    link = low_at(tokens, first - 1)
    if link == "as":
        return low_at(tokens, first - 2) in {"known", "such", "well"}
    return link in {"how", "if", "than", "unless", "whether", "why"}


def _last_phrase(tokens: Sequence[Token], first: int, last: int) -> Phrase | None:
    """Return the noun phrase that ends a clause; the whole of `A and B` if `A` is only a phrase."""
    joint = max((i for i in range(first, last) if tokens[i].low in {"and", "or"}), default=-1)
    bare = (
        first < last
        and tokens[first].text.islower()
        and tokens[first].low not in DETERMINERS | GROUPS
    )
    if (
        low_at(tokens, first - 1) == ","
        and (joint >= first or bare)
        and _ends_in_name(tokens, first - 1)
    ):
        return None  # the last of several names, or a description of one
    if joint <= first:
        return noun_phrase(tokens, max(first, joint + 1), last)
    left, right = noun_phrase(tokens, first, joint), noun_phrase(tokens, joint + 1, last)
    low = lows(tokens[first:joint])
    if not left or not right or left.pronoun or any(word.endswith("ed") for word in low):
        return right
    short = left.last - left.first <= 1 + (tokens[left.first].low in DETERMINERS)
    whole = short or is_name(tokens, left.first, left.last) or {"of", "for", "from"} & set(low)
    return Phrase(left.first, right.last) if whole else None


def _ends_in_name(tokens: Sequence[Token], comma: int) -> bool:
    """Return whether a name, with or without a title, is all that precedes a comma."""
    first, last = _trim(tokens, _clause_opening(tokens, comma), comma)
    return (
        is_name(tokens, last - 1, last)
        and tokens[first].low not in PREPOSITIONS
        and last - first <= _LONGEST_NAME
    )


def _antecedent(tokens: Sequence[Token], comma: int) -> Phrase | None:
    """Return the antecedent of `, who`: a name, or the short subject of the sentence."""
    first = name_before(tokens, comma)
    if first < comma:
        linked = {"of", "and"} & set(lows(tokens[max(first - 2, 0) : first]))
        return None if linked else noun_phrase(tokens, first, comma)
    phrase = noun_phrase(tokens, 0, comma)
    short = phrase is not None and phrase.last - phrase.first <= 3
    return phrase if phrase and short and tokens[phrase.first].low in DETERMINERS else None


def _appositive_head(tokens: Sequence[Token], comma: int) -> Phrase | None:
    """Return the head before `, the minister,` or `, who left,`; of a title and name the name."""
    parts = _comma_parts(tokens, comma)
    if tokens[parts[-1][0]].low in {"and", "or"} and parts[-1][0] < comma:
        return None  # the last of a list
    k = len(parts) - 2
    while k > 0 and not is_name(tokens, *parts[k + 1]):
        word = tokens[parts[k][0]].text if parts[k][0] < parts[k][1] else "0"
        if not (word[0].isdigit() or word[0].islower() or word.lower() in DETERMINERS):
            break  # this part is no mere addition to what precedes it
        k -= 1
    if k < 0:
        return None
    phrase = _last_phrase(tokens, *parts[k])
    if phrase is None and k + 2 < len(parts):
        k += 1
        phrase = _last_phrase(tokens, *parts[k])
    if not is_name(tokens, *parts[k + 1]):
        return phrase
    if phrase is None:
        owned = tokens[parts[k][0]].low in DETERMINERS  # `its owner, Anna Berg,`
        return noun_phrase(tokens, *parts[k + 1]) if owned else None
    # `the mayor, Anna Berg,` but not `a team from the University of Orland, Vey,`
    named = is_name(tokens, phrase.last - 1, phrase.last)
    title = tokens[phrase.first].low in DETERMINERS and not named
    return noun_phrase(tokens, *parts[k + 1]) if title else phrase


def _comma_parts(tokens: Sequence[Token], comma: int) -> list[tuple[int, int]]:
    """Return the parts between commas, dashes or brackets, back to a stronger mark."""
    parts: list[tuple[int, int]] = []
    last = at = comma
    while at:
        at -= 1
        if is_mark(tokens[at]) and tokens[at].text != ")":
            parts.insert(0, (at + 1, last))
            last = at
            if tokens[at].text in {";", ":", QUOTATION, "?", "!"}:
                return parts
    return [(0, last), *parts]
