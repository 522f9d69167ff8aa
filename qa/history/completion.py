"""Completes a question of a few words from the question before it: `and in Baku?`, `when?`, `and the auditors?`."""

from __future__ import annotations

import re

from qa.history.phrases import names
from qa.history.signs import ABOUT, AUXILIARIES, FRAGMENT

_ADVERB = re.compile(rf"^\W*(?:why|when|where|how)(?=\s+(?:{AUXILIARIES})\b)", re.IGNORECASE)
_BARE_ADVERB = re.compile(r"^(?:why|when|where|how|since when|until when)(?: exactly)?\W*$", re.IGNORECASE)
_PREPOSITIONAL = re.compile(r"^(in|at|on|to|from|for|by|with|of|against|according to)\s+\S.{1,60}$", re.IGNORECASE)
_SUBJECT = re.compile(rf"(?<=\s)({AUXILIARIES})\s+the [\w-]+(?=\s)", re.IGNORECASE)
_PLURAL = {"is": "are", "was": "were", "does": "do", "has": "have"}
_SINGULAR = {plural: singular for singular, plural in _PLURAL.items()}


def completed(question: str, before: str, *, person: str, linked: bool) -> str:
    """Return the question before with the part replaced that a short question gives anew; empty where it gives none.

    Args:
        question: without the `and` that it may begin with.
        before: the question before, as it was understood.
        person: who that was about.
        linked: whether it began with an `and`. A name alone may be a new topic.
    """
    if _BARE_ADVERB.match(question) and _ADVERB.match(before):
        return _ADVERB.sub(question.rstrip(" ?!."), before)
    part = ABOUT.sub("", question).rstrip(" ?!.")
    linked = linked or ABOUT.match(question) is not None
    if not linked or not FRAGMENT.match(part) or not before.rstrip().endswith("?"):
        return ""
    within = part[:1].lower() + part[1:]
    if match := _PREPOSITIONAL.match(part):
        return _with_part(before, match.group(1), within)
    subject = _SUBJECT.search(before)
    if subject and within.startswith("the ") and len(part.split()) == 2:
        verb = subject.group(1).casefold()
        agreeing = (_PLURAL if _is_plural(part) else _SINGULAR).get(verb, verb)
        return f"{before[: subject.start()]}{agreeing} {within}{before[subject.end() :]}"
    if person in before and names(part) == [part]:
        return before.replace(person, part, 1) if person else ""
    return ""


def _is_plural(noun: str) -> bool:
    return noun.endswith("s") and not noun.endswith(("ss", "us", "is"))


def _with_part(question: str, preposition: str, part: str) -> str:
    """Put `in Baku` in the place of `in Yerevan`, or at the end."""
    body = question.rstrip(" ?")
    old = re.search(rf",? \b{preposition} [^,?]*$", body, re.IGNORECASE)
    return f"{body[: old.start()] if old else body} {part}?"
