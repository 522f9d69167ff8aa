"""Finds what a sentence reports as somebody's claim: who makes it, and which part of the sentence it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.attribution.clauses import (
    Range,
    clause_end,
    clause_start,
    complement,
    has_verb,
    is_aside,
    opens_clause,
    part,
    resumed,
)
from qa.attribution.lexicon import (
    ACCOUNT_NOUNS,
    ACCOUNT_VERBS,
    ACCUSE,
    BELIEVE,
    CLAIM,
    CLAIM_NOUNS,
    CLAIM_THAT,
    FIGURES,
    FINITE,
    GROUPS,
    NO_SOURCE,
    PARTICIPLES,
    PREPOSITIONS,
    SAY,
    SOURCES,
    SUBORDINATORS,
    TELL,
    VIEW_NOUNS,
)
from qa.attribution.phrases import Phrase, following, is_name, name_before, noun_phrase
from qa.attribution.subjects import before_verb, main_subject, no_claim, subject
from qa.attribution.tokens import DASHES, QUOTATION, Token, ends_as_speech, lows

_ADVERBIAL = SUBORDINATORS - frozenset("but how so than that what whatever which who whoever whom whose yet".split())


@dataclass(frozen=True, slots=True)
class Report:
    """A claim that a sentence reports: who makes it (None: not to be seen) and which tokens are the claim."""

    source: Phrase | None
    claim: tuple[Range, ...]
    verb: int


def reports(text: str, found: Sequence[Token]) -> list[Report]:
    """Return the claims that a sentence reports, in the order of their verbs."""
    made: list[Report] = []
    for i, token in enumerate(found):
        for report in _reports_at(text, found, i, token.low, made):
            if report.claim and not _echoes(found, report, made):
                made = [*(_ended(found, earlier, report) for earlier in made), report]
    return made


def _reports_at(text: str, found: Sequence[Token], i: int, low: str, made: Sequence[Report]) -> Iterator[Report]:
    if low in SAY | TELL | CLAIM | CLAIM_THAT and not no_claim(found, i):
        yield _inverted(text, found, i) or _said(found, i, made)
    elif low in ACCUSE:
        yield _accused(found, i)
    elif low == "according" and lows(found[i + 1 : i + 2]) == ["to"]:
        yield _according(found, i, following(found, i + 2))
    elif low in PARTICIPLES and i and found[i - 1].text == ",":
        start = i + 1 + (lows(found[i + 1 : i + 2]) == ["that"])
        yield Report(_second_subject(found, i - 1, made), part(start, clause_end(found, start)), i)
    elif _judges(found, i):
        yield Report(subject(found, i), part(i + 1, _end_of_judgement(found, i)), i)
    elif low in CLAIM_NOUNS | VIEW_NOUNS and i and found[i - 1].low.endswith(("'s", "s'")):
        yield _possessed(found, i)
    elif low == ":" and i and found[i - 1].low in ACCOUNT_NOUNS:
        verb = next((v for v in range(i - 1, max(i - 9, 0), -1) if found[v].low in ACCOUNT_VERBS), 0)
        if verb and not no_claim(found, verb):
            yield Report(subject(found, verb), part(i + 1, len(found)), verb)


def _ended(found: Sequence[Token], earlier: Report, later: Report) -> Report:
    """Return a report without what begins with `and` and the source of another: `A said he left and B said`."""
    at = later.source.first - 1 if later.source and not later.source.pronoun else 0
    if at < 1 or found[at].low not in {"and", "but"}:
        return earlier
    claim = (p for first, last in earlier.claim for p in part(first, min(last, at) if first <= at else last))
    return dataclasses.replace(earlier, claim=tuple(claim))


def _echoes(found: Sequence[Token], report: Report, made: Sequence[Report]) -> bool:
    """Tell whether `he believed` or `according to it` stands within a claim, whose source it goes back to."""
    within = any(first <= report.verb < last for r in made for first, last in r.claim)
    believes = found[report.verb].low in BELIEVE | {"according"}
    return within and believes and report.source is not None and report.source.pronoun


def _said(found: Sequence[Token], verb: int, made: Sequence[Report]) -> Report:
    """Return the claim of `X said that ...`, `X said: "..."` or `..., X said`."""
    claim, behind = complement(found, verb), before_verb(found, verb)
    link = lows(found[max(behind - 1, 0) : behind])
    coordinated = link in (["and"], ["but"], ["then"])
    source = _second_subject(found, behind - 1, made) if coordinated else subject(found, verb)
    first = source.first if source and not coordinated else behind
    if claim is None:
        aside = found[verb].low not in CLAIM_THAT and is_aside(found, verb)
        return Report(source, _around(found, first, verb) if aside else (), verb)
    start, end = claim
    if found[start].low in FINITE and found[start - 1].low not in {"that", ":"}:
        source = None  # `the bridge police said was unsafe`
    if link in (["who"], ["which"]) or (first and found[first - 1].low in _ADVERBIAL):
        end = next((i for i in range(start, end) if found[i].text == ","), end)
    return Report(source, (*part(start, end), *_quotation_before(found, first)), verb)


def _quotation_before(found: Sequence[Token], first: int) -> tuple[Range, ...]:
    """Return the quotation that ends before an index, with or without a comma."""
    at = first - 1 - (lows(found[max(first - 1, 0) : first]) == [","])
    return part(at, at + 1) if at >= 0 and found[at].text == QUOTATION else ()


def _second_subject(found: Sequence[Token], end: int, made: Sequence[Report]) -> Phrase | None:
    """Return the subject of `..., and says that` or `..., saying that`: that of the verb before."""
    if made:
        return made[-1].source if "," in lows(found[end - 1 : end + 1]) else None
    return main_subject(found, end)


def _around(found: Sequence[Token], first: int, verb: int) -> tuple[Range, ...]:
    """Return what stands before `, X said` or `"..." X said` and goes on behind it, and what `as X said` is about."""
    if first and found[first - 1].low == "as":
        first -= 1
        if first == 0:
            comma = next((i for i in range(verb, len(found)) if found[i].text == ","), len(found))
            return part(comma + 1, clause_end(found, comma + 1))
    if first == 0 or found[first - 1].text not in {",", QUOTATION, *DASHES}:
        return ()
    end = first - (found[first - 1].text == ",")
    before = part(clause_start(found, end), end)
    around = (*before, *resumed(found, verb, before))
    return around if any(has_verb(found, p) for p in around) else ()


def _inverted(text: str, found: Sequence[Token], verb: int) -> Report | None:
    """Return the claim of `"...", said Anna Berg, the minister` or `the dam leaks, said Anna Berg`."""
    comma = lows(found[max(verb - 1, 0) : verb]) == [","]
    quotation = verb - 1 - comma
    quoted = quotation >= 0 and found[quotation].text == QUOTATION
    if verb == 0 or (quoted and not ends_as_speech(text, found[quotation], found[quotation + 1])):
        return None
    if not (quoted or comma):
        return None
    source = following(found, verb + 1)
    if source is None:
        return Report(None, part(clause_start(found, verb), verb), verb) if quoted and not comma else None
    behind = found[source.last].text if source.last < len(found) else "."
    if not quoted:
        named = is_name(found, source.first, source.last) or found[source.first].low in GROUPS
        if not named or behind not in {".", ",", ";"} or not has_verb(found, (clause_start(found, verb - 1), verb - 1)):
            return None
    later = (p for i in range(source.last, len(found)) if found[i].text == QUOTATION for p in part(i, i + 1))
    return Report(source, (*part(clause_start(found, verb - comma), verb - comma), *later), verb)


def _according(found: Sequence[Token], at: int, source: Phrase | None) -> Report:
    """Return the claim of `according to X, ...`, `..., according to X` or `in X's view`."""
    if source and found[source.last - 1].low in NO_SOURCE:
        return Report(None, (), at)
    behind = source.last if source else at + 1
    if opens_clause(found, at):
        if found[min(behind, len(found) - 1)].low in PREPOSITIONS:  # `according to a report by engineers, ...`
            behind = next((i for i in range(behind, len(found)) if found[i].text == ","), behind)
        start = behind + (lows(found[behind : behind + 1]) == [","])
        if source and lows(found[behind : behind + 1]) == ["and"]:
            source = None  # `according to the actor and director Ivo Marek`
        return Report(source, part(start, clause_end(found, start)), at)
    end = at - (found[at - 1].text == ",")
    if source and end == at and not _may_speak(found, source):
        return Report(None, (), at)  # `paid according to the hours`
    before = part(clause_start(found, end), end)
    return Report(source, (*before, *resumed(found, behind, before)), at)


def _may_speak(found: Sequence[Token], source: Phrase) -> bool:
    prepositions = (i for i in range(source.first, source.last) if found[i].low in PREPOSITIONS)
    head = found[next(prepositions, source.last) - 1]
    return head.text[0].isupper() or head.low in GROUPS | SOURCES


def _possessed(found: Sequence[Token], noun: int) -> Report:
    """Return the claim of `X's claim that ...` or `in X's view, ...`."""
    owner = noun - 1
    first = name_before(found, noun)
    if first == noun:
        first = next((i for i in range(owner, max(owner - 4, -1), -1) if found[i].low in {"the", "a", "an"}), owner)
    source = noun_phrase(found, first, noun)
    if lows(found[noun + 1 : noun + 2]) == ["that"] and found[noun].low in CLAIM_NOUNS:
        end = clause_end(found, noun + 2)
        verbs = [i for i in range(noun + 2, end) if found[i].low in FINITE]
        return Report(
            source, part(noun + 2, verbs[1] if len(verbs) > 1 else verbs[0] if verbs and first == 0 else end), noun
        )
    if first and found[first - 1].low in {"in", "by"} and found[noun].low in VIEW_NOUNS:
        return Report(source, _according(found, first - 1, Phrase(first, noun + 1)).claim, noun)
    return Report(None, (), noun)


def _accused(found: Sequence[Token], verb: int) -> Report:
    """Return the claim of `X accuses Y of ...` or `Y is accused by X of ...`."""
    by = next((i for i in range(verb + 1, min(verb + 12, len(found))) if found[i].low == "by"), None)
    passive = no_claim(found, verb)
    if by is not None and found[verb].low.endswith("ed") and (by == verb + 1 or passive):
        source = following(found, by + 1)
        if source and by > verb + 1 and not is_name(found, source.first, source.last):
            source = None
        start, end = clause_start(found, verb), clause_end(found, verb)
        return Report(source, (*part(start, by), *part(source.last if source else end, end)), verb)
    if passive or found[min(verb + 1, len(found) - 1)].low in PREPOSITIONS:
        return Report(None, (), verb)
    return Report(subject(found, verb), part(verb + 1, clause_end(found, verb + 1)), verb)


def _end_of_judgement(found: Sequence[Token], verb: int) -> int:
    end = clause_end(found, verb + 1)
    called = found[verb].low in {"called", "calls"}
    return next((i + 1 for i in range(verb, end) if called and found[i].text == QUOTATION), end)


def _judges(found: Sequence[Token], verb: int) -> bool:
    """Tell whether a verb opens a judgement: `described it as`, `called it "..."`, `puts the cost at 20`."""
    low = found[verb].low
    if low not in {"described", "describes", "called", "calls", "put", "puts"} or no_claim(found, verb):
        return False
    words = lows(found[verb + 1 : clause_end(found, verb + 1)])
    if low in {"described", "describes"}:
        return "as" in words[1:]
    if low in {"called", "calls"}:
        return QUOTATION in words[1:4] and words[0] not in PREPOSITIONS | {"a", "an"}
    at = words.index("at") if "at" in words[:9] else 0
    return not FIGURES.isdisjoint(words[:at]) and words[at + 1 : at + 2] not in (["the"], ["his"], ["her"], ["its"])
