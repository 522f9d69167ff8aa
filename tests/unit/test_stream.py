"""A chat model's text becomes sentences as it comes; a loop is noticed, and a broken stream loses nothing complete."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa.errors import ModelError
from qa.generator import sentences, unrepeated


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
    """A sentence that comes again, words that go in circles, and a sentence without end are told from an answer."""
    pieces = (text[at : at + 7] for at in range(0, len(text), 7))
    with pytest.raises(ModelError, match=r"repeats itself|come to an end"):
        list(unrepeated(sentences(pieces)))


def test_a_sentence_comes_as_soon_as_the_next_one_begins() -> None:
    """Nothing more is waited for; a marker behind the full stop still belongs to the sentence."""
    seen: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in ["It ", "held", ". ", "[", "1", "] [2]", " Mr", ". Voss", " saw it [1]. ", "The", " rest"]:
            seen.append(piece)
            yield piece

    stream = sentences(pieces())
    assert next(stream) == "It held. [1] [2]"
    assert seen[-1] == ". Voss"
    assert list(stream) == ["Mr. Voss saw it [1].", "The rest"]


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
    """Where the stream breaks off, the sentences that are surely complete come before the error."""

    def pieces() -> Iterator[str]:
        yield text
        raise ModelError("gone")

    found: list[str] = []
    with pytest.raises(ModelError, match="gone"):
        found.extend(sentences(pieces()))
    assert found == expected
