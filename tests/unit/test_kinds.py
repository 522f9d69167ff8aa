"""What kind of thing a short answer is."""

from __future__ import annotations

import pytest

from qa.answering.kinds import Kind, kind_of


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
