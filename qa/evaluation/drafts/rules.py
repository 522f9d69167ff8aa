"""Turns sentences into questions by rules.

There is no parser and no model: only a few sentence patterns give questions. Precision matters more
than recall, since the author of a set can add a question, but has to read and discard a bad draft.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qa.answering.reported_speech.lexicon import (
    ACCUSE,
    BELIEVE,
    DATES,
    DETERMINERS,
    FINITE,
    LEADING,
    PAST,
    PREPOSITIONS,
    SUBORDINATORS,
    TIMES,
)
from qa.answering.reported_speech.phrases import is_adverb, name_before, noun_phrase
from qa.answering.reported_speech.tokens import QUOTATION, Token, lows, tokenize
from qa.evaluation.drafts.clauses import (
    DATE,
    NO_COUNT,
    NO_SUBJECT,
    NUMBER,
    SPEECH,
    VAGUE,
    clauses,
    first_verb,
    inverted,
    joined,
    sentence_tokens,
    subject_words,
)
from qa.text import Span

Kind = Literal["who", "when", "how many", "role"]

_LONGEST_SENTENCE = 600
_WORDS = range(4, 24)
WEEKDAY = re.compile(
    r"(?: (?:late|early))? (?:on|last|next) (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"(?: (?:morning|afternoon|evening|night))?\b"
)
"""A day of the week, which means nothing to someone who asks later."""
_BEHIND_NOUN = (
    PREPOSITIONS | DETERMINERS | SUBORDINATORS | FINITE | frozenset("a an the afterwards".split())
)
_NO_END = (
    PREPOSITIONS
    | DETERMINERS
    | SUBORDINATORS
    | FINITE
    | LEADING
    | SPEECH
    | frozenset("a an and or the".split())
)
# After one of these, `that` is a conjunction and refers to nothing outside the question.
_CLAIMS = SPEECH | ACCUSE | BELIEVE


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that a sentence answers, and where its answer starts in the article's text."""

    kind: Kind
    question: str
    answer: str
    start: int

    @property
    def end(self) -> int:
        """End offset of the answer."""
        return self.start + len(self.answer)

    @property
    def named(self) -> bool:
        """Whether the question names something, and so is understandable without its article."""
        return re.search(r" [A-Z]", self.question) is not None


def drafts(text: str, sentence: Span) -> list[Draft]:
    """Return the questions that a sentence of `text` gives; most sentences give none."""
    if sentence[1] - sentence[0] > _LONGEST_SENTENCE:
        return []
    found = sentence_tokens(text, sentence)
    if not found or found[-1].text == "?":
        return []
    made = [*_roles(text, found)]
    for clause in clauses(found):
        made += [*_who(text, clause), *_agent(text, clause), *_when(text, clause)]
        made += [*_how_many(text, clause), *_how_many_of_object(text, clause)]
    undated = (
        dataclasses.replace(draft, question=WEEKDAY.sub("", draft.question)) for draft in made
    )
    return [draft for draft in undated if readable(draft)]


def _who(text: str, clause: Sequence[Token]) -> Iterator[Draft]:
    """Ask for the subject of a clause, if it is a name, by replacing it with `Who`."""
    verb = first_verb(clause)
    if (
        not verb
        or clause[verb].low in {"is", "are", "was", "were", "be"}
        or "been" in lows(clause[verb : verb + 3])
    ):
        return
    last = verb
    while last and is_adverb(clause[last - 1].text):
        last -= 1
    phrase = noun_phrase(clause, 0, last)
    if (
        phrase is None
        or phrase.pronoun
        or phrase[:2] != (0, last)
        or NO_SUBJECT & set(lows(clause[:last]))
    ):
        return
    if clause[verb].low in SPEECH and lows(clause[verb + 1 : verb + 2]) != ["that"]:
        return
    name = name_before(clause, last)
    if not PREPOSITIONS.isdisjoint(lows(clause[:name])):
        return  # `The council of the Sellan Coast`
    if last - name > 1 or (last - name == 1 and _is_surname(text, clause[name].text)):
        yield _draft(text, "who", f"Who {joined(text, clause[last:])}", clause[name:last])


def _agent(text: str, clause: Sequence[Token]) -> Iterator[Draft]:
    """Ask for the agent of a passive clause: `the crater was found by Ann Berg`."""
    be = first_verb(clause, 1)
    low = lows(clause)
    if be is None or low[be] not in {"was", "were"} or low[be + 2 : be + 3] != ["by"]:
        return
    done = low[be + 1]
    end = next(
        (i for i in range(be + 3, len(clause)) if name_before(clause, i + 1, be + 3) != be + 3),
        len(clause),
    )
    if (
        (done in PAST or done.endswith("ed"))
        and end - be > 4
        and noun_phrase(clause, 0, be) is not None
    ):
        behind = " ".join(
            filter(None, (subject_words(text, clause, be), joined(text, clause[end:])))
        )
        yield _draft(text, "who", f"Who {done} {behind}", clause[be + 3 : end])


def _is_surname(text: str, name: str) -> bool:
    """Return whether the full name is also in the text, such as `Dragan Petheric`."""
    return (
        re.search(rf"\b(?!The\b|In\b|At\b|On\b)[A-Z][\w’'-]+ {re.escape(name)}\b", text) is not None
    )


def _how_many(text: str, clause: Sequence[Token]) -> Iterator[Draft]:
    """Ask for the number at the start of a clause: `61 households will have to move`."""
    if len(clause) > 2 and _counts(clause, 0) and first_verb(clause, 2):
        yield _draft(text, "how many", f"How many {joined(text, clause[1:])}", clause[:1])


def _counts(clause: Sequence[Token], at: int) -> bool:
    """Return whether a token counts things, and is not a date or part of a larger number."""
    if not NUMBER.fullmatch(clause[at].text) or at + 1 >= len(clause):
        return False
    noun = clause[at + 1]
    named = (
        noun.text[:1].isalpha()
        and noun.text.islower()
        and noun.low not in NO_COUNT | TIMES | FINITE | PAST
    )
    return named and (noun.low == "of" or noun.low not in PREPOSITIONS)


def _how_many_of_object(text: str, clause: Sequence[Token]) -> Iterator[Draft]:
    """Ask for the number of the object: `the boat has been making nine trips a day`."""
    question = inverted(text, clause)
    if question is None:
        return
    opening, verb = question
    numbers = [i for i in range(verb + 1, len(clause)) if NUMBER.fullmatch(clause[i].text)]
    if len(numbers) != 1 or not _counts(clause, numbers[0]):
        return
    at = numbers[0]
    done = clause[at - 1].low
    if at > verb + 1 and not (done.endswith(("ed", "en", "ing")) or done in PAST):
        return
    stops = (
        i
        for i in range(at + 1, len(clause))
        if clause[i].low in _BEHIND_NOUN or is_adverb(clause[i].text)
    )
    end = next(stops, len(clause))
    if (
        end == at + 1
        or {"and", "or", "to"} & set(lows(clause[at:]))
        or any(t.text[:1].isupper() for t in clause[at:end])
    ):
        return
    things, behind = joined(text, clause[at + 1 : end]), joined(text, clause[end:])
    between = joined(text, clause[verb + 1 : at])
    asked = " ".join(filter(None, ("How many", things, opening, between, behind)))
    yield _draft(text, "how many", asked, clause[at : at + 1])


def _when(text: str, clause: Sequence[Token]) -> Iterator[Draft]:
    """Ask for the date in a clause; what follows the date is left out."""
    if not clause:
        return
    dates = list(DATE.finditer(text, clause[0].start, clause[-1].end))
    if len(dates) != 1:
        return
    start, end = dates[0].span("date")
    before = [token for token in clause if token.start < dates[0].start()]
    rest = before or [token for token in clause if token.start >= end]
    question = inverted(text, rest)
    if question is not None and len(rest) > question[1] + 1:
        opening, verb = question
        yield Draft(
            "when", f"When {opening} {joined(text, rest[verb + 1 :])}?", text[start:end], start
        )


def _roles(text: str, found: Sequence[Token]) -> Iterator[Draft]:
    """Ask who holds a role: `The council's president, Gustav Morley,`, in either order."""
    marks = [-1, *(i for i, token in enumerate(found) if token.text == ","), len(found) - 1]
    for before, comma, after in zip(marks, marks[1:], marks[2:], strict=False):
        left, right = found[before + 1 : comma], found[comma + 1 : after]
        for role, name in ((left, right), (right, left)):
            phrase = noun_phrase(role, 0, len(role)) if role and name else None
            whole = phrase is not None and phrase[:2] == (0, len(role)) and role[0].low == "the"
            owned = any(
                t.text.endswith(("'s", "’s")) or (t.low == "of" and i) for i, t in enumerate(role)
            )
            if whole and owned and len(name) in {2, 3} and name_before(name, len(name)) == 0:
                question = f"Who is {subject_words(text, role, len(role))}"
                yield _draft(text, "role", question, name)


def _draft(text: str, kind: Kind, question: str, answer: Sequence[Token]) -> Draft:
    return Draft(kind, f"{question}?", text[answer[0].start : answer[-1].end], answer[0].start)


def readable(draft: Draft) -> bool:
    """Return whether a question is complete, understandable alone, and does not hold its answer."""
    low = lows(tokenize(draft.question, (0, len(draft.question))))[:-1]
    vague = (
        word
        for i, word in enumerate(low)
        if word in VAGUE and not (word == "that" and low[i - 1] in _CLAIMS)
    )
    if len(low) not in _WORDS or any(vague) or QUOTATION in low or low[-1] in _NO_END:
        return False
    if (DATES - {"may", "march"}) & set(low):
        return False
    return draft.answer.casefold() not in draft.question.casefold()


_NUMBER = rf"\b(?:{NUMBER.pattern})(?: (?:hundred|thousand|million|billion))?"
# A pattern whose group `answer` is asked for, and the words that replace the match. The first
# pattern with exactly one match is used.
_SHAPES: tuple[tuple[re.Pattern[str], Kind, str], ...] = (
    (
        re.compile(rf"(?P<answer>{_NUMBER} ?(?:per cent|percent|%))(?!\w)"),
        "how many",
        "what percentage",
    ),
    (
        re.compile(rf"(?P<answer>{_NUMBER} (?:crowns|dollars|euros|pounds))\b"),
        "how many",
        "how much",
    ),
    (
        re.compile(r"(?P<answer>[$€£]\d[\d,.]*\d(?: (?:million|billion))?)\b"),
        "how many",
        "how much",
    ),
    (re.compile(r"\bin (?P<answer>(?:1\d|20)\d\d)(?![\w-])"), "when", "in which year"),
    (re.compile(DATE.pattern.replace("?P<date>", "?P<answer>")), "when", "at what time"),
    (
        re.compile(rf"(?P<answer>{_NUMBER}) (?P<things>[a-z]{{3,}})\b"),
        "how many",
        "how many {things}",
    ),
)
# One or two clauses without quotations.
_SENTENCE = re.compile(r"[A-Z][^\"“”():;–—]*[^\W_]\.")
_LINKED = re.compile(r"(?:And|But|So|Yet|Nor|Or)\b")
# `the two accounts` and `the boat's two captains` presuppose the number; they do not state it.
_KNOWN = re.compile(r"(?:\b(?:the|its|his|her|their|these|those|all)|[’']s?) $", re.IGNORECASE)
_DAY = re.compile(r"\d (?:March|May)\b")
_NO_THINGS = NO_COUNT | PAST | FINITE


def echo(text: str, sentence: Span) -> Draft | None:
    """Return an echo question for a number or a date in a sentence, or None.

    `The dam cost how much?`: for sentences that no other rule fits, so that a few articles give
    drafts too. Its wording is often clumsy, but the question and the answer's span are there, and
    the author rewords it quickly.
    """
    said = text[slice(*sentence)]
    if not _SENTENCE.fullmatch(said) or _LINKED.match(said):
        return None
    for pattern, kind, asked in _SHAPES:
        found = list(pattern.finditer(said))
        if len(found) != 1 or (things := found[0].groupdict().get("things")) in _NO_THINGS:
            continue
        start, end = found[0].span()
        if _KNOWN.search(said, 0, start):
            continue
        question = WEEKDAY.sub("", f"{said[:start]}{asked.format(things=things)}{said[end:-1]}?")
        draft = Draft(
            kind,
            " ".join(question.split()),
            found[0]["answer"],
            sentence[0] + found[0].start("answer"),
        )
        if readable(draft) and not _DAY.search(draft.question):
            return draft
    return None
