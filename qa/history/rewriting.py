"""Checks a follow-up question as somebody else made it stand for itself, such as a chat model."""

from __future__ import annotations

from collections.abc import Sequence

from qa.history.phrases import LIGHT, names
from qa.history.signs import refers_back
from qa.text import terms, words
from qa.types import Turn

LONGEST = 300
"""A question of more characters is none."""

# What only compares one question with the last: a complete one says it in other words.
_COMPARING = frozenset(terms("else other others another again instead same former latter one ones"))


def confirmed(rewritten: str, question: str, history: Sequence[Turn]) -> bool:
    """Tell whether a rewritten question stands for itself, asks what was asked, and speaks only of what was spoken of.

    It may bring in no word that nobody used, and must keep the names, the numbers and most other words of the question.

    Args:
        rewritten: the question in its new words.
        question: as it was asked.
        history: the turns before it, oldest first.
    """
    if not rewritten.endswith("?") or "\n" in rewritten or len(rewritten) > LONGEST or refers_back(rewritten):
        return False
    asked, put = set(terms(question)), set(terms(rewritten))
    spoken = asked.union(*(terms(turn.text) for turn in history))
    own = asked - LIGHT - _COMPARING
    numbers = {word for word in words(question) if word[0].isdigit()}
    kept = set(words(rewritten))
    return (
        put <= spoken | LIGHT
        and numbers.union(*map(words, names(question))) <= kept
        and 2 * len(own & put) >= len(own)
        and put != asked
    )
