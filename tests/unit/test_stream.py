"""Streamed text is split into sentences; loops are noticed, and a failure loses no complete sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa.answering.generation import sentences, without_repetition
from qa.errors import ModelError
from qa.types import Partial


@pytest.mark.parametrize(
    "text",
    [
        "The dam held in May [1]. " * 3,
        "the dam " * 100,
        "one two three four five six " * 50,
        "".join(f"word{n} " for n in range(2000)),
    ],
)
def test_a_loop_is_a_model_error(text: str) -> None:
    """A repeated sentence, words that loop and an endless sentence are errors."""
    pieces = (text[at : at + 7] for at in range(0, len(text), 7))
    with pytest.raises(ModelError, match=r"repeats itself|come to an end"):
        list(without_repetition(sentences(pieces)))


def test_a_sentence_comes_as_soon_as_the_next_one_begins() -> None:
    """A sentence is yielded at once, with the markers behind its full stop."""
    seen: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in [
            "It ",
            "held",
            ". ",
            "[",
            "1",
            "] [2]",
            " Mr",
            ". Voss",
            " saw it [1]. ",
            "The",
            " rest",
        ]:
            seen.append(piece)
            yield piece

    stream = (item for item in sentences(pieces()) if isinstance(item, str))
    assert next(stream) == "It held. [1] [2]"
    assert seen[-1] == ". Voss"
    assert list(stream) == ["Mr. Voss saw it [1].", "The rest"]


def test_the_growing_sentence_is_partial() -> None:
    """After each piece the incomplete sentence comes as a `Partial`; finished sentences are text."""
    assert list(sentences(iter(["It he", "ld. Mara ", "Voss "]))) == [
        Partial("It he"),
        "It held.",
        Partial("Mara"),
        Partial("Mara Voss"),
        "Mara Voss",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It held [1]. It was", ["It held [1]."]),
        ("It held [1]. ", ["It held [1]."]),
        ("It held. [1]", ["It held. [1]"]),
        ("It cost 3.", []),
        ("It held", []),
        ("", []),
    ],
)
def test_what_was_complete_outlives_a_failure(text: str, expected: list[str]) -> None:
    """If the stream fails, the sentences that are surely complete come before the error."""

    def pieces() -> Iterator[str]:
        yield text
        raise ModelError("gone")

    found: list[str] = []
    with pytest.raises(ModelError, match="gone"):
        found.extend(item for item in sentences(pieces()) if isinstance(item, str))
    assert found == expected
