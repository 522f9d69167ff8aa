"""Small changes that leave a question without its answer."""

# ruff: noqa: S311 -- nothing secret depends on these numbers
from __future__ import annotations

import random

import pytest

from training.perturb import (
    ANTONYMS,
    names,
    negate,
    perturb,
    search_style,
    swap_antonym,
    swap_name,
    swap_number,
)

_NEAR = "In 1911 the mill at Oster burned down. The widow of Karl Moe sold it to Brede, which paid 400 crowns in 1913."
_FAR = ["Later the Brede Mill Company sent 250 sacks to Lisbon."]


def test_a_name_becomes_another_of_the_same_texts() -> None:
    """A swapped name is one that the context or its neighbours mention, and shares no word with the old one."""
    for seed in range(20):
        changed = swap_name("Who sold the mill to Brede?", _NEAR, _FAR, random.Random(seed))
        assert changed is not None
        taken = changed.removeprefix("Who sold the mill to ").rstrip("?")
        assert taken in {"Oster", "Karl Moe", "Lisbon"}


def test_a_question_word_is_no_name() -> None:
    """The word that opens a question is never swapped."""
    assert swap_name("Who sold the mill?", _NEAR, _FAR, random.Random(0)) is None


def test_names_that_only_open_a_sentence_are_not_trusted() -> None:
    """A single capitalised word at the start of a sentence may be any word."""
    assert names("Later it rained. Millers left Oster with Karl Moe.") == ["Oster", "Karl Moe"]


def test_a_month_becomes_a_month() -> None:
    """Dates keep their kind."""
    changed = swap_name("What opened in August that year?", _NEAR, _FAR, random.Random(0))
    assert changed is not None
    assert changed.split()[3] not in {"August", "Oster", "Brede"}
    assert names(f"It was {changed.split()[3]}") == [changed.split()[3]]


def test_a_number_becomes_another_of_its_shape() -> None:
    """A year is swapped for a year, of the context or near the old one."""
    for seed in range(20):
        changed = swap_number("What burned down in 1911?", _NEAR, _FAR, random.Random(seed))
        assert changed is not None
        year = changed.rstrip("?").split()[-1]
        assert year != "1911"
        assert len(year) == 4
        assert year.isdigit()


def test_an_antonym_takes_a_words_place() -> None:
    """Only the word with an opposite changes."""
    assert (
        swap_antonym("Who was the first mayor?", "", [], random.Random(0))
        == "Who was the last mayor?"
    )
    assert swap_antonym("Who was mayor?", "", [], random.Random(0)) is None


def test_no_word_is_its_own_antonym() -> None:
    """Each entry of the table changes the word."""
    assert [word for word, opposite in ANTONYMS.items() if word == opposite] == []


def test_negation_takes_the_first_auxiliary() -> None:
    """One auxiliary is negated, and one that is negated already is left alone."""
    assert (
        negate("Why did Brede buy what was burnt?", "", [], random.Random(0))
        == "Why didn't Brede buy what was burnt?"
    )
    assert negate("Who was not paid?", "", [], random.Random(0)) is None


@pytest.mark.parametrize(
    "question",
    [
        "Who sold the mill to Brede?",
        "What burned down in 1911?",
        "Who was the first mayor?",
        "Is it old?",
    ],
)
def test_a_perturbed_question_differs(question: str) -> None:
    """Whatever change is drawn, the question is another one."""
    for seed in range(50):
        changed = perturb(question, _NEAR, _FAR, random.Random(seed))
        assert changed is not None
        assert changed.casefold() != question.casefold()


def test_what_cannot_be_changed_is_given_up() -> None:
    """A question with no name, number, antonym or auxiliary yields nothing."""
    assert perturb("Who runs mills?", _NEAR, _FAR, random.Random(0)) is None


def test_search_style_has_no_capitals_and_no_question_mark() -> None:
    """A question reads as it is typed into a search box."""
    assert search_style("Who sold the Mill ?") == "who sold the mill"
