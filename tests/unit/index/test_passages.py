"""Passages are exact spans of whole sentences."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.index.passages import split
from qa.text import sentence_spans
from qa.types import Article, Passage
from tests.collection import count_words

PIECES = [
    "The dam held. ",
    "Mr. Orr said so",
    "! ",
    "\n\n",
    "\n",
    "  ",
    "## Toll\n",
    "- item\n",
    "漢字。",
    "\u2028",
    "é",
]
PROSE = st.lists(
    st.sampled_from(PIECES) | st.text(max_size=8) | st.just("word " * 40), max_size=40
).map("".join)
LIMITS = st.integers(min_value=4, max_value=40)


def passages(text: str, limit: int, title: str = "") -> list[Passage]:
    """Split a text."""
    return split(Article("a", title, text), limit=limit, count_tokens=count_words)


@given(PROSE, LIMITS)
def test_passages_are_exact_and_complete(text: str, limit: int) -> None:
    """Passages are spans of the text, in order, without overlap, and leave only white space out."""
    found = passages(text, limit)
    assert all(text[p.start : p.end] == p.text for p in found)
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))
    covered = {i for p in found for i in range(p.start, p.end)}
    assert all(text[i].isspace() for i in set(range(len(text))) - covered)


@given(PROSE, LIMITS, st.sampled_from(["", "A title", "title " * 50]))
def test_passages_keep_the_limit(text: str, limit: int, title: str) -> None:
    """No passage has more tokens than the title leaves; a long title leaves half."""
    budget = max(limit - len(title.split()), limit // 2)
    assert all(len(p.text.split()) <= budget for p in passages(text, limit, title))


@given(PROSE, LIMITS)
def test_sentences_that_fit_are_whole(text: str, limit: int) -> None:
    """A sentence that fits a passage lies in one passage."""
    found = passages(text, limit)
    for start, end in sentence_spans(text):
        if count_words([text[start:end]])[0] <= limit and end - start < 8 * limit:
            assert any(p.start <= start and end <= p.end for p in found)


@given(PROSE, LIMITS)
def test_ids_are_unique(text: str, limit: int) -> None:
    """No two passages of an article share an id."""
    ids = [p.id for p in passages(text, limit)]
    assert len(ids) == len(set(ids))


def test_a_passage_ends_where_a_paragraph_does() -> None:
    """A passage that is half full ends with its paragraph; one that is nearly empty goes on."""
    text = "One two three four five.\n\nSix seven.\n\nEight nine ten eleven."
    assert [p.text for p in passages(text, 10)] == [
        "One two three four five.",
        "Six seven.\n\nEight nine ten eleven.",
    ]


def test_a_long_sentence_is_cut_at_white_space() -> None:
    """A sentence that fits no passage is cut between words."""
    text = " ".join(f"w{i}" for i in range(100))
    found = passages(text, 16)
    assert [word for p in found for word in p.text.split()] == text.split()


@pytest.mark.parametrize("text", ["x" * 10_000, "漢" * 10_000, "x" * 3_000 + " y" * 3_000])
def test_text_without_spaces_is_cut(text: str) -> None:
    """A million characters without a space are no single passage, though they count as one unknown token."""
    assert max(len(p.text) for p in passages(text, 32)) <= 32 * 9


def test_an_empty_text_has_no_passages() -> None:
    """White space alone gives none."""
    assert passages(" \n\n ", 32) == []
