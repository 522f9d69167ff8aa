"""Finds what a sentence attributes to whom.

The terms are those of Pareti, "A database of attribution relations", 2012: a cue, such as a
reporting verb, links a source (here a noun phrase) to the content that it claims.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.answering.reported_speech.clauses import (
    Range,
    clause_end,
    clause_start,
    has_verb,
    is_parenthetical,
    opens_clause,
    ranges,
    reported_clause,
    resumed_content,
)
from qa.answering.reported_speech.lexicon import (
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
    JUDGE,
    NO_SOURCE,
    PARTICIPLES,
    PREPOSITIONS,
    SAY,
    SOURCES,
    SUBORDINATORS,
    TELL,
    VIEW_NOUNS,
)
from qa.answering.reported_speech.phrases import (
    Phrase,
    is_name,
    is_non_assertive,
    main_subject,
    name_before,
    noun_phrase,
    noun_phrase_at,
    subject,
    verb_group_start,
)
from qa.answering.reported_speech.tokens import DASHES, QUOTATION, Token, low_at, lows

_REPORTING = SAY | TELL | CLAIM | CLAIM_THAT
_ADVERBIAL = SUBORDINATORS - frozenset(
    "but how so than that what whatever which who whoever whom whose yet".split()
)
# With what the words before `said Anna Berg` end.
_ENDS_OF_SPEECH = frozenset(", . ? ! … - — –".split())


@dataclass(frozen=True, slots=True)
class Report:
    """A claim that a sentence attributes to a source.

    Attributes:
        source: who claims it; None if that is in doubt.
        content: the ranges of tokens that are claimed.
        cue: the index of the verb, noun or preposition that attributes it.
    """

    source: Phrase | None
    content: tuple[Range, ...]
    cue: int


def find_reports(text: str, tokens: Sequence[Token]) -> list[Report]:
    """Return what a sentence of `text` reports, in the order of the cues."""
    found: list[Report] = []
    for i in range(len(tokens)):
        for report in _reports_at(text, tokens, i, found):
            nested = any(first <= report.cue < last for r in found for first, last in r.content)
            pronoun = report.source is not None and report.source.pronoun
            # Within a claim, `he believed` or `according to it` refers to the claim's own source.
            same = nested and pronoun and tokens[i].low in BELIEVE | {"according"}
            if report.content and not same:
                found = [*(_cut_before(tokens, earlier, report) for earlier in found), report]
    return found


def _reports_at(
    text: str, tokens: Sequence[Token], i: int, found: Sequence[Report]
) -> Iterator[Report]:
    low, before = tokens[i].low, low_at(tokens, i - 1)
    if low in _REPORTING and not is_non_assertive(tokens, i):
        yield _inverted(text, tokens, i) or _reporting_verb(tokens, i, found)
    elif low in ACCUSE:
        yield _accusation(tokens, i)
    elif low == "according" and low_at(tokens, i + 1) == "to":
        yield _according_to(tokens, i, noun_phrase_at(tokens, i + 2))
    elif low in PARTICIPLES and before == ",":
        start = i + 1 + (low_at(tokens, i + 1) == "that")
        source = _shared_subject(tokens, i - 1, found)
        yield Report(source, ranges(start, clause_end(tokens, start)), i)
    elif low in JUDGE and _is_judgement(tokens, i):
        yield Report(subject(tokens, i), ranges(i + 1, _judgement_end(tokens, i)), i)
    elif low in CLAIM_NOUNS | VIEW_NOUNS and before.endswith(("'s", "s'")):
        yield _possessive_noun(tokens, i)
    elif low == ":" and before in ACCOUNT_NOUNS:
        verbs = (v for v in range(i - 1, max(i - 9, 0), -1) if tokens[v].low in ACCOUNT_VERBS)
        verb = next(verbs, 0)
        if verb and not is_non_assertive(tokens, verb):
            yield Report(subject(tokens, verb), ranges(i + 1, len(tokens)), verb)


def _cut_before(tokens: Sequence[Token], earlier: Report, later: Report) -> Report:
    """Return a report without the coordinated one behind it: `A said he left and B said`."""
    at = later.source.first - 1 if later.source and not later.source.pronoun else 0
    if at < 1 or tokens[at].low not in {"and", "but"}:
        return earlier
    content = (
        kept
        for first, last in earlier.content
        for kept in ranges(first, min(last, at) if first <= at else last)
    )
    return dataclasses.replace(earlier, content=tuple(content))


def _reporting_verb(tokens: Sequence[Token], verb: int, found: Sequence[Report]) -> Report:
    """Return the report of `X said that ...`, `X said: "..."` or `..., X said`."""
    clause, group = reported_clause(tokens, verb), verb_group_start(tokens, verb)
    link = low_at(tokens, group - 1)
    coordinated = link in {"and", "but", "then"}
    source = _shared_subject(tokens, group - 1, found) if coordinated else subject(tokens, verb)
    first = source.first if source and not coordinated else group
    if clause is None:
        aside = tokens[verb].low not in CLAIM_THAT and is_parenthetical(tokens, verb)
        return Report(source, _surrounding_content(tokens, first, verb) if aside else (), verb)
    start, end = clause
    if tokens[start].low in FINITE and tokens[start - 1].low not in {"that", ":"}:
        source = None  # `the bridge police said was unsafe`
    if link in {"who", "which"} or low_at(tokens, first - 1) in _ADVERBIAL:
        end = next((i for i in range(start, end) if tokens[i].text == ","), end)
    at = first - 1 - (low_at(tokens, first - 1) == ",")
    quotation = ranges(at, at + 1) if low_at(tokens, at) == QUOTATION else ()
    return Report(source, (*ranges(start, end), *quotation), verb)


def _shared_subject(tokens: Sequence[Token], end: int, found: Sequence[Report]) -> Phrase | None:
    """Return the subject that `..., and says that` or `..., saying that` shares."""
    if found:
        return found[-1].source if "," in lows(tokens[end - 1 : end + 1]) else None
    return main_subject(tokens, end)


def _surrounding_content(tokens: Sequence[Token], first: int, verb: int) -> tuple[Range, ...]:
    """Return the content around `, X said,`, or behind an initial `as X said,`."""
    if low_at(tokens, first - 1) == "as":
        first -= 1
        if first == 0:
            commas = (i for i in range(verb, len(tokens)) if tokens[i].text == ",")
            start = next(commas, len(tokens)) + 1
            return ranges(start, clause_end(tokens, start))
    mark = low_at(tokens, first - 1)
    if mark not in {",", QUOTATION, *DASHES}:
        return ()
    end = first - (mark == ",")
    before = ranges(clause_start(tokens, end), end)
    content = (*before, *resumed_content(tokens, verb, before))
    return content if any(has_verb(tokens, each) for each in content) else ()


def _inverted(text: str, tokens: Sequence[Token], verb: int) -> Report | None:
    """Return the report of `"...", said Anna Berg` or `the dam leaks, said Anna Berg`."""
    comma = low_at(tokens, verb - 1) == ","
    quotation = verb - 1 - comma
    quoted = low_at(tokens, quotation) == QUOTATION
    if not (quoted or comma):
        return None
    end = verb - comma
    before = (clause_start(tokens, end), end)
    if quoted:
        mark = tokens[quotation].end - 2
        if not (comma or text[mark : mark + 1] in _ENDS_OF_SPEECH):
            return None
    source = noun_phrase_at(tokens, verb + 1)
    if source is None:
        return Report(None, ranges(*before), verb) if quoted and not comma else None
    if not quoted:
        named = is_name(tokens, source.first, source.last) or tokens[source.first].low in GROUPS
        ended = source.last == len(tokens) or tokens[source.last].text in {".", ",", ";"}
        if not (named and ended and has_verb(tokens, before)):
            return None
    later = [(i, i + 1) for i in range(source.last, len(tokens)) if tokens[i].text == QUOTATION]
    return Report(source, (*ranges(*before), *later), verb)


def _according_to(tokens: Sequence[Token], at: int, source: Phrase | None) -> Report:
    """Return the report of `according to X, ...`, `..., according to X` or `in X's view`."""
    if source and tokens[source.last - 1].low in NO_SOURCE:
        return Report(None, (), at)
    behind = source.last if source else at + 1
    if opens_clause(tokens, at):
        if tokens[min(behind, len(tokens) - 1)].low in PREPOSITIONS:
            # `according to a report by engineers, ...`
            commas = (i for i in range(behind, len(tokens)) if tokens[i].text == ",")
            behind = next(commas, behind)
        start = behind + (low_at(tokens, behind) == ",")
        if low_at(tokens, behind) == "and":
            source = None  # `according to the actor and director Ivo Marek`
        return Report(source, ranges(start, clause_end(tokens, start)), at)
    end = at - (tokens[at - 1].text == ",")
    if source and end == at:
        phrase = range(source.first, source.last)
        head = tokens[next((i for i in phrase if tokens[i].low in PREPOSITIONS), source.last) - 1]
        if not (head.text[0].isupper() or head.low in GROUPS | SOURCES):
            return Report(None, (), at)  # `paid according to the hours`
    before = ranges(clause_start(tokens, end), end)
    return Report(source, (*before, *resumed_content(tokens, behind, before)), at)


def _possessive_noun(tokens: Sequence[Token], noun: int) -> Report:
    """Return the report of `X's claim that ...` or `in X's view, ...`."""
    owner = noun - 1
    first = name_before(tokens, noun)
    if first == noun:
        before = range(owner, max(owner - 4, -1), -1)
        first = next((i for i in before if tokens[i].low in {"the", "a", "an"}), owner)
    source = noun_phrase(tokens, first, noun)
    if low_at(tokens, noun + 1) == "that" and tokens[noun].low in CLAIM_NOUNS:
        start, end = noun + 2, clause_end(tokens, noun + 2)
        verbs = [i for i in range(start, end) if tokens[i].low in FINITE]
        if len(verbs) > 1 or (verbs and first == 0):
            end = verbs[1] if len(verbs) > 1 else verbs[0]
        return Report(source, ranges(start, end), noun)
    if low_at(tokens, first - 1) in {"in", "by"} and tokens[noun].low in VIEW_NOUNS:
        view = _according_to(tokens, first - 1, Phrase(first, noun + 1))
        return Report(source, view.content, noun)
    return Report(None, (), noun)


def _accusation(tokens: Sequence[Token], verb: int) -> Report:
    """Return the report of `X accuses Y of ...` or `Y is accused by X of ...`."""
    reach = range(verb + 1, min(verb + 12, len(tokens)))
    by = next((i for i in reach if tokens[i].low == "by"), None)
    passive = is_non_assertive(tokens, verb)
    if by is not None and tokens[verb].low.endswith("ed") and (by == verb + 1 or passive):
        source = noun_phrase_at(tokens, by + 1)
        if source and by > verb + 1 and not is_name(tokens, source.first, source.last):
            source = None
        start, end = clause_start(tokens, verb), clause_end(tokens, verb)
        rest = ranges(source.last if source else end, end)
        return Report(source, (*ranges(start, by), *rest), verb)
    if passive or tokens[min(verb + 1, len(tokens) - 1)].low in PREPOSITIONS:
        return Report(None, (), verb)
    return Report(subject(tokens, verb), ranges(verb + 1, clause_end(tokens, verb + 1)), verb)


def _is_judgement(tokens: Sequence[Token], verb: int) -> bool:
    """Return whether it judges: `described it as`, `called it "..."`, `puts the cost at 20`."""
    if is_non_assertive(tokens, verb):
        return False
    words = lows(tokens[verb + 1 : clause_end(tokens, verb + 1)])
    if tokens[verb].low in {"described", "describes"}:
        return "as" in words[1:]
    if tokens[verb].low in {"called", "calls"}:
        return QUOTATION in words[1:4] and words[0] not in PREPOSITIONS | {"a", "an"}
    at = words.index("at") if "at" in words[:9] else 0
    placed = words[at + 1 : at + 2] in (["the"], ["his"], ["her"], ["its"])
    return not FIGURES.isdisjoint(words[:at]) and not placed


def _judgement_end(tokens: Sequence[Token], verb: int) -> int:
    end = clause_end(tokens, verb + 1)
    if tokens[verb].low in {"called", "calls"}:
        quotations = (i + 1 for i in range(verb, end) if tokens[i].text == QUOTATION)
        return next(quotations, end)
    return end
