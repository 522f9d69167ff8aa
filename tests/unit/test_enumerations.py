"""Enumerations are cut into their items, and what only looks like one stays whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.enumerations import (
    enumeration_items,
    list_items_after,
    list_items_around,
    series_around,
)
from qa.text import Span
from tests.effort import at_most

TEXT = st.lists(
    st.sampled_from(["a", "Orland", "the dam", " and ", ", ", "; ", ",", ";", ":", "\n", "\n- ", "\n1. ", "both ", "(",
                     ")", " as well as ", '"', "“", " or ", ".", " ", "March 3, 2024", "30,000", "Trinidad and Tobago",
                     "😀", "is ", "  * ", "x:\n", "b) "])
    | st.text(max_size=4),
    max_size=25,
).map("".join)  # fmt: skip


def cut(enumeration: str, before: str = "") -> list[str]:
    """Return the items of an enumeration behind some other words."""
    text = before + enumeration + " said nobody."
    return [
        text[a:b] for a, b in enumeration_items(text, (len(before), len(before) + len(enumeration)))
    ]


@pytest.mark.parametrize(
    ("enumeration", "expected"),
    [
        ("Georgia, Armenia and Azerbaijan", ["Georgia", "Armenia", "Azerbaijan"]),
        ("Georgia, Armenia, and Azerbaijan", ["Georgia", "Armenia", "Azerbaijan"]),
        ("France, Germany and the United Kingdom", ["France", "Germany", "the United Kingdom"]),
        ("March, April or May", ["March", "April", "May"]),
        ("a barge; the tug, a wreck; and the pier", ["a barge", "the tug, a wreck", "the pier"]),
        ("both steel and concrete", ["steel", "concrete"]),
        ("either a road or tolls", ["a road", "tolls"]),
        ("the pilot as well as the captain", ["the pilot", "the captain"]),
        ("the pilot, the cook as well as the captain", ["the pilot, the cook", "the captain"]),
        ("Georgia and Armenia", ["Georgia", "Armenia"]),
        ("Anna Berg and Ivo Marek", ["Anna Berg", "Ivo Marek"]),
        ("the Belka and the Corinna", ["the Belka", "the Corinna"]),
        (
            "a march through the town and a complaint to the court",
            ["a march through the town", "a complaint to the court"],
        ),
        ("tea or coffee", ["tea", "coffee"]),
        ("2010 and 2014", ["2010", "2014"]),
        ("steel, concrete, sand", ["steel", "concrete", "sand"]),
        ("30,000 crowns, 12 sheep and a cart", ["30,000 crowns", "12 sheep", "a cart"]),
        (
            "water, food (rice, beans and oil) and blankets",
            ["water", "food (rice, beans and oil)", "blankets"],
        ),
        ("“Salt and Sand”, “Dune” and “Reef”", ["“Salt and Sand”", "“Dune”", "“Reef”"]),
        (
            "Trinidad and Tobago, Barbados and Jamaica",
            ["Trinidad and Tobago", "Barbados", "Jamaica"],
        ),
        ("Acme, Inc., Orlo Ltd and Vey", ["Acme, Inc.", "Orlo Ltd", "Vey"]),
        (
            "the cup;\n- three charts, drawn by hand;\n- a lamp",
            ["the cup", "three charts, drawn by hand", "a lamp"],
        ),
        ("Dollan: 58\n- Asper: 41", ["Dollan: 58", "Asper: 41"]),
    ],
)
def test_an_enumeration_is_cut_into_its_items(enumeration: str, expected: list[str]) -> None:
    """Items lose the commas, semicolons and conjunctions around them, and nothing else."""
    assert cut(enumeration) == expected


@pytest.mark.parametrize(
    "whole",
    [
        "the dam",
        "Trinidad and Tobago",
        "São Tomé and Príncipe",
        "Johnson & Johnson",
        "Paris, France",
        "Springfield, Vey, Orland",
        "March 3, 2024",
        "Monday, 14 April",
        "30,000",
        "the Department of Health and Human Services",
        "Ministry of Trade and Fisheries",
        "the Arts and Humanities",
        "red and white flag",
        "two and a half",
        "Anna Berg, the mayor, and Ivo Marek",
        "Anna Berg and her deputy",
        "He came, saw the house, and left",
        "the dam leaked, the road was closed and nobody left",
        "to build the dam and to close the road",
        "that it leaked, that it broke and that it fell",
        "Orland and Vey, Asper and Dollan",
        "“Salt and Sand”",
        "and",
    ],
)
def test_what_enumerates_nothing_stays_whole(whole: str) -> None:
    """Names, places, dates, numbers and clauses are a single item."""
    assert cut(whole) == [whole]


def test_between_two_numbers_is_a_range() -> None:
    """The ends of a range are not a list, even if the span starts after `between`."""
    assert cut("120 and 130", before="It was between ") == ["120 and 130"]
    assert cut("120 and 130", before="It was ") == ["120", "130"]


@pytest.mark.parametrize("blank", ["", " ", " , ", ";", "\n"])
def test_a_span_without_words_has_no_items(blank: str) -> None:
    """Punctuation and white space are no item."""
    assert enumeration_items(f"a{blank}b", (1, 1 + len(blank))) == []


def behind(lead: str, lines: str) -> list[str]:
    """Return the items on the lines behind a lead-in."""
    text = lead + lines
    return [text[a:b] for a, b in list_items_after(text, (0, len(lead)))]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("\n- a march;\n- a count;\n- no access.\n", ["a march", "a count", "no access"]),
        ("\n\n* a march\n* a count\n\nThe hall was full.\n* no item", ["a march", "a count"]),
        ("\n1. One\n\n2. Two\n\n3) Three", ["One", "Two", "Three"]),
        ("\na) One, and\nb) Two", ["One", "Two"]),
        ("\n• One\n•Two\n– Three", ["One", "Two", "Three"]),
        ("\n- One that\n  wraps\n- Two", ["One that\n  wraps", "Two"]),
        ("\n  - One\n    - below\n  - Two", ["One", "Two"]),
        ("\n- 3.5 metres.\n- The U.S.\n- Orlo Ltd.", ["3.5 metres", "The U.S.", "Orlo Ltd."]),
        ("\n- One\nThe end.\n- no item", ["One"]),
        (" yes.\n- no item", []),
        ("\nThe text goes on.\n- no item", []),
        ("\n-\n- ", []),
        ("", []),
    ],
)
def test_the_lines_behind_a_lead_in_are_items(lines: str, expected: list[str]) -> None:
    """Items lose their marks; blank lines may separate them, any other line ends the list."""
    assert behind("The meeting agreed on:", lines) == expected


def test_only_a_colon_leads_in() -> None:
    """Only a sentence with a final colon has list items; emphasis marks after the colon do not matter."""
    assert behind("The meeting agreed.", "\n- a march") == []
    assert behind("**Agreed:**", "\n- a march") == ["a march"]
    assert list_items_after("", (0, 0)) == []


@given(TEXT, st.data())
def test_items_lie_in_their_span_in_order(text: str, data: st.DataObject) -> None:
    """Whatever the text, items are not empty, are in order and lie within the span."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = enumeration_items(text, (start, end))
    _check(text, found, (start, end))
    assert found or not any(char.isalnum() for char in text[start:end])


@given(TEXT, st.data())
def test_items_on_lines_lie_behind_their_sentence(text: str, data: st.DataObject) -> None:
    """Whatever the text, list items are not empty, are in order and follow the lead-in."""
    end = data.draw(st.integers(0, len(text)))
    _check(text, list_items_after(text, (0, end)), (end, len(text)))


def _check(text: str, found: list[Span], within: Span) -> None:
    edges = [edge for span in found for edge in span]
    assert edges == sorted(edges)
    assert all(within[0] <= a < b <= within[1] and text[a:b].strip() for a, b in found)


@pytest.mark.parametrize("unit", ["a, ", "and ", "“", "(", "a and ", ";", "\n- a", "- ", "  ", "x"])
def test_hostile_text_is_cut_fast(unit: str) -> None:
    """A megabyte of one mark, on one line or on many, takes hardly any time."""
    text = "Agreed:\n- " + unit * (1_000_000 // len(unit))
    with at_most(2):
        enumeration_items(text, (0, len(text)))
        enumeration_items(text, (10, 4_900))
        list_items_after(text, (0, 7))


CREW = "The crew: Ann Rowe, Ben Tills, Cy de Vorn and Di Wuhr sail on Monday."
CUTS = "Three things go:\n\n1. the night bus\n2. the library van\n3. the ferry\n\nNobody objected."


def test_a_series_is_complete_whichever_name_was_read() -> None:
    """The names before and after one of a series belong to it."""
    start = CREW.index("Ben Tills")
    found = series_around(CREW, (start, start + 9), (0, len(CREW)))
    names = ["Ann Rowe", "Ben Tills", "Cy de Vorn", "Di Wuhr"]
    assert [CREW[slice(*span)] for span in found] == names
    start = CREW.index("Monday")
    assert series_around(CREW, (start, start + 6), (0, len(CREW))) == []


def test_a_list_is_complete_whichever_item_was_read() -> None:
    """All items of its list, without their marks; a line of prose is no item."""
    start = CUTS.index("library")
    found = list_items_around(CUTS, (start, start + 7))
    items = ["the night bus", "the library van", "the ferry"]
    assert [CUTS[slice(*span)] for span in found] == items
    start = CUTS.index("Nobody")
    assert list_items_around(CUTS, (start, start + 6)) == []
