"""Finds where clauses start and end, and which clause a reporting verb introduces.

A range is the indices of its first token and of the one behind its last.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.answering.reported_speech.lexicon import (
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
from qa.answering.reported_speech.phrases import is_name, skip_adverbials
from qa.answering.reported_speech.tokens import DASHES, QUOTATION, Token, is_mark, low_at, lows

Range = tuple[int, int]

_CONTRASTS = frozenset("although but though whereas while yet".split())
_NEW_CLAUSES = _CONTRASTS | frozenset(
    "after as before nor so when where which who whom whose".split()
)
_LINKS = _CONTRASTS | frozenset("and because that".split())
_STRONG_MARKS = frozenset("; ! ?".split()) | (DASHES - {"-"})
_SETTINGS = frozenset("after at before during from in on".split())
_INTRODUCERS = frozenset({":", QUOTATION, "that"})
# `said in Geneva after the talks that`: how far behind the verb `that` or a colon may follow.
_MAX_DISTANCE = 12


def clause_end(tokens: Sequence[Token], start: int) -> int:
    """Return the index behind the clause that starts at an index."""
    for i in range(start, len(tokens)):
        if tokens[i].text in _STRONG_MARKS or _is_full_stop(tokens, i):
            return i
        if tokens[i].text == "," and i > start and _starts_clause(tokens, i + 1, _NEW_CLAUSES):
            return i
    return len(tokens)


def clause_start(tokens: Sequence[Token], end: int) -> int:
    """Return the index at which the clause starts that ends before `end`."""
    for i in range(end - 1, 0, -1):
        inner = i + 1 < end
        contrast = inner and tokens[i].text == "," and _starts_clause(tokens, i + 1, _CONTRASTS)
        if contrast or tokens[i].text in _STRONG_MARKS or (inner and _is_full_stop(tokens, i)):
            return i + 1
    return 0


def opens_clause(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a clause starts, rather than continues, at an index."""
    before = at - 1
    if at > 1 and tokens[before].low == "," and tokens[at - 2].low in _LINKS:
        before -= 1
    return (
        before < 0
        or tokens[before].text in {":", "(", *_STRONG_MARKS}
        or tokens[before].low in _LINKS
    )


def has_verb(tokens: Sequence[Token], within: Range) -> bool:
    """Return whether a range holds a finite verb or a quotation, and so more than a phrase."""
    return any(
        t.low in FINITE | PAST or t.low.endswith("ed") or t.text == QUOTATION
        for t in tokens[slice(*within)]
    )


def ranges(first: int, last: int) -> tuple[Range, ...]:
    """Return the range in a tuple; an empty tuple for an empty range."""
    return ((first, last),) if first < last else ()


def is_parenthetical(tokens: Sequence[Token], verb: int) -> bool:
    """Return whether a reporting verb has no content behind it: `..., she said on Monday`."""
    at = _content_start(tokens, verb)
    if at is not None and (
        at >= len(tokens) or (is_mark(tokens[at]) and tokens[at].text not in {":", QUOTATION})
    ):
        return lows(tokens[at : at + 2]) != [",", QUOTATION]
    open_ended = at is None or (
        tokens[verb].low in SAY | TELL and tokens[at].low in PREPOSITIONS - {"to"}
    )
    rest = tokens[verb + 1 : clause_end(tokens, verb + 1)]
    return open_ended and not any(t.low in FINITE | _INTRODUCERS for t in rest)


def reported_clause(tokens: Sequence[Token], verb: int) -> Range | None:
    """Return the clause that a reporting verb introduces; None without one, or if in doubt."""
    at, low = _content_start(tokens, verb), tokens[verb].low
    if at is None:
        return _introduced(tokens, verb + 1, _INTRODUCERS)
    follows = low_at(tokens, at)
    if follows in {"that", ":"} or lows(tokens[at : at + 2]) == [",", QUOTATION]:
        return _range(at + 1, clause_end(tokens, at + 1))
    if follows in PREPOSITIONS - {"to"}:
        allowed = _INTRODUCERS if follows in _SETTINGS else _INTRODUCERS - {"that"}
        return _introduced(tokens, at, allowed)
    if follows in {"", "so", "to"} or (
        follows != QUOTATION and (is_mark(tokens[at]) or low in CLAIM_THAT)
    ):
        return None
    claims = follows == QUOTATION or low in SAY | CLAIM_OBJECT or _has_finite_verb(tokens, at)
    return _range(at, clause_end(tokens, at)) if claims else None


def resumed_content(
    tokens: Sequence[Token], at: int, before: tuple[Range, ...]
) -> tuple[Range, ...]:
    """Return the content that resumes behind `, she said,`.

    Args:
        tokens: of the sentence.
        at: index from which to look for it.
        before: the content in front of the reporting clause.
    """
    while at < len(tokens) and not is_mark(tokens[at]):
        at += 1
    start = at + (low_at(tokens, at) == ",")
    if start >= len(tokens) or tokens[at].text not in {",", QUOTATION}:
        return ()
    end = clause_end(tokens, start)
    complete = any(has_verb(tokens, each) for each in before)
    resumes = tokens[start].low in FINITE | {"because", "that", QUOTATION} or (
        not complete and has_verb(tokens, (start, end))
    )
    return ranges(start, end) if resumes else ()


def _is_full_stop(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a sentence ends here; the splitter may have joined two."""
    behind = tokens[at + 1].text if at + 1 < len(tokens) else "A"
    return (
        tokens[at].text == "."
        and (behind[:1].isupper() or behind == QUOTATION)
        and tokens[at - 1].text != "."
    )


def _starts_clause(tokens: Sequence[Token], at: int, openers: frozenset[str]) -> bool:
    """Return whether a clause, rather than another item of a list, starts behind a comma."""
    first, second = low_at(tokens, at), low_at(tokens, at + 1)
    if not first or first in openers:
        return bool(first)
    if first not in {"and", "or"} or second == "that":
        return False
    marks = (i for i in range(at, len(tokens)) if tokens[i].text in {",", ".", ";", ":"})
    return has_verb(tokens, (at, next(marks, len(tokens))))


def _has_finite_verb(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a clause follows, not an object: `confirmed it was`, not `confirmed him`."""
    for token in tokens[at : clause_end(tokens, at)]:
        if token.low in FINITE or token.text == QUOTATION:
            return True
        if token.low in SUBORDINATORS or token.text == ",":
            return False
    return False


def _introduced(tokens: Sequence[Token], at: int, introducers: frozenset[str]) -> Range | None:
    """Return the content behind the first introducer, if one follows soon."""
    for i in range(at, min(at + _MAX_DISTANCE, clause_end(tokens, at))):
        if tokens[i].low in introducers:
            return _range(i + (tokens[i].text != QUOTATION), clause_end(tokens, i + 1))
        if tokens[i].text == "," or tokens[i].low in FINITE | {"to"}:
            return None
    return None


def _range(first: int, last: int) -> Range | None:
    return (first, last) if first < last else None


def _content_start(tokens: Sequence[Token], verb: int) -> int | None:
    """Return the index where the reported content starts; None if the addressee is in doubt."""
    at: int | None = verb + 1
    if tokens[verb].low in {"pointed", "points"}:
        at = verb + 1 + (low_at(tokens, verb + 1) == "out")
    elif tokens[verb].low in TELL:
        at = _addressee_end(tokens, verb + 1)
    return None if at is None else skip_adverbials(tokens, at, len(tokens))


def _addressee_end(tokens: Sequence[Token], at: int) -> int | None:
    """Return the index behind the person who is told; None if that is in doubt."""
    if low_at(tokens, at) in PRONOUNS:
        return at + 1
    first = at + (low_at(tokens, at) == "the")
    last = _name_end(tokens, first)
    for i in range(last, min(last + 4, len(tokens))):
        if tokens[i].low in ADDRESSEES:
            return i + 1 if tokens[i].low in GROUPS else _name_end(tokens, i + 1)
        if is_mark(tokens[i]) or tokens[i].low in FINITE | SUBORDINATORS:
            break
    return last if last > first else None


def _name_end(tokens: Sequence[Token], first: int) -> int:
    last = first
    while last < len(tokens) and is_name(tokens, first, last + 1):
        last += 1
    return last
