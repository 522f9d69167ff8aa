"""What kind of thing a short answer is."""

from __future__ import annotations

import pytest

from qa.answering.kinds import Kind, is_beside, kind_of


@pytest.mark.parametrize(
    ("short", "kind"),
    [
        ("£212m", "money"),
        ("291 million crowns", "money"),
        ("31 per cent", "percent"),
        ("31%", "percent"),
        ("19 December", "date"),
        ("2022", "date"),
        ("on Thursday", "date"),
        ("22", "number"),
        ("nine people", "number"),
        ("Mara Voss", "name"),
        ("the Court of Appeal", "name"),
        ("because the hatch was open", "words"),
        ("they lost nine of the boats that had sailed in 1990", "words"),
        ("", "words"),
    ],
)
def test_the_kind_of_a_short_answer(short: str, kind: Kind) -> None:
    """Sums, shares, dates, numbers and names are told apart; all else, and whatever is long, is words."""
    assert kind_of(short) == kind


@pytest.mark.parametrize(
    ("question", "short", "beside"),
    [
        ("How old is Ada Brook?", "The miller", True),
        ("How many sheep were lost?", "Ada Brook", True),
        ("And how old is she?", "71", False),
        ("How old is the boy?", "a teenager", False),
        ("How old is he?", "in his forties", False),
        ("How many sheep were lost?", "hundreds", False),
        ("How many were hurt?", "Nobody", False),
        ("How did she get there?", "by boat", False),
    ],
)
def test_only_a_quantity_answers_how_many(question: str, short: str, beside: bool) -> None:
    """Neither a post nor a person is an age or a number; words for quantities are."""
    assert is_beside(question, short) == beside
