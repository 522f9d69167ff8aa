"""Makes a follow-up question stand for itself, from the turns before it, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.text import terms, words
from qa.types import Turn

_REFERS_BACK = re.compile(
    r"\b(?:he|him|his|she|her|hers|it|its|they|them|their|theirs|this|that|these|those|there|then|one|ones|else|"
    r"former|latter|same|other|others|another)\b",
    re.IGNORECASE,
)
_CONJUNCTION = re.compile(r"^\s*(?:and|but|so|or|also)\b[\s,]*", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"^\s*(?:and\s+|but\s+)?(?:what|how) about\b", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:he|him|his|she|her|hers|they|them|their)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)+")
# A question of fewer words that carry meaning cannot stand alone.
_FEWEST_TERMS = 2


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return `question` with what it leaves unsaid put in brackets behind it, or as it is.

    The words come from the last question that stood for itself and those asked since; where the follow-up
    speaks of a person, also the names in the last answer.
    """
    if not refers_back(question) or not any(turn.role == "user" for turn in history):
        return question
    subject = _subject([turn.text for turn in history if turn.role == "user"])
    if _PERSON.search(question):
        answers = [turn.text for turn in history if turn.role == "assistant"]
        subject += _NAME.findall(answers[-1]) if answers else []
    present = set(terms(question))
    missing = [part for part in dict.fromkeys(subject) if set(terms(part)) - present]
    return f"{_CONJUNCTION.sub('', question).strip()} ({' '.join(missing)})" if missing else question


def refers_back(question: str) -> bool:
    """Tell whether a question leans on what was said before."""
    opening = _CONJUNCTION.match(question) or _WHAT_ABOUT.match(question)
    return bool(opening or _REFERS_BACK.search(question)) or len(set(terms(question))) < _FEWEST_TERMS


def _subject(questions: Sequence[str]) -> list[str]:
    """Return the words that carry meaning of the last question that stood for itself and those after it."""
    asked: list[str] = []
    for question in reversed(questions):
        asked.insert(0, question)
        if not refers_back(question):
            break
    return [word for text in asked for word in _surface(text) if terms(word)]


def _surface(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+(?:[’'.,-]\w+)*", text) if words(word)]
