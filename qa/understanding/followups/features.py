"""Features of a question and of what it may be about, for the network that chooses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from qa.lexicon import FINITE_AUXILIARIES, QUESTION_WORDS
from qa.text import terms
from qa.understanding.followups import persons
from qa.understanding.followups.heard import Candidate, Heard, ages
from qa.understanding.followups.mentions import names
from qa.understanding.followups.persons import PRONOUNS

Passages = Callable[[str], Sequence[str]]
"""Returns passages of the articles that hold a word."""

OTHERS = ("that", "this", "those", "these", "there", "then", "one", "other", "else", "same", "so")
"""What points at something else said, besides the pronouns of persons and things."""

_WORD = re.compile(r"[\w’']+")
_DEFINITE = re.compile(r"\bthe\s+\w", re.IGNORECASE)
_CONJUNCTION = re.compile(r"^\W*(?:and|but|so|or|ok|okay|then)\b", re.IGNORECASE)
_MANY = 6
_AGES = 4


def question_features(question: str, moves: Mapping[str, float]) -> list[float]:
    """Return what a question itself tells of how much it leaves unsaid.

    Args:
        question: as it was asked.
        moves: move -> probability.
    """
    words = [word.casefold() for word in _WORD.findall(question)]
    present = set(words)
    stems = terms(question)
    return [
        *(float(bool(group & present)) for group in PRONOUNS),
        *(float(word in present) for word in OTHERS),
        *(float(words[:1] == [word]) for word in QUESTION_WORDS),
        float(bool(_CONJUNCTION.match(question))),
        float(not present & (FINITE_AUXILIARIES | set(QUESTION_WORDS))),
        min(len(stems), _MANY) / _MANY,
        min(len(words), 2 * _MANY) / (2 * _MANY),
        float(bool(names(question))),
        float(bool(_DEFINITE.search(question))),
        *(moves.get(move, 0.0) for move in ("complete", "followup", "correction")),
    ]


def candidate_features(
    question: str, candidate: Candidate, exchanges: Sequence[Heard], pronouns: Sequence[float]
) -> list[float]:
    """Return how what was mentioned goes with a question.

    Args:
        question: as it was asked.
        candidate: what was mentioned.
        exchanges: the newest first.
        pronouns: as `pronoun_shares` returns them.
    """
    asked = set(terms(question))
    present = {word.casefold() for word in _WORD.findall(question)}
    last = candidate.text.split()[-1]
    fits = [share * bool(group & present) for share, group in zip(pronouns, PRONOUNS, strict=True)]
    return [
        float(candidate.kind == "name"),
        *(float(role in candidate.roles) for role in ("question", "answer", "quote")),
        *(float(min(candidate.age, _AGES - 1) == age) for age in range(_AGES)),
        float(len(candidate.ages) > 1),
        min(len(candidate.ages), 3) / 3,
        float(bool(exchanges) and candidate.ages[-1] == ages(exchanges)[-1]),
        min(candidate.place, 10) / 10,
        min(len(candidate.stems), 4) / 4,
        float(any(char.isdigit() for char in candidate.text)),
        float(candidate.definite),
        float(" " in candidate.text),
        len(candidate.stems & asked) / len(candidate.stems),
        float(bool(set(terms(last)) & asked)),
        *pronouns,
        *fits,
        max(fits) - max(pronouns),
    ]


def pronoun_shares(candidate: Candidate, texts: Sequence[str]) -> list[float]:
    """Return how often he, she, it and they take up what was mentioned, as shares; 0 of no name."""
    if candidate.kind != "name":
        return [0.0] * len(PRONOUNS)
    return persons.pronoun_shares(candidate.text, texts)


def called_so(candidate: Candidate, texts: Sequence[str]) -> bool:
    """Return whether what was mentioned is the name of a person in some texts."""
    named = candidate.kind == "name" and not candidate.definite
    return named and persons.is_person(candidate.text, texts)
