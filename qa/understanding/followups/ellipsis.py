"""Completes an elliptical question from the one before: `and in Baku?`, `and the auditors?`."""

from __future__ import annotations

import re

from qa.lexicon import AUXILIARIES, NEGATED_AUXILIARIES, QUESTION_WORDS
from qa.understanding.followups.mentions import names
from qa.understanding.followups.persons import PRONOUNS

_ANY_AUXILIARY = "|".join(sorted(AUXILIARIES - {"am"}))
OPENING = re.compile(
    r"^\s*(?:(?:and|but|so|or|also|then|ok|okay|well|thanks|thank you|got it|i see|by the way)\b"
    r"[\s,.!]*)+",
    re.IGNORECASE,
)
"""A discourse marker at the start of a question; it alone does not make a follow-up."""
ABOUT = re.compile(r"^\s*(?:what|how) about\s+", re.IGNORECASE)
"""What may stand before the fragment that a question is."""
_FRAGMENT = re.compile(
    rf"^(?!.*\b(?:{'|'.join(QUESTION_WORDS)}|{_ANY_AUXILIARY})\b)",
    re.IGNORECASE | re.DOTALL,
)
"""A fragment of a question, with neither a question word nor an auxiliary verb."""
_ADVERB = re.compile(rf"^\W*(?:why|when|where|how)(?=\s+(?:{_ANY_AUXILIARY})\b)", re.IGNORECASE)
_BARE_ADVERB = re.compile(
    r"^(?:why|when|where|how|since when|until when|(?:by|from|to|with) (?:whom|who|what))"
    r"(?: exactly)?\W*$",
    re.IGNORECASE,
)
_WHY = re.compile(r"(?:and |but )?(?P<adverb>why|since when)(?P<no> not)?", re.IGNORECASE)
_WHO_DID = re.compile(rf"(who|which one|which ones) ({_ANY_AUXILIARY})(?: then)?", re.IGNORECASE)
# `Why did Ada Brook leave?`: what follows the subject.
_OF_SUBJECT = re.compile(
    rf"(?:(?:why|when|where|how)\s+)?(?:{_ANY_AUXILIARY})\s+"
    r"(?:the\s+[\w’'-]+|[\w’'-]+(?-i:\s+[A-Z][\w’'-]+)*)\s+(\S.*)$",
    re.IGNORECASE,
)
_NEGATED = {"can": "can't", "will": "won't"}
_PREPOSITIONAL = re.compile(
    r"^(in|at|on|to|from|for|by|with|of|about|against|after|during|since|until|according to)"
    r"\s+\S.{1,60}$",
    re.IGNORECASE,
)
# Of one word, or of several before a participle: `is the ferry repair costing`.
_SUBJECT = re.compile(
    rf"(?<=\s)({_ANY_AUXILIARY})\s+"
    r"the (?:[\w-]+(?: [\w-]+){0,2}?(?=\s+[\w-]+(?:ing|ed)\b)|[\w-]+)(?=\s)",
    re.IGNORECASE,
)
_PRONOUN = re.compile(rf"\b(?:{'|'.join(sorted(frozenset().union(*PRONOUNS)))})\b", re.IGNORECASE)
# `and before him?`, `who was it after that?`
_IN_TURN = re.compile(
    r"(?:and )?(?:(?:who|what|which one) (?:was|is|came|had|did|held|led) (?:it |there |that )?)?"
    r"(?:the one )?(?P<way>before|after)(?:wards?)?(?: (?:him|her|it|that|them|this|then))?",
    re.IGNORECASE,
)
# `Who is`, `who leads`, and not `who did he beat`.
_ASKS_WHO = re.compile(
    rf"\W*who(?:['’]s\b|\s+(?:(?:is|are|was|were)\b|(?!(?:{_ANY_AUXILIARY})\b)\w))",
    re.IGNORECASE,
)
_PRESENT = re.compile(r"^(\W*who)(?:['’]s| is| are)\b", re.IGNORECASE)
_TURN_BEFORE = re.compile(r"\s+(?:before|after) [A-Z][^?]*$")
_MOST_WORDS = 3
_PLURAL = {"is": "are", "was": "were", "does": "do", "has": "have"}
_SINGULAR = {plural: singular for singular, plural in _PLURAL.items()}


def _of_adverb(question: str, before: str) -> str:
    """Return when or why what the question before asks of is so, or not so; or nothing.

    `Why not?` asks for the reason of what was denied: why isn't the bridge open?
    """
    if _BARE_ADVERB.match(question) and _ADVERB.match(before):
        return _ADVERB.sub(question.rstrip(" ?!."), before)
    found = _WHY.fullmatch(question.strip(" ?!."))
    verb, _, rest = before.strip().partition(" ")
    verb = verb.casefold()
    if found is None or verb not in AUXILIARIES or not rest:
        return ""
    negated = _NEGATED.get(verb, f"{verb}n't")
    put = negated if found["no"] and negated in NEGATED_AUXILIARIES else verb
    return f"{found['adverb'].capitalize()} {put} {rest}"


def _of_verb(question: str, before: str) -> str:
    """Return who else is what the question before asks of somebody: `who did?`; or nothing."""
    found = _WHO_DID.fullmatch(question.strip(" ?!."))
    asked = _OF_SUBJECT.match(before.strip()) if found else None
    return f"{found[1].capitalize()} {found[2].lower()} {asked[1]}" if found and asked else ""


def in_turn(question: str, before: str, short: str) -> str:
    """Return who came before or after somebody that an answer named, asked out; or nothing.

    Args:
        question: as it was asked, on one line.
        before: an earlier question, resolved, which asks who somebody is.
        short: the short answer to it.
    """
    found = _IN_TURN.fullmatch(OPENING.sub("", question).strip(" ?!."))
    if found is None or not _ASKS_WHO.match(before) or names(short) != [short]:
        return ""
    asked = _PRESENT.sub(r"\1 was", _TURN_BEFORE.sub("", before.rstrip(" ?!.")))
    return f"{asked} {found['way'].lower()} {short}?"


def complete_ellipsis(question: str, before: str, *, person: str, linked: bool) -> str:
    """Return the question before, with the part that an elliptical question replaces.

    Args:
        question: without an `and` at its start.
        before: the question before, resolved.
        person: whom that was about.
        linked: whether `question` started with an `and`; a name alone may be a new topic.

    Returns:
        An empty string if `question` replaces no part.
    """
    if asked := _of_adverb(question, before) or _of_verb(question, before):
        return asked
    part = ABOUT.sub("", question).rstrip(" ?!.")
    linked = linked or ABOUT.match(question) is not None
    replaces = linked and _FRAGMENT.match(part) and not _PRONOUN.search(part)
    if not replaces or _FRAGMENT.match(before):
        return ""
    within = part[:1].lower() + part[1:]
    if match := _PREPOSITIONAL.match(part):
        body = before.rstrip(" ?!.")
        old = re.search(rf",? \b{match.group(1)} [^,?]*$", body, re.IGNORECASE)
        return f"{body[: old.start()] if old else body} {within}?"
    subject = _SUBJECT.search(before)
    if subject and within.startswith("the ") and len(part.split()) <= _MOST_WORDS:
        verb = subject.group(1).casefold()
        plural = part.endswith("s") and not part.endswith(("ss", "us", "is"))
        agreeing = (_PLURAL if plural else _SINGULAR).get(verb, verb)
        return f"{before[: subject.start()]}{agreeing} {within}{before[subject.end() :]}"
    if person in before and names(part) == [part]:
        return before.replace(person, part, 1) if person else ""
    return ""
