"""A second scorer of short answers, written from SQuAD's definition alone and sharing no code with the product's."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence


def f1(prediction: str, answers: Sequence[str]) -> float:
    """Return the best F1 of the words that a prediction shares with a gold answer, each word as often as both have it.

    A prediction and an answer without any word are equal, and such an answer counts only where
    there is no other.
    """
    worded = [answer for answer in answers if _words(answer)] or [""]
    return max(_shared(_words(prediction), _words(answer)) for answer in worded)


def _shared(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    left = list(gold)
    for word in said:
        if word in left:
            left.remove(word)
    return 2 * (len(gold) - len(left)) / (len(said) + len(gold))


def _words(text: str) -> list[str]:
    unpointed = "".join(
        character for character in text.lower() if character not in string.punctuation
    )
    return re.sub(r"\b(a|an|the)\b", " ", unpointed).split()
