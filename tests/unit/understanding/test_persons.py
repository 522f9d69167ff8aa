"""The articles tell who is a person, and with which pronoun a name is taken up."""

from __future__ import annotations

import pytest

from qa.understanding.followups.persons import (
    HE,
    SHE,
    is_common,
    is_person,
    is_place,
    pronoun_shares,
)

TEXTS = (
    "Ilse Marr, 51, joined Bluebell in May from a bank. She lives in Orlo.",
    "Ms Marr told the Orlo Council on Tuesday that she was sorry. The Council met again in Orlo.",
    "Otto Marr is a baker in Lissom. He is no relation. Reporters asked why Marr had left.",
    "The owner of Bluebell Lines said he would sell the Sea Queen. It is old.",
    "They asked Ada Winn for help. Professor Winn’s report is late.",
    "Jan Reed found it. Nobody knew Tom Ode until Ode spoke. He was late.",
    "Ada Winn, of Lissom University, who leads it, asked Old Bluebell and Bluebell again.",
)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Ilse Marr", True),
        ("Otto Marr", True),
        ("Jan Reed", False),
        ("Winn", True),
        ("Bluebell", False),
        ("Lissom University", False),
        ("Tom Ode", True),
        ("Professor Ada Winn", True),
        ("Orlo Council", False),
        ("Bluebell Lines", False),
        ("Orlo", False),
        ("Nobody Known", False),
    ],
)
def test_people_are_called_by_their_surname(name: str, person: bool) -> None:
    """A place or a body has no age, no first name, and is never called so alone."""
    assert is_person(name, TEXTS) is person


@pytest.mark.parametrize(("name", "pronoun"), [("Ilse Marr", SHE), ("Otto Marr", HE)])
def test_namesakes_are_told_apart(name: str, pronoun: int) -> None:
    """What takes up one of two people of a surname says nothing about the other."""
    shares = pronoun_shares(name, TEXTS)
    assert shares[pronoun] == max(shares) > shares[HE if pronoun == SHE else SHE]


def test_a_title_tells_who_is_a_woman() -> None:
    """It does so where no pronoun follows."""
    shares = pronoun_shares("Ann Holt", ["Mrs Holt left.", "Mr Ode left."])
    assert shares[SHE] == max(shares) > shares[HE]


def test_a_place_between_does_not_part_a_pronoun_from_its_name() -> None:
    """Another person in between does, and then nobody is told of."""
    near = pronoun_shares("Ann Holt", ["Ann Holt left Bergen. She was late."])
    assert near[SHE] > near[HE]
    parted = pronoun_shares("Ann Holt", ["Ann Holt met Eva Lund. She was late."])
    assert parted[SHE] == parted[HE]


def test_a_name_that_no_text_holds_tells_nothing() -> None:
    """All pronouns are as likely."""
    assert len(set(pronoun_shares("Ann Holt", ["A dog barked."]))) == 1


def test_a_common_noun_names_a_place_or_a_body() -> None:
    """A bank is no Mr Bank, where articles also have banks."""
    assert is_common("Orlo Bank", ["Orlo Bank is a bank."])
    assert not is_common("Ann Holt", ["Ann Holt holds that banks are holts."])


def test_what_things_happen_at_is_a_place() -> None:
    """It is mostly named behind in, at, off or near; people are seldom."""
    texts = ("It sank off Cape Orle.", "The light at Cape Orle failed, and Cape Orle was dark.")
    assert is_place("Cape Orle", texts)
    assert not is_place(
        "Ada Orle", ("They met Ada Orle in Ulm.", "He looked at Ada Orle. For Ada Orle")
    )
    assert not is_place("Ada Orle", ())
