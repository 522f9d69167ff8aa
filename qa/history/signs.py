"""Tells from its wording whether a question leans on what was said before."""

from __future__ import annotations

import re

from qa.history.phrases import EMPTY, LIGHT, names
from qa.text import terms

AUXILIARIES = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must"
OPENING = re.compile(
    r"^\s*(?:(?:and|but|so|or|also|then|ok|okay|well|thanks|thank you|got it|i see|by the way)\b[\s,.!]*)+",
    re.IGNORECASE,
)
"""What a speaker links a question with; it alone does not make a follow-up."""
ABOUT = re.compile(r"^\s*(?:what|how) about\s+", re.IGNORECASE)
FRAGMENT = re.compile(
    rf"^(?!.*\b(?:who|whom|whose|what|which|when|where|why|how|{AUXILIARIES})\b)", re.IGNORECASE | re.DOTALL
)
"""A part of a question, with neither a question word nor an auxiliary verb."""

_REPLY = re.compile(r"^\s*(?:no|yes|yeah|nope|sorry|i mean|i meant)\b(?!\s+\w+$)", re.IGNORECASE)
_PERSONAL = re.compile(r"\b(?:he|him|his|she|hers?|it|its|they|them|theirs?)\b", re.IGNORECASE)
# `is it true that`, `how long does it take to`: this `it` stands for nothing.
_EXPLETIVE = re.compile(
    r"\bit(?=\s+(?:costs? to|takes?|took|true|possible|necessary|legal|illegal|safe|worth|normal|common|easy|hard|"
    r"better|best|rains?|snows?)\b(?!\W*$))",
    re.IGNORECASE,
)
_DEMONSTRATIVE = re.compile(
    r"\b(?:this|these)\b|\bthose\b(?!\s+(?:who|whom|that|which|with|of|in))|\bthat(?=\W*$)|"
    r"\b(?:is|was|does|did|do|will|would|can|could|of|about|after|before|for|like|from|to|with|by|than)\s+that\b"
    r"(?!\s+(?:the|an?|he|she|it|they|we|i|you|there)\b)",
    re.IGNORECASE,
)
# `is there a`, `were there any` state that something exists; `how many live there` is about a place.
_PLACE = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bbe )\bthere\b(?!\s+(?:is|are|was|were)\b)", re.IGNORECASE
)
_COMPARING = re.compile(
    r"\b(?:else|another|former|latter|again|instead)\b|\b(?:the|any|what|which|some|many) others?\b(?! than)|"
    r"\bthe same\s+(?!as\b|or\b|and\b)\w+|"
    r"\b(?:which|the|an?|any|new|old|first|last|next|that|this|create|get|use|have|need)\s+ones?\b",
    re.IGNORECASE,
)
# Somebody says something about something: `what do they say`, `what did the owner think`.
_LACKS_OBJECT = re.compile(
    r"\b(?:say|said|think|thought|answer|answered|reply|replied|claim|claimed|respond|react)\W*$", re.IGNORECASE
)
_CONDITION = re.compile(r"^\W*(?:even )?(?:if|because|unless)\b[^,]*$", re.IGNORECASE)
_DEFINITION = re.compile(
    r"^\W*(?:what|who)(?:[’']s| is| are| was| were)\s+(?!the\b|\w+(?:ing|ed)\b)(?:an?\s+)?\w", re.IGNORECASE
)
_BARE_DEFINITE = re.compile(r"^(?!.*\bof\b).*\bthe\s+\w", re.IGNORECASE | re.DOTALL)
_SUBJECT = re.compile(
    rf"(?:\b(?:and|or|but|if|when|that|because|before|after|while|than|as|{AUXILIARIES})|,)\s+$", re.IGNORECASE
)
_ANTECEDENT = re.compile(
    r"\b(?:the|an?|my|our|your|each|every|no)\s+\w{2,}|\b(?:those|people|anyone|everyone|somebody|someone)\b",
    re.IGNORECASE,
)
# `how much does the dam cost`: what is asked, the noun that does it or suffers it, and the verb.
_CLAUSE = re.compile(
    rf"^\W*(?:what|which|when|where|why|how)\b.*\b(?:{AUXILIARIES})\s+the\s+([\w’'-]+)\s+(.+)",
    re.IGNORECASE | re.DOTALL,
)
# Who is named for an office or a trade is so in some matter: `the owner`, `the auditors`, `the captain`.
_OFFICE = re.compile(r"(?:er|or|ist|ant|(?<!m)ent|man|men|woman|women|captain|chief|king|queen)s?$", re.IGNORECASE)
# A question of fewer words that carry meaning cannot stand alone.
_FEWEST_TERMS = 2


def refers_back(question: str, heard: str | None = None) -> bool:
    """Tell whether a question leans on what was said before; if not, it is complete in itself.

    Args:
        question: in the reader's own words.
        heard: what was said of the topic so far; without it, any one thing is taken for one that was spoken of.
    """
    asked = OPENING.sub("", question)
    if asked != question and FRAGMENT.match(asked):
        return True
    if any(sign.search(asked) for sign in (_COMPARING, _DEMONSTRATIVE, _PLACE, _LACKS_OBJECT)):
        return True
    if ABOUT.match(asked) or _REPLY.match(asked) or _CONDITION.match(asked):
        return True
    return any(_is_open(asked, pronoun) for pronoun in pronouns(asked)) or (
        _is_short(asked) and (heard is None or not _brings_subject(asked, heard))
    )


def pronouns(question: str) -> list[re.Match[str]]:
    """Return the personal pronouns of a question that stand for something, in order."""
    nothing = {match.start() for match in _EXPLETIVE.finditer(question)}
    found = [match for match in _PERSONAL.finditer(question) if match.start() not in nothing]
    # In capitals it is none, as in `the IT department`.
    return [match for match in found if not match.group().isupper()]


def _is_open(question: str, pronoun: re.Match[str]) -> bool:
    """Tell whether a pronoun stands for nothing in its own question, as it does in `does a ship float if it is full`.

    The subject of a clause and an owner may go back to a noun before them, but no object to its own subject: in `what
    does the owner say of him` somebody else is meant.
    """
    before, word = question[: pronoun.start()], pronoun.group().casefold()
    if re.search(r"[.?!]\s", before):
        return not set(terms(before)) - LIGHT
    inner = word in {"his", "its", "their"} or (word not in {"him", "them"} and _SUBJECT.search(before))
    return not (inner and (_ANTECEDENT.search(before) or names(before)))


def _is_short(question: str) -> bool:
    """Tell whether a question says too little to be searched for alone."""
    words = set(terms(question))
    if words and _DEFINITION.match(question):
        return False
    if names(question):
        return len(words) < _FEWEST_TERMS
    heavy = words - LIGHT
    # `is the service free` is about a service that was spoken of.
    bare = _BARE_DEFINITE.search(question) is not None and heavy == words
    return len(heavy) < _FEWEST_TERMS + bare


def _brings_subject(question: str, heard: str) -> bool:
    """Tell whether a question asks what a thing does that was not spoken of: a topic of its own, however short."""
    clause = _CLAUSE.match(question)
    if not clause or _OFFICE.search(clause[1]) or not set(terms(clause[2])) - EMPTY:
        return False
    nouns = set(terms(clause[1])) - LIGHT
    # `lifeboat` speaks of a boat.
    return bool(nouns) and not any(word.endswith(noun) for word in terms(heard) for noun in nouns)
