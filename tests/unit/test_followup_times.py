"""Questions that ask the one before of another time."""

from __future__ import annotations

import datetime as dt

import pytest

from qa.understanding.followups.times import at_another_time

NEWEST = dt.date(2025, 11, 14)  # a Friday


@pytest.mark.parametrize(
    ("question", "before", "understood"),
    [
        ("and the week before?", "what happened in Ulm last week?",
         "what happened in Ulm from 27 October 2025 to 2 November 2025?"),
        ("And the following week?", "What happened in Ulm from 27 October 2025 to 2 November 2025?",
         "What happened in Ulm from 3 November 2025 to 9 November 2025?"),
        ("the month before that?", "What did Rae say in March?",
         "What did Rae say from 1 February 2025 to 28 February 2025?"),
        ("and the day after?", "Who was arrested on 3 May 2025?",
         "Who was arrested on 4 May 2025?"),
        ("and the previous year", "How many ships sank in 2024?",
         "How many ships sank from 1 January 2023 to 31 December 2023?"),
        ("and in October?", "what happened in Ulm last week?", "what happened in Ulm in October?"),
        ("what about October?", "What happened in Ulm in May?", "What happened in Ulm in October?"),
        ("And last month?", "Who resigned?", "Who resigned last month?"),
        ("since 3 May?", "Who resigned?", "Who resigned since 3 May?"),
    ],
)  # fmt: skip
def test_only_the_time_is_another(question: str, before: str, understood: str) -> None:
    """What else the question before asks stays; a week is the one beside the one asked about."""
    assert at_another_time(question, before, NEWEST) == understood


@pytest.mark.parametrize(
    ("question", "before"),
    [
        ("and in Ulm?", "what happened in Stade last week?"),
        ("who resigned last week?", "what happened in Ulm?"),
        ("and the week before?", "what happened in Ulm?"),
        ("and before him?", "Who was mayor last year?"),
        ("when?", "Who was mayor last year?"),
    ],
)
def test_what_asks_more_than_a_time_is_left_alone(question: str, before: str) -> None:
    """Without a time in the question before, there is nothing that a week could come before."""
    assert at_another_time(question, before, NEWEST) == ""
