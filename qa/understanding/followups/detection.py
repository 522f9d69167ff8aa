"""Detects follow-ups: questions that depend on what was said before."""

from __future__ import annotations

import re

from qa.lexicon import AUXILIARIES, QUESTION_WORDS
from qa.text import terms
from qa.understanding.followups.mentions import EMPTY, LIGHT, names

ANY_AUXILIARY = "|".join(sorted(AUXILIARIES - {"am"}))
OPENING = re.compile(
    r"^\s*(?:(?:and|but|so|or|also|then|ok|okay|well|thanks|thank you|got it|i see|by the way)\b"
    r"[\s,.!]*)+",
    re.IGNORECASE,
)
"""A discourse marker at the start of a question; it alone does not make a follow-up."""
ABOUT = re.compile(r"^\s*(?:what|how) about\s+", re.IGNORECASE)
FRAGMENT = re.compile(
    rf"^(?!.*\b(?:{'|'.join(QUESTION_WORDS)}|{ANY_AUXILIARY})\b)",
    re.IGNORECASE | re.DOTALL,
)
"""A fragment of a question, with neither a question word nor an auxiliary verb."""

_REPLY = re.compile(r"^\s*(?:no|yes|yeah|nope|sorry|i mean|i meant)\b(?!\s+\w+$)", re.IGNORECASE)
_PERSONAL = re.compile(r"\b(?:he|him|his|she|hers?|it|its|they|them|theirs?)\b", re.IGNORECASE)
# `is it true that`, `how long does it take to`: this `it` refers to nothing.
_EXPLETIVE = re.compile(
    r"\bit(?=\s+(?:costs? to|takes?|took|true|possible|necessary|legal|illegal|safe|worth|normal|"
    r"common|easy|hard|better|best|rains?|snows?)\b(?!\W*$))",
    re.IGNORECASE,
)
_DEMONSTRATIVE = re.compile(
    r"\b(?:this|these)\b|\bthose\b(?!\s+(?:who|whom|that|which|with|of|in))|\bthat(?=\W*$)|"
    r"\b(?:is|was|does|did|do|will|would|can|could|of|about|after|before|for|like|from|to|with|by|"
    r"than)\s+that\b(?!\s+(?:the|an?|he|she|it|they|we|i|you|there)\b)",
    re.IGNORECASE,
)
# Not `is there a` or `were there any`, which ask what exists, but `how many live there`.
_PLACE = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bbe )\bthere\b(?!\s+(?:is|are|was|were)\b)",
    re.IGNORECASE,
)
_COMPARING = re.compile(
    r"\b(?:else|another|former|latter|again|instead)\b|"
    r"\b(?:the|any|what|which|some|many) others?\b(?! than)|"
    r"\bthe same\s+(?!as\b|or\b|and\b)\w+|"
    r"\b(?:which|the|an?|any|new|old|first|last|next|that|this|create|get|use|have|need)\s+ones?\b",
    re.IGNORECASE,
)
# A verb of speech without its topic: `what do they say`, `what did the owner think`.
_LACKS_OBJECT = re.compile(
    r"\b(?:say|said|think|thought|answer|answered|reply|replied|claim|claimed|respond|react)\W*$",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"^\W*(?:even )?(?:if|because|unless)\b[^,]*$", re.IGNORECASE)
_DEFINITION = re.compile(
    r"^\W*(?:what|who)(?:[’']s| is| are| was| were)\s+(?!the\b|\w+(?:ing|ed)\b)(?:an?\s+)?\w",
    re.IGNORECASE,
)
_BARE_DEFINITE = re.compile(r"^(?!.*\bof\b).*\bthe\s+\w", re.IGNORECASE | re.DOTALL)
_SUBJECT = re.compile(
    rf"(?:\b(?:and|or|but|if|when|that|because|before|after|while|than|as|{ANY_AUXILIARY})|,)\s+$",
    re.IGNORECASE,
)
_ANTECEDENT = re.compile(
    r"\b(?:the|an?|my|our|your|each|every|no)\s+\w{2,}|"
    r"\b(?:those|people|anyone|everyone|somebody|someone)\b",
    re.IGNORECASE,
)
# `how much does the dam cost`: the noun that is the subject, and the verb.
_CLAUSE = re.compile(
    rf"^\W*(?:what|which|when|where|why|how)\b.*\b(?:{ANY_AUXILIARY})\s+the\s+([\w’'-]+)\s+(.+)",
    re.IGNORECASE | re.DOTALL,
)
# An office or trade relates to something else: `the owner`, `the auditors`, `the captain`.
_OFFICE = re.compile(
    r"(?:er|or|ist|ant|(?<!m)ent|man|men|woman|women|captain|chief|king|queen)s?$", re.IGNORECASE
)
# A question with fewer content words is incomplete.
_MIN_TERMS = 2


def is_followup(question: str, heard: str | None = None) -> bool:
    """Return whether a question depends on what was said before; else it is complete in itself.

    Args:
        question: in the reader's own words.
        heard: what was said on the topic so far; without it, a question's subject is taken to have
            been mentioned before.
    """
    asked = OPENING.sub("", question)
    if asked != question and FRAGMENT.match(asked):
        return True
    if any(cue.search(asked) for cue in (_COMPARING, _DEMONSTRATIVE, _PLACE, _LACKS_OBJECT)):
        return True
    if ABOUT.match(asked) or _REPLY.match(asked) or _CONDITION.match(asked):
        return True
    return any(_is_unresolved(asked, pronoun) for pronoun in referring_pronouns(asked)) or (
        _is_incomplete(asked) and (heard is None or not _has_new_subject(asked, heard))
    )


def referring_pronouns(question: str) -> list[re.Match[str]]:
    """Return the personal pronouns of a question that refer to something, in order."""
    expletive = {match.start() for match in _EXPLETIVE.finditer(question)}
    found = [match for match in _PERSONAL.finditer(question) if match.start() not in expletive]
    # A word in capitals is no pronoun: `the IT department`.
    return [match for match in found if not match.group().isupper()]


def _is_unresolved(question: str, pronoun: re.Match[str]) -> bool:
    """Return whether a pronoun has no antecedent in its own question.

    A subject or a possessive may refer to a noun before it, as in `does a ship float if it is
    full`, but an object does not refer to its own subject: `what does the owner say of him`.
    """
    before, word = question[: pronoun.start()], pronoun.group().casefold()
    if re.search(r"[.?!]\s", before):
        return not set(terms(before)) - LIGHT
    inner = word in {"his", "its", "their"} or (
        word not in {"him", "them"} and _SUBJECT.search(before)
    )
    return not (inner and (_ANTECEDENT.search(before) or names(before)))


def _is_incomplete(question: str) -> bool:
    """Return whether a question says too little to be searched for on its own."""
    words = set(terms(question))
    if words and _DEFINITION.match(question):
        return False
    if names(question):
        return len(words) < _MIN_TERMS
    heavy = words - LIGHT
    # `is the service free` is about a service mentioned before.
    bare = _BARE_DEFINITE.search(question) is not None and heavy == words
    return len(heavy) < _MIN_TERMS + bare


def _has_new_subject(question: str, heard: str) -> bool:
    """Return whether a question, however short, asks about a thing not mentioned before."""
    clause = _CLAUSE.match(question)
    if not clause or _OFFICE.search(clause[1]) or not set(terms(clause[2])) - EMPTY:
        return False
    nouns = set(terms(clause[1])) - LIGHT
    # `lifeboat` mentions a boat.
    return bool(nouns) and not any(word.endswith(noun) for word in terms(heard) for noun in nouns)
