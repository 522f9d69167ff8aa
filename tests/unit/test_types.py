"""The values that flow through the pipeline refuse to be inconsistent."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qa.types import Answer, Citation, Hit, Passage, Statement, Turn, markers, to_dict

TEXTS = st.text(min_size=1, max_size=40)
OFFSETS = st.integers(min_value=-5, max_value=50)


def cite(number: int = 1, quote: str = "Yerevan accuses Baku.") -> Citation:
    """Return a citation of the beginning of an article."""
    return Citation(number, "a.md", "A", "", "", "", 0, len(quote), quote)


def answer(text: str = "Yerevan accuses Baku. [1]", **changes: Any) -> Answer:
    """Return an answer with one citation, changed."""
    fields: dict[str, Any] = {
        "form": "fact",
        "short": "Baku",
        "statements": (Statement("Yerevan accuses Baku.", (cite(),)),),
        "confidence": 0.5,
    }
    return Answer("who?", text=text, **{**fields, **changes})


@given(TEXTS, OFFSETS)
def test_a_passage_fits_its_span(text: str, start: int) -> None:
    """A passage exists exactly when its span is as long as its text and starts at 0 or later."""
    if start >= 0:
        assert Passage("p", "a", start, start + len(text), text).text == text
    else:
        with pytest.raises(ValueError, match="does not fit"):
            Passage("p", "a", start, start + len(text), text)


@given(TEXTS, OFFSETS, OFFSETS)
def test_a_span_of_another_length_is_refused(text: str, start: int, end: int) -> None:
    """Neither a passage nor a citation can claim a span of another length than its text."""
    assume(end - start != len(text))
    with pytest.raises(ValueError, match="does not fit"):
        Passage("p", "a", start, end, text)
    with pytest.raises(ValueError, match="does not fit"):
        Citation(1, "a", "", "", "", "", start, end, text)


def test_an_empty_span_is_refused() -> None:
    """A passage holds at least one character."""
    with pytest.raises(ValueError, match="does not fit"):
        Passage("p", "a", 3, 3, "")


@pytest.mark.parametrize("number", [0, -1])
def test_citations_count_from_one(number: int) -> None:
    """No citation has the number 0 or less."""
    with pytest.raises(ValueError, match="starts at 1"):
        cite(number)


@given(
    st.lists(st.integers(1, 6), max_size=6), st.lists(st.integers(1, 6), max_size=6), st.booleans()
)
def test_an_answer_is_consistent_or_refused(
    numbers: list[int], shown: list[int], abstained: bool
) -> None:
    """Citations are 1..n, each marker has one, each has a marker, and none means abstained: all or nothing."""
    text = "Said." + "".join(f" [{n}]" for n in shown)
    citations = tuple(cite(n) for n in numbers)
    once = list(dict.fromkeys(numbers))
    consistent = (
        once == list(range(1, len(once) + 1))
        and set(shown) == set(numbers)
        and abstained == (not numbers)
    )
    citations = tuple(dict.fromkeys(citations))
    changes: dict[str, Any] = {
        "form": "abstention" if abstained else "fact",
        "statements": (Statement("Said.", citations),) if citations else (),
    }
    if consistent:
        assert answer(text, **changes).citations == citations
    else:
        with pytest.raises(ValueError, match=r"citations|markers|abstention"):
            answer(text, **changes)


@given(st.floats())
def test_confidence_is_a_probability(confidence: float) -> None:
    """A confidence outside [0, 1], or no number at all, is refused."""
    if 0 <= confidence <= 1:
        assert answer(confidence=confidence).confidence == confidence
    else:
        with pytest.raises(ValueError, match="confidence"):
            answer(confidence=confidence)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a [1] b [12].", {1, 12}),
        ("[1][2]", {1, 2}),
        ("[ 1] [a] (3) [1, 2]", set()),
        ("[[4]]", {4}),
        ("", set()),
    ],
)
def test_markers_are_numbers_in_brackets(text: str, expected: set[int]) -> None:
    """Only digits between square brackets are a marker."""
    assert markers(text) == expected


def test_duplicates_are_those_of_the_quoted_passage() -> None:
    """What else prints a quote is told by the hit that holds it, and by no other hit of the article."""
    cited = cite()
    elsewhere = Passage("q", "other", 0, len(cited.quote), cited.quote)
    around = Passage("p", cited.article_id, cited.start, cited.end, cited.quote)
    behind = Passage("r", cited.article_id, cited.end, cited.end + 2, "cd")
    assert answer(hits=(Hit(around, 0.5, 1, "hybrid", (elsewhere,)),)).duplicates(cited) == (
        elsewhere,
    )
    assert answer(hits=(Hit(behind, 0.5, 1, "hybrid", (elsewhere,)),)).duplicates(cited) == ()


def test_values_cannot_be_edited() -> None:
    """A stage cannot change what it was given."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        cite().number = 2  # type: ignore[misc]


def test_to_dict_keeps_field_names() -> None:
    """What becomes JSON has the names of the types' fields, all the way down."""
    hit = Hit(Passage("p", "a", 0, 2, "ab"), 0.5, 1, "hybrid", (Passage("q", "b", 0, 2, "ab"),))
    value = to_dict(answer(hits=(hit,), timings={"read": 0.25}))
    fields = {field.name for field in dataclasses.fields(Answer)}
    assert set(value) == fields | {"citations", "abstained"}
    assert set(value["citations"][0]) == {field.name for field in dataclasses.fields(Citation)}
    assert value["hits"][0] == {
        **dataclasses.asdict(hit),
        "passage": dataclasses.asdict(hit.passage),
        "duplicates": [dataclasses.asdict(hit.duplicates[0])],
    }
    assert json.loads(json.dumps(value)) == value


def test_an_abstention_makes_no_statement() -> None:
    """What an abstention shows is not a statement of the articles."""
    said = (Statement("Lions are large.", generated=True),)
    with pytest.raises(ValueError, match="no statement"):
        Answer("who?", "abstention", "Nothing.", said)


def test_a_plain_turn_has_no_answer_in_json() -> None:
    """A turn without an answer's structure is written as role and text alone."""
    assert to_dict(Turn("user", "who?")) == {"role": "user", "text": "who?"}
