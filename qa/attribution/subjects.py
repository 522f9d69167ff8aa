"""Finds the subject of a verb, across appositions, relative clauses and coordination."""

from __future__ import annotations

from collections.abc import Sequence

from qa.attribution.lexicon import (
    BEFORE_VERB,
    CLAIM,
    DETERMINERS,
    FINITE,
    GROUPS,
    NO_CLAIM,
    PAST,
    PREPOSITIONS,
    SAY,
    SUBORDINATORS,
)
from qa.attribution.phrases import Phrase, is_adverb, is_name, name_before, noun_phrase, trimmed
from qa.attribution.tokens import DASHES, QUOTATION, Token, is_mark, lows

_LONGEST_NAME = 5
_EMBEDS = frozenset("that who which after when because while before".split()) | {QUOTATION}
_OPENING = SUBORDINATORS | SAY | CLAIM


def subject(found: Sequence[Token], verb: int) -> Phrase | None:
    """Return the subject of the verb at an index, or None where there is none to be sure of."""
    end = before_verb(found, verb)
    if end == 0:
        return None
    mark = found[end - 1].low
    if mark in {"who", "which"} and end > 1 and found[end - 2].text == ",":
        return _antecedent(found, end - 2)
    if mark in {",", ")", *DASHES}:
        phrase = _head_of_apposition(found, end - 1)
    else:
        first = _clause(found, end)
        phrase = None if _names_no_source(found, first) else _last_phrase(found, first, end)
    return None if phrase and found[phrase.last - 1].low.endswith(("'s", "s'")) else phrase


def main_subject(found: Sequence[Token], end: int) -> Phrase | None:
    """Return the subject of the sentence's first verb, where its second verb stands behind an index."""
    if any(token.low in _EMBEDS for token in found[:end]):
        return None
    verbs = (i for i, t in enumerate(found[:end]) if t.low in FINITE | PAST or (t.low.endswith("ed") and i))
    verb = next(verbs, 0)
    return noun_phrase(found, 0, verb) if verb and (is_name(found, 0, verb) or verb <= 4) else None


def before_verb(found: Sequence[Token], verb: int) -> int:
    """Return the index behind the last token before a verb that is neither an adverb nor `have`."""
    end = verb
    while end and (found[end - 1].text in BEFORE_VERB or is_adverb(found[end - 1].text)):
        end -= 1
    return end


def no_claim(found: Sequence[Token], verb: int) -> bool:
    """Tell whether a verb is negated, passive, an infinitive or only possible: nothing is claimed."""
    end = before_verb(found, verb)
    passive = lows(found[verb + 1 : verb + 2]) == ["by"]
    return passive or (end > 0 and (found[end - 1].low in NO_CLAIM or found[end - 1].low.endswith("n't")))


def _clause(found: Sequence[Token], end: int) -> int:
    """Return where the clause that ends before an index begins."""
    first = end
    while first and found[first - 1].low not in _OPENING and not is_mark(found[first - 1]):
        first -= 1
    return first


def _names_no_source(found: Sequence[Token], first: int) -> bool:
    """Tell whether a clause is a condition, or no clause: `if police said`, `rivals such as Orland said`."""
    link = lows(found[max(first - 2, 0) : first])
    if link[-1:] == ["as"]:
        return link[0] in {"known", "such", "well"}
    return not {"how", "if", "than", "unless", "whether", "why"}.isdisjoint(link[-1:])


def _last_phrase(found: Sequence[Token], first: int, last: int) -> Phrase | None:
    """Return the subject at the end of a clause; of `A and B` both, if `A` is no clause of its own."""
    joint = max((i for i in range(first, last) if found[i].low in {"and", "or"}), default=-1)
    bare = first < last and found[first].text.islower() and found[first].low not in DETERMINERS | GROUPS
    if first and found[first - 1].text == "," and (joint >= first or bare) and _ends_in_name(found, first - 1):
        return None  # the last of several names, or what is said of one
    if joint <= first:
        return noun_phrase(found, max(first, joint + 1), last)
    left, right = noun_phrase(found, first, joint), noun_phrase(found, joint + 1, last)
    low = lows(found[first:joint])
    if not left or not right or left.pronoun or any(word.endswith("ed") for word in low):
        return right
    short = left.last - left.first <= 1 + (found[left.first].low in DETERMINERS)
    whole = short or is_name(found, left.first, left.last) or {"of", "for", "from"} & set(low)
    return Phrase(left.first, right.last) if whole else None


def _ends_in_name(found: Sequence[Token], comma: int) -> bool:
    """Tell whether all that stands between a comma and the mark before it is a name, with or without a title."""
    first, last = trimmed(found, _clause(found, comma), comma)
    return is_name(found, last - 1, last) and found[first].low not in PREPOSITIONS and last - first <= _LONGEST_NAME


def _antecedent(found: Sequence[Token], comma: int) -> Phrase | None:
    """Return the name, or the short subject of the sentence, that `, who` is about."""
    first = name_before(found, comma)
    if first < comma:
        linked = {"of", "and"} & set(lows(found[max(first - 2, 0) : first]))
        return None if linked else noun_phrase(found, first, comma)
    phrase = noun_phrase(found, 0, comma)
    short = phrase is not None and phrase.last - phrase.first <= 3
    return phrase if phrase and short and found[phrase.first].low in DETERMINERS else None


def _head_of_apposition(found: Sequence[Token], comma: int) -> Phrase | None:
    """Return the subject before `, the minister,` or `, who was there,`; of a title and a name the name."""
    parts = _parts(found, comma)
    if lows(found[parts[-1][0] : comma])[:1] in (["and"], ["or"]):
        return None  # the last of a list
    k = len(parts) - 2
    while k > 0 and _adds(found, *parts[k]) and not is_name(found, *parts[k + 1]):
        k -= 1
    if k < 0:
        return None
    phrase = _last_phrase(found, *parts[k])
    if phrase is None and k + 2 < len(parts):
        k += 1
        phrase = _last_phrase(found, *parts[k])
    if not is_name(found, *parts[k + 1]):
        return phrase
    if phrase is None:
        owned = found[parts[k][0]].low in DETERMINERS  # `its owner, Anna Berg,`
        return noun_phrase(found, *parts[k + 1]) if owned else None
    # `the mayor, Anna Berg,` but not `a team from the University of Orland, Vey,`
    titled = found[phrase.first].low in DETERMINERS and not is_name(found, phrase.last - 1, phrase.last)
    return noun_phrase(found, *parts[k + 1]) if titled else phrase


def _parts(found: Sequence[Token], comma: int) -> list[tuple[int, int]]:
    """Return the parts between the commas, dashes or brackets before an index, back to a stronger mark."""
    parts: list[tuple[int, int]] = []
    last = at = comma
    while at:
        at -= 1
        if is_mark(found[at]) and found[at].text != ")":
            parts.insert(0, (at + 1, last))
            last = at
            if found[at].text in {";", ":", QUOTATION, "?", "!"}:
                return parts
    return [(0, last), *parts]


def _adds(found: Sequence[Token], first: int, last: int) -> bool:
    """Tell whether a part between commas only adds to what stands before it."""
    word = found[first].text if first < last else "0"
    return word[0].isdigit() or word[0].islower() or word.lower() in DETERMINERS
