"""The word of confidence and what it means."""

from __future__ import annotations

import itertools

import pytest

from qa.chat.confidence import meaning, word


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (1.0, "Very likely an answer"),
        (0.9, "Very likely an answer"),
        (0.899, "Likely an answer"),
        (0.66, "Likely an answer"),
        (0.659, "Possibly an answer"),
        (0.0, "Possibly an answer"),
    ],
)
def test_a_word_has_a_least_probability(probability: float, expected: str) -> None:
    """Each word begins with its probability and ends before the next one's."""
    assert word(probability) == expected


@pytest.mark.parametrize(("probability", "expected"), [(1.0, "more than 9"), (0.83, "about 8"), (0.0, "fewer than 1")])
def test_the_meaning_is_the_probability_in_tenths(probability: float, expected: str) -> None:
    """The meaning states the rounded probability and no other figure; it claims neither always nor never."""
    assert meaning(probability) == f"In {expected} of 10 answers this sure, the first quote is an answer."


def test_what_is_surer_never_sounds_less_sure() -> None:
    """Over the whole range a higher probability has the same word as a lower one, or the next."""
    words = [word(hundredth / 100) for hundredth in range(101)]
    assert [key for key, _ in itertools.groupby(words)] == [
        "Possibly an answer",
        "Likely an answer",
        "Very likely an answer",
    ]
    tenths = [meaning(hundredth / 100) for hundredth in range(101)]
    assert len(list(itertools.groupby(tenths))) == len(set(tenths)) == 11
