"""The share of a query's words and phrases that texts have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.retrieval.overlap import bigram_overlap, idf, term_overlap
from qa.text import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

RARITY = {"ferri": 3.0, "sank": 1.0}


def nothing_known(_: Sequence[str]) -> None:
    """Have no vectors."""


def boats_are_ferries(asked: Sequence[str]) -> NDArray[np.float32]:
    """Give a boat a vector that is 0.6 like a ferry's; all other words are like nothing."""
    made = {"ferry": (1.0, 0.0), "boat": (0.6, 0.8)}
    return np.array([made.get(word, (0.0, 0.0)) for word in asked], dtype=np.float32)


def test_inverse_document_frequency_by_hand() -> None:
    """With N = 3 and df = 0, 2: log(1 + 3/1) / log(4) = 1 and log(1 + 3/3) / log(4) = 0.5; no passage is no error."""
    assert idf(["ferri", "dam"], {"dam": 2}, 3) == pytest.approx({"ferri": 1.0, "dam": 0.5})
    assert idf(["ferri"], {}, 0) == {"ferri": 1.0}


def test_rare_words_count_more() -> None:
    """Of a query's rarities 3 and 1, a text with the first alone has three quarters; endings do not count."""
    texts = [
        words(text) for text in ("Ferries stopped.", "It sank.", "The ferry sank.", "The dam held.")
    ]
    assert term_overlap(words("which ferry sank"), texts, RARITY, nothing_known) == pytest.approx(
        [0.75, 0.25, 1.0, 0.0]
    )


def test_a_word_like_it_counts_in_part() -> None:
    """A text that has a word 0.6 like the query's has 0.6 of that word's weight, and its best word counts."""
    texts = [words("A boat sank."), words("A boat, the ferry, sank."), words("A dam sank.")]
    assert term_overlap(words("ferry sank"), texts, RARITY, boats_are_ferries) == pytest.approx(
        [0.7, 1.0, 0.25]
    )


@pytest.mark.parametrize("query", ["", "who is it?", "…"])
def test_a_query_of_stop_words_finds_nothing(query: str) -> None:
    """Without a word that tells anything all texts have the same: nothing."""
    assert term_overlap(words(query), [words("The dam."), []], {}, nothing_known) == [0.0, 0.0]
    assert bigram_overlap(words(query), [words("Who is it?")]) == [0.0]


def test_a_text_without_words_has_no_share() -> None:
    """An empty text beside a full one is no error."""
    assert term_overlap(["ferry"], [[], ["ferry"]], RARITY, boats_are_ferries) == [0.0, 1.0]


def test_neighbouring_words_count_in_their_order() -> None:
    """Of "the old harbour wall" the text has "old harbour" and "the old", but no "harbour wall"."""
    text = words("The old harbour's new wall, by the harbour.")
    assert bigram_overlap(words("the old harbour wall"), [text]) == pytest.approx([2 / 3])
