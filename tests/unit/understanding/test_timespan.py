"""Which span of time a question names, and what only looks like one."""

from __future__ import annotations

import datetime as dt

import pytest

from qa.understanding.timespan import time_span

NEWEST = dt.date(2025, 11, 14)  # a Friday


@pytest.mark.parametrize(
    ("question", "span"),
    [
        ("Who led the council on 1 October?", "1 October 2025"),
        ("What was decided on October 1st, 2024?", "1 October 2024"),
        ("What was said on 2025-10-01?", "1 October 2025"),
        ("What happened in March?", "1 to 31 March 2025"),
        ("what happened in march", "1 to 31 March 2025"),
        ("Who won in 2024?", "1 January to 31 December 2024"),
        ("What happened between 3 and 9 November?", "3 to 9 November 2025"),
        ("What happened from 28 October to 9 November?", "28 October to 9 November 2025"),
        ("What is new since 10 April?", "since 10 April 2025"),
        ("What did it cost before the vote on 9 October?", "up to 8 October 2025"),
        ("What was known after 9 October?", "since 10 October 2025"),
        ("What was planned until the end of October?", "up to 31 October 2025"),
        ("What was the storm like in the first week of November?", "1 to 7 November 2025"),
        ("What sank in the last week of September?", "24 to 30 September 2025"),
        ("What happened in mid-October?", "11 to 20 October 2025"),
    ],
)
def test_a_date_in_words(question: str, span: str) -> None:
    """Days, months, years, parts of them and what lies before or after them are read as one reads them."""
    found = time_span(question, NEWEST)
    assert str(found) == span


@pytest.mark.parametrize(
    ("question", "span"),
    [
        ("What happened last week?", "3 to 9 November 2025"),
        ("What was announced this week?", "10 to 14 November 2025"),
        ("What happened yesterday?", "13 November 2025"),
        ("What was decided on Wednesday?", "12 November 2025"),
        ("What happened last month?", "1 to 31 October 2025"),
        ("What happened in the past three days?", "11 to 14 November 2025"),
    ],
)
def test_relative_dates_count_from_the_newest_article(question: str, span: str) -> None:
    """Last week is the week before the newest article's, whatever the day on which somebody asks."""
    assert str(time_span(question, NEWEST)) == span


@pytest.mark.parametrize(
    "question",
    [
        "What may happen?",
        "Will the march stop?",
        "Who won the 2024 race?",
        "Who led the May Day parade?",
        "Which room is number 12?",
        "What happened on 31 February?",
        "Who plays on the last night of the festival?",
        "Who resigned in the last year of the war?",
    ],
)
def test_what_only_looks_like_a_date(question: str) -> None:
    """Words and numbers that have another meaning where they stand name no span of time."""
    assert time_span(question, NEWEST) is None


def test_a_date_without_a_year_is_the_one_that_comes_nearest() -> None:
    """In January, December is the last one; what is a few months ahead lies ahead."""
    january = dt.date(2025, 1, 10)
    assert str(time_span("What happened in December?", january)) == "1 to 31 December 2024"
    assert str(time_span("What is planned for 3 March?", january)) == "3 March 2025"


def test_the_words_that_name_it_are_known() -> None:
    """So that the question can be asked without them."""
    question = "What was the storm like in the first week of November?"
    found = time_span(question, NEWEST)
    assert found is not None
    assert question[found.start : found.end] == "in the first week of November"
