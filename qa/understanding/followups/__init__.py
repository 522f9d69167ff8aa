"""Makes a follow-up question understandable without the conversation, by rules.

A complete question is left as it is: a new topic must not be mixed with the old one. In a follow-up
a pronoun becomes the person or thing last mentioned, and `and in Baku?` or `when?` is completed
from the question before. Whatever else it leaves unsaid is appended in brackets, where the search
finds it and the reader sees it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qa.text import STOP_WORDS, terms, words
from qa.types import Turn
from qa.understanding.followups.detection import OPENING, is_followup, referring_pronouns
from qa.understanding.followups.ellipsis import complete_ellipsis
from qa.understanding.followups.mentions import (
    LIGHT,
    MAX_TURN_CHARS,
    gist,
    is_covered,
    names,
    people,
    place,
    quoted,
    said,
)
from qa.understanding.followups.resolver import Resolved, Resolver

__all__ = [
    "MAX_REWRITE_CHARS",
    "Resolved",
    "Resolver",
    "is_faithful_rewrite",
    "is_followup",
    "standalone",
]

MAX_REWRITE_CHARS = 300
"""A longer text is not a rewritten question."""

_MAX_TURNS = 12
_SHORT_ANSWER_WORDS = 6
_MAX_CARRIED_TERMS = 14
_HE = frozenset("he him his".split())
_SHE = frozenset("she her hers".split())
_THINGS = frozenset("it its they them their theirs".split())
_POSSESSIVE = frozenset("his its their hers theirs".split())
# These only relate a question to the last one: a complete question does without them.
_COMPARING = frozenset(terms("else other others another again instead same former latter one ones"))
_THERE = re.compile(r"\bthere(?=\W*$)", re.IGNORECASE)
_ASKS_FOR_NAME = re.compile(r"^\W*(?:who|whom|whose|which|what|where)\b", re.IGNORECASE)
_ASKS_FOR_THING = re.compile(r"^\W*(?:which|what)\b", re.IGNORECASE)
_ASKS_FOR_PERSON = re.compile(
    r"^\W*(?:(?:by|for|from|of|to|with) )?(?:who|whom|whose)\b|"
    r"\b(?:which|what) (?:\w+ )?(?:judge|minister|president|captain|director|man|woman|person)\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"^\W*what (?:is|are|was|were) [\w-]+(?: [\w-]+){0,3}\W*$", re.IGNORECASE)
_NOUN_PHRASE = re.compile(r"^(?:the|an?)(?: [\w’'-]+){1,3}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _State:
    """The state of a conversation after a question or its answer.

    Attributes:
        question: the question, with its pronouns resolved.
        carried: what it leaves unsaid, taken over from earlier turns.
        topic: what the last complete question was about, and the name that answered it.
        person: who was last mentioned.
        pronouns: `he` and `she`, if used, with the persons that they referred to.
        named: the name or thing in the answer, if that was short.
        where: the place in the answer or else in the question.
        heard: all that was said since the last complete question.
    """

    question: str
    carried: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    person: str = ""
    pronouns: Mapping[str, str] = field(default_factory=dict)
    named: str = ""
    where: str = ""
    heard: str = ""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return `question` such that it can be understood without the conversation.

    Args:
        question: as it was asked.
        history: the turns before it, oldest first.

    Returns:
        The question itself if it is complete.
    """
    if len(question) > MAX_TURN_CHARS:
        return question
    state: _State | None = None
    for turn in history[-_MAX_TURNS:]:
        if turn.role == "user":
            state = _after_question(turn.text[:MAX_TURN_CHARS], state)
        elif state is not None:
            state = _after_answer(turn, state)
    state = _after_question(question, state)
    return f"{state.question} ({', '.join(state.carried)})" if state.carried else state.question


def is_faithful_rewrite(rewritten: str, question: str, history: Sequence[Turn]) -> bool:
    """Return whether a rewritten follow-up is complete and still asks what was asked.

    It may bring in no content word that nobody used, and must keep the names, the numbers and most
    other words of the question.

    Args:
        rewritten: the question in its new words, for example a chat model's.
        question: as it was asked.
        history: the turns before it, oldest first.
    """
    if (
        not rewritten.endswith("?")
        or "\n" in rewritten
        or len(rewritten) > MAX_REWRITE_CHARS
        or is_followup(rewritten)
    ):
        return False
    asked, asked_now = set(terms(question)), set(terms(rewritten))
    spoken = asked.union(*(terms(turn.text) for turn in history))
    own = asked - LIGHT - _COMPARING
    numbers = {word for word in words(question) if word[0].isdigit()}
    return (
        asked_now <= spoken | LIGHT
        and numbers.union(*map(words, names(question))) <= set(words(rewritten))
        and 2 * len(own & asked_now) >= len(own)
        and asked_now != asked
    )


def _after_question(question: str, before: _State | None) -> _State:
    if before is None or not is_followup(question, before.heard):
        topic, person = tuple(filter(None, [gist(question)])), next(iter(people(question)), "")
        return _State(question, topic=topic, person=person, heard=question)
    heard = f"{before.heard} {question}"
    asked = OPENING.sub("", question).strip()
    asked = asked[:1].upper() + asked[1:] or question
    linked = OPENING.match(question) is not None
    if whole := complete_ellipsis(asked, before.question, person=before.person, linked=linked):
        return dataclasses.replace(before, question=whole, named="", where="", heard=heard)
    resolved, referred = _resolve_pronoun(asked, before)
    context = (before.named, gist(before.question), *before.topic)
    unsaid = [part for part in context if terms(part) and not is_covered(part, resolved)]
    return _State(
        resolved,
        _within_budget(unsaid),
        before.topic,
        before.person,
        {**before.pronouns, **referred},
        heard=heard,
    )


def _after_answer(turn: Turn, state: _State) -> _State:
    """Add what the answer names, and the person that question and answer are about."""
    told, question = said(turn), state.question
    referred = state.person if state.person in question and state.pronouns else ""
    asked_for = people(told) if _ASKS_FOR_PERSON.search(question) else []
    about = [referred, *asked_for, *people(question), state.person, *people(told)]
    about += people(quoted(turn))
    short = (
        _ASKS_FOR_NAME.match(question)
        and len(told.split()) <= _SHORT_ANSWER_WORDS
        and not told[:1].isdigit()
    )
    named = told.rstrip(" .") if short else ""
    complete = not (state.carried or state.pronouns)
    return dataclasses.replace(
        state,
        topic=tuple(filter(None, [named, *state.topic])) if complete else state.topic,
        person=next(filter(None, about), ""),
        named=named,
        where=place(told) or place(question),
        heard=f"{state.heard} {turn.text[:MAX_TURN_CHARS]}",
    )


def _resolve_pronoun(question: str, before: _State) -> tuple[str, dict[str, str]]:
    """Replace the first pronoun whose referent is clear.

    Returns:
        The question; and, if the referent is a person, whom `he` or `she` refers to from now on.
    """
    for match in referring_pronouns(question):
        word = match.group().casefold()
        if word in _HE | _SHE:
            one, other = ("he", "she") if word in _HE else ("she", "he")
            person = before.pronouns.get(one) or before.person
            if person and person != before.pronouns.get(other):
                return _substitute(question, match, person), {one: person}
        elif word in _THINGS and (thing := _thing(before)):
            return _substitute(question, match, thing), {}
    there = _THERE.search(question)
    if there and before.where:
        return f"{question[: there.start()]}{before.where}{question[there.end() :]}", {}
    return question, {}


def _thing(before: _State) -> str:
    """Return the referent of `it` or `they`, if clear: what was defined, or the answer named."""
    if _DEFINITION.match(before.question) and not before.carried:
        return gist(before.question)
    thing = before.named if _ASKS_FOR_THING.match(before.question) else ""
    return thing if _NOUN_PHRASE.match(thing) or names(thing) == [thing] else ""


def _substitute(question: str, pronoun: re.Match[str], name: str) -> str:
    """Replace a pronoun by a name, in the possessive if the pronoun is possessive."""
    word, rest = pronoun.group().casefold(), question[pronoun.end() :]
    follows = re.match(r"\s+([a-z]+)", rest)
    possessive = word in _POSSESSIVE or (
        word == "her" and follows is not None and follows.group(1) not in STOP_WORDS
    )
    return f"{question[: pronoun.start()]}{name}{'’s' if possessive else ''}{rest}"


def _within_budget(parts: Sequence[str]) -> tuple[str, ...]:
    """Return as many parts as fit, without those that others cover."""
    kept: list[str] = []
    for part in parts:
        fits = len(terms(" ".join([*kept, part]))) <= _MAX_CARRIED_TERMS
        if fits and not is_covered(part, " ".join(kept)):
            kept.append(part)
    return tuple(kept)
