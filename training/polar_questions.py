"""Turns claims into questions for yes or no: "The quay was closed" -> "Was the quay closed?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.lexicon import AUXILIARIES, IRREGULAR_VERBS

_FRONTED = AUXILIARIES - {"am", "did", "do", "does"}
# A verb behind one of these may belong to another clause than the first.
_CLAUSE = frozenset(
    "who which that whose when where while because after before if and but as".split()
)
_OPENING = frozenset("The A An His Her Its Their He She It They This That These Both All".split())
_LATEST = 12
_NEGATED = frozenset({"not", "never"})
# Endings behind which a regular verb's base form has an e: "decid(e)d".
_MUTE_E = re.compile(r"(?:at|iz|[^s]s|[cgvuz]|[^aeiou][aiou][dkmnrt]|[^aeiou]l)$")


def polar_question(claim: str) -> tuple[str, bool] | None:
    """Return a claim as a question, and whether "no" confirms the claim; None if it is unclear."""
    words = claim.strip().rstrip(".").split()
    for at, word in enumerate(words[:_LATEST]):
        if at and (word in _CLAUSE or words[at - 1].endswith((",", ";", ":", "”"))):
            return None
        if at and word in _FRONTED:
            rest = words[at + 1 :]
            negated = rest[:1] != [] and rest[0] in _NEGATED
            return _fronted(word, words[:at], rest[negated:]), negated
        if at and word in {"did", "does", "do"} and words[at + 1 : at + 2] == ["not"]:
            return _fronted(word, words[:at], words[at + 2 :]), True
        if at and word.islower() and (verb := _base(word)):
            return _fronted("did", words[:at], [verb, *words[at + 1 :]]), False
    return None


def _fronted(auxiliary: str, subject: Sequence[str], rest: Sequence[str]) -> str:
    first, *others = subject
    first = first.lower() if first in _OPENING else first
    return f"{auxiliary.capitalize()} {' '.join([first, *others, *rest])}?"


def _base(verb: str) -> str:
    """Return the base form of a verb in the past tense; empty if it is none."""
    if verb in IRREGULAR_VERBS:
        return IRREGULAR_VERBS[verb]
    if not verb.endswith("ed") or len(verb) < 5:
        return ""
    stem = verb[:-2]
    if stem.endswith("i"):
        return f"{stem[:-1]}y"
    if stem[-1] == stem[-2] and stem[-1] not in "lsf":
        return stem[:-1]
    return f"{stem}e" if _MUTE_E.search(stem) else stem
