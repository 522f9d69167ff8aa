"""Makes a follow-up question stand for itself, from the turns before it, without a model.

A question that is complete is left as it is: a new topic must not be mixed with the old one. In one that leans on what
was said, `she` becomes the person who was spoken of; `and in Baku?` and `when?` are completed from the question before;
whatever else it leaves unsaid is put in brackets behind it, for the search to find and the reader to see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qa.history.completion import completed
from qa.history.phrases import cited, gist, is_covered, names, people, place, said
from qa.history.signs import OPENING, pronouns, refers_back
from qa.text import STOP_WORDS, terms
from qa.types import Turn

__all__ = ["refers_back", "standalone"]

# Older turns are over; what is pasted into one is not read to its end.
_TURNS = 12
_LONGEST = 2_000
_SHORT_ANSWER = 6
_MOST_TERMS = 14
_HE = frozenset("he him his".split())
_SHE = frozenset("she her hers".split())
_THINGS = frozenset("it its they them their theirs".split())
_POSSESSIVE = frozenset("his its their hers theirs".split())
_THERE = re.compile(r"\bthere(?=\W*$)", re.IGNORECASE)
_ASKS_FOR_NAME = re.compile(r"^\W*(?:who|whom|whose|which|what|where)\b", re.IGNORECASE)
_ASKS_FOR_THING = re.compile(r"^\W*(?:which|what)\b", re.IGNORECASE)
_ASKS_FOR_PERSON = re.compile(
    r"^\W*(?:(?:by|for|from|of|to|with) )?(?:who|whom|whose)\b|"
    r"\b(?:which|what) (?:\w+ )?(?:judge|minister|president|captain|director|man|woman|person)\b",
    re.IGNORECASE,
)
_DEFINED = re.compile(r"^\W*what (?:is|are|was|were) [\w-]+(?: [\w-]+){0,3}\W*$", re.IGNORECASE)
_NOUN_PHRASE = re.compile(r"^(?:the|an?)(?: [\w’'-]+){1,3}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it was understood.

    Attributes:
        text: the question, with what its pronouns stand for.
        carried: what it leaves unsaid, taken over from the turns before it.
        topic: what the last complete question asked about, and the name that it was answered.
        person: who was spoken of last.
        spoken: `he` and `she`, as far as they were used, with the persons that they stood for.
        named: the name or thing that the answer gave, if it was short.
        where: the place that the answer or else the question named.
        heard: all that was said since the last complete question.
    """

    text: str
    carried: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    person: str = ""
    spoken: Mapping[str, str] = field(default_factory=dict)
    named: str = ""
    where: str = ""
    heard: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({', '.join(self.carried)})" if self.carried else self.text


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return `question` as one that is understood without the turns before it; as it is where it is complete."""
    before: _Asked | None = None
    for turn in history[-_TURNS:]:
        text = turn.text[:_LONGEST]
        if turn.role == "user":
            before = _understood(text, before)
        elif before is not None:
            before = _answered(before, text)
    return str(_understood(question, before)) if len(question) <= _LONGEST else question


def _understood(question: str, before: _Asked | None) -> _Asked:
    if before is None or not refers_back(question, before.heard):
        topic, person = tuple(filter(None, [gist(question)])), next(iter(people(question)), "")
        return _Asked(question, topic=topic, person=person, heard=question)
    heard = f"{before.heard} {question}"
    asked = OPENING.sub("", question).strip()
    asked = asked[:1].upper() + asked[1:] or question
    if whole := completed(asked, before.text, person=before.person, linked=OPENING.match(question) is not None):
        return _Asked(whole, before.carried, before.topic, before.person, before.spoken, heard=heard)
    resolved, spoken = _resolved(asked, before)
    context = (before.named, gist(before.text), *before.topic)
    unsaid = [part for part in context if terms(part) and not is_covered(part, resolved)]
    return _Asked(resolved, _fitting(unsaid), before.topic, before.person, {**before.spoken, **spoken}, heard=heard)


def _answered(asked: _Asked, answer: str) -> _Asked:
    """Return a question with what its answer names, and the person whom both are about."""
    told = said(answer)
    kept = [asked.person] if asked.person and asked.person in asked.text and asked.spoken else []
    who = people(told) if _ASKS_FOR_PERSON.search(asked.text) else []
    about = [*kept, *who, *people(asked.text), asked.person, *people(told), *people(cited(answer))]
    short = _ASKS_FOR_NAME.match(asked.text) and len(told.split()) <= _SHORT_ANSWER and not told[:1].isdigit()
    named = told.rstrip(" .") if short else ""
    topic = asked.topic if asked.carried or asked.spoken else tuple(filter(None, [named, *asked.topic]))
    where, heard = place(told) or place(asked.text), f"{asked.heard} {answer}"
    return _Asked(asked.text, asked.carried, topic, next(filter(None, about), ""), asked.spoken, named, where, heard)


def _resolved(question: str, before: _Asked) -> tuple[str, dict[str, str]]:
    """Return the question with the first pronoun replaced of which it is plain what it stands for.

    Where that is a person, the second value says who is `he` or `she` from now on.
    """
    for match in pronouns(question):
        word = match.group().casefold()
        if word in _HE | _SHE:
            one, other = ("he", "she") if word in _HE else ("she", "he")
            person = before.spoken.get(one) or before.person
            if person and person != before.spoken.get(other):
                return _replaced(question, match, person), {one: person}
        elif word in _THINGS and (thing := _thing(before)):
            return _replaced(question, match, thing), {}
    there = _THERE.search(question)
    if there and before.where:
        return f"{question[: there.start()]}{before.where}{question[there.end() :]}", {}
    return question, {}


def _thing(before: _Asked) -> str:
    """Return what `it` or `they` stand for where that is plain: what was defined, or what the answer names."""
    if _DEFINED.match(before.text) and not before.carried:
        return gist(before.text)
    thing = before.named if _ASKS_FOR_THING.match(before.text) else ""
    return thing if _NOUN_PHRASE.match(thing) or names(thing) == [thing] else ""


def _replaced(question: str, pronoun: re.Match[str], name: str) -> str:
    word, rest = pronoun.group().casefold(), question[pronoun.end() :]
    follows = re.match(r"\s+([a-z]+)", rest)
    owns = word in _POSSESSIVE or (word == "her" and follows is not None and follows.group(1) not in STOP_WORDS)
    return f"{question[: pronoun.start()]}{name}{'’s' if owns else ''}{rest}"


def _fitting(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the parts without those that others hold, as many as fit."""
    kept: list[str] = []
    for part in parts:
        if not is_covered(part, " ".join(kept)) and len(terms(" ".join([*kept, part]))) <= _MOST_TERMS:
            kept.append(part)
    return tuple(kept)
