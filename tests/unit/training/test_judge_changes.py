"""Changes in a story's articles: names and figures exchanged, and replaced."""

# ruff: noqa: S311 -- nothing secret depends on these numbers
from __future__ import annotations

import random

from training.judge_changes import exchanged, lower_case, made_false, names

_TEXTS = {
    "a1": "Anna Lund bought the mill for 400 crowns. Per Holm sold it. Holm kept the barn.",
    "a2": "The council of Oster wants 40 crowns in tax.",
}
_KNOWN = lower_case([*_TEXTS.values(), "the per council"])


def test_names_are_no_words_of_lower_case() -> None:
    """What occurs in lower case, a month or a day is no name."""
    assert names("The Council told Anna Lund on Monday in May", _KNOWN) == ["Anna", "Lund"]


def test_numbers_are_exchanged_whole() -> None:
    """A number that only begins like another one stays as it is."""
    assert exchanged("400 of 4000, 400.5 or 40.", "400", "40") == "40 of 4000, 400.5 or 400."


def test_a_true_claim_becomes_false() -> None:
    """Something that the claim rests on is another one in the texts, and nothing that adjoins it."""
    claim, quoted = "Lund paid 400 crowns.", [("a1", "Anna Lund bought the mill for 400 crowns.")]
    made = [made_false(claim, _TEXTS, quoted, _KNOWN, random.Random(n)) for n in range(40)]
    first = {texts["a1"].partition(".")[0] for texts in made if texts}
    assert "Anna Lund bought the mill for 400 crowns" not in first
    assert {text for text in first if "400" in text} == {
        "Anna Holm bought the mill for 400 crowns",
        "Anna Oster bought the mill for 400 crowns",
    }
    assert any("Lund" in text and "400" not in text for text in first)


def test_nothing_is_changed_where_a_claim_names_nothing() -> None:
    """A claim without name and figure cannot be made false in this way."""
    assert made_false("The mill was sold.", _TEXTS, [], _KNOWN, random.Random(0)) is None
