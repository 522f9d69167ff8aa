"""Tells how far a claim reaches: from a verb of speech on, or back from `she said`, as far as it surely goes."""

from __future__ import annotations

from collections.abc import Sequence

from qa.attribution.lexicon import (
    ADDRESSEES,
    CLAIM_OBJECT,
    CLAIM_THAT,
    FINITE,
    GROUPS,
    PAST,
    PREPOSITIONS,
    PRONOUNS,
    SAY,
    SUBORDINATORS,
    TELL,
)
from qa.attribution.phrases import is_name, skip_occasion
from qa.attribution.tokens import DASHES, QUOTATION, Token, is_mark, lows

Range = tuple[int, int]

_SWITCHES = frozenset("although but though whereas while yet".split())
_NEW_CLAUSES = _SWITCHES | frozenset("after as before nor so when where which who whom whose".split())
_LINKS = _SWITCHES | frozenset("and because that".split())
_STRONG = frozenset("; ! ?".split()) | (DASHES - {"-"})
_PLACES = frozenset("after at before during from in on".split())
# How far behind a verb of speech `that` or a colon may follow: `said in Geneva after the talks that`.
_REACH = 12


def clause_end(found: Sequence[Token], start: int) -> int:
    """Return where the clause that begins at an index ends: before what may be the article's own words again."""
    for i in range(start, len(found)):
        if found[i].text in _STRONG or _is_full_stop(found, i):
            return i
        if found[i].text == "," and i > start and _is_clause(found, i + 1, _NEW_CLAUSES):
            return i
    return len(found)


def clause_start(found: Sequence[Token], end: int) -> int:
    """Return where the clause that ends before an index begins."""
    for i in range(end - 1, 0, -1):
        switch = found[i].text == "," and i + 1 < end and _is_clause(found, i + 1, _SWITCHES)
        if switch or found[i].text in _STRONG or (i + 1 < end and _is_full_stop(found, i)):
            return i + 1
    return 0


def opens_clause(found: Sequence[Token], at: int) -> bool:
    """Tell whether a clause begins at an index, rather than goes on."""
    before = at - 1 - (lows(found[max(at - 1, 0) : at]) == [","] and at > 1 and found[at - 2].low in _LINKS)
    return before < 0 or found[before].text in {":", "(", *_STRONG} or found[before].low in _LINKS


def has_verb(found: Sequence[Token], part: Range) -> bool:
    """Tell whether some tokens are more than a phrase: they hold a verb, or are a quotation."""
    return any(t.low in FINITE | PAST or t.low.endswith("ed") or t.text == QUOTATION for t in found[slice(*part)])


def part(first: int, last: int) -> tuple[Range, ...]:
    """Return a range as the one part of a claim; none where it is empty."""
    return ((first, last),) if first < last else ()


def behind_speech(found: Sequence[Token], verb: int) -> int | None:
    """Return where what is said may begin, behind who is told, when and where; None where that is not to be seen."""
    at: int | None = verb + 1
    if found[verb].low in {"pointed", "points"}:
        at = verb + 1 + (lows(found[verb + 1 : verb + 2]) == ["out"])
    elif found[verb].low in TELL:
        at = _behind_addressee(found, verb + 1)
    return None if at is None else skip_occasion(found, at, len(found))


def is_aside(found: Sequence[Token], verb: int) -> bool:
    """Tell whether nothing that is said follows a verb of speech: `..., she said on Monday`."""
    at = behind_speech(found, verb)
    if at is not None and (at >= len(found) or (is_mark(found[at]) and found[at].text not in {":", QUOTATION})):
        return lows(found[at : at + 2]) != [",", QUOTATION]
    open_ended = at is None or (found[verb].low in SAY | TELL and found[at].low in PREPOSITIONS - {"to"})
    rest = (verb + 1, clause_end(found, verb + 1))
    return open_ended and not any(t.low in FINITE | {QUOTATION, ":", "that"} for t in found[slice(*rest)])


def complement(found: Sequence[Token], verb: int) -> Range | None:
    """Return what follows a verb of speech as what is said, or None where that is no claim or not to be seen."""
    at, low = behind_speech(found, verb), found[verb].low
    if at is None:
        return _announced(found, verb + 1, {":", QUOTATION, "that"})
    mark = found[at].low if at < len(found) else ""
    if mark in {"that", ":"} or lows(found[at : at + 2]) == [",", QUOTATION]:
        return _range(at + 1, clause_end(found, at + 1))
    if mark in PREPOSITIONS - {"to"}:
        return _announced(found, at, {":", QUOTATION, "that"} if mark in _PLACES else {":", QUOTATION})
    if mark in {"", "so", "to"} or (mark != QUOTATION and (is_mark(found[at]) or low in CLAIM_THAT)):
        return None
    claims = mark == QUOTATION or low in SAY | CLAIM_OBJECT or _is_claim(found, at)
    return _range(at, clause_end(found, at)) if claims else None


def resumed(found: Sequence[Token], at: int, before: tuple[Range, ...]) -> tuple[Range, ...]:
    """Return what goes on behind `, she said,`: the rest of the clause that began before it."""
    while at < len(found) and not is_mark(found[at]):
        at += 1
    start = at + (lows(found[at : at + 1]) == [","])
    if start >= len(found) or found[at].text not in {",", QUOTATION}:
        return ()
    end = clause_end(found, start)
    began = any(has_verb(found, p) for p in before)
    goes_on = found[start].low in FINITE | {"because", "that", QUOTATION} or (
        not began and has_verb(found, (start, end))
    )
    return part(start, end) if goes_on else ()


def _is_full_stop(found: Sequence[Token], at: int) -> bool:
    """Tell whether a sentence ends at an index, also where two were not told apart."""
    behind = found[at + 1].text if at + 1 < len(found) else "A"
    return found[at].text == "." and (behind[:1].isupper() or behind == QUOTATION) and found[at - 1].text != "."


def _is_clause(found: Sequence[Token], at: int, switches: frozenset[str]) -> bool:
    """Tell whether a new clause of its own begins at an index, and no further item of a list."""
    low = lows(found[at : at + 2])
    if not low or low[0] in switches:
        return bool(low)
    if low[0] not in {"and", "or"} or low[1:] == ["that"]:
        return False
    end = next((i for i in range(at, len(found)) if found[i].text in {",", ".", ";", ":"}), len(found))
    return has_verb(found, (at, end))


def _is_claim(found: Sequence[Token], at: int) -> bool:
    """Tell whether a clause follows a verb that may also have an object: `confirmed it was`, not `confirmed him`."""
    for token in found[at : clause_end(found, at)]:
        if token.low in FINITE or token.text == QUOTATION:
            return True
        if token.low in SUBORDINATORS or token.text == ",":
            return False
    return False


def _announced(found: Sequence[Token], at: int, marks: set[str]) -> Range | None:
    """Return what stands behind the first of some marks that follows soon."""
    for i in range(at, min(at + _REACH, clause_end(found, at))):
        if found[i].low in marks:
            return _range(i + (found[i].text != QUOTATION), clause_end(found, i + 1))
        if found[i].text == "," or found[i].low in FINITE | {"to"}:
            return None
    return None


def _range(first: int, last: int) -> Range | None:
    return (first, last) if first < last else None


def _behind_name(found: Sequence[Token], first: int) -> int:
    last = first
    while last < len(found) and is_name(found, first, last + 1):
        last += 1
    return last


def _behind_addressee(found: Sequence[Token], at: int) -> int | None:
    """Return the index behind who is told; None where that is not to be seen."""
    if lows(found[at : at + 1])[:1] and found[at].low in PRONOUNS:
        return at + 1
    first = at + (lows(found[at : at + 1]) == ["the"])
    last = _behind_name(found, first)
    for i in range(last, min(last + 4, len(found))):
        if found[i].low in ADDRESSEES:
            return i + 1 if found[i].low in GROUPS else _behind_name(found, i + 1)
        if is_mark(found[i]) or found[i].low in FINITE | SUBORDINATORS:
            break
    return last if last > first else None
