"""Retrieval by vectors, by words, and by both."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.retriever import Retriever, fuse
from qa.types import Article, Hit, Passage
from tests.collection import memory_index

TEXTS = {"dam": "The dam held.", "ferry": "A ferry sank by the dam.", "vote": "The council voted."}


def run_of(**scores: float) -> list[Hit]:
    """Return a run of passages with these names and scores."""
    named = sorted(scores.items(), key=lambda item: -item[1])
    return [Hit(Passage(name, name, 0, 1, "x"), score, rank, "dense") for rank, (name, score) in enumerate(named, 1)]


@pytest.fixture
def retriever(tmp_path: Path) -> Retriever:
    """Return a retriever over three articles."""
    index = memory_index(tmp_path, [Article(name, name, text) for name, text in TEXTS.items()])
    return Retriever(index, candidates=50, lexical_weight=0.2)


def test_fusion_by_hand() -> None:
    """With w = 0.2: a 0.8 x 0.5 + 0.2 x 1, b 0.8 x 0.6 + 0, c 0.8 x 0.5 (the lowest cosine) + 0.2 x 2/8."""
    fused = fuse(run_of(a=0.5, b=0.6), run_of(a=8.0, c=2.0), lexical_weight=0.2)
    assert [p.id for p, _ in fused] == ["a", "b", "c"]
    assert [score for _, score in fused] == pytest.approx([0.6, 0.48, 0.45])


def test_the_weight_decides_between_vectors_and_words() -> None:
    """With w = 0 the vectors alone rank, with w = 1 the words; equals are ordered by id."""
    runs = run_of(a=0.9, b=0.2), run_of(b=5.0, c=5.0)
    assert [p.id for p, _ in fuse(*runs, lexical_weight=0)] == ["a", "b", "c"]
    assert [p.id for p, _ in fuse(*runs, lexical_weight=1)] == ["b", "c", "a"]


@given(*[st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 9))] * 2, st.floats(0, 1))
def test_fusion_keeps_every_passage_once(dense: dict[str, float], lexical: dict[str, float], weight: float) -> None:
    """Each passage that any run found is in the result once, best score first, whichever runs are empty."""
    fused = fuse(run_of(**dense), run_of(**lexical), lexical_weight=weight)
    assert sorted(p.id for p, _ in fused) == sorted({*dense, *lexical})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


@pytest.mark.parametrize("stage", ["dense", "lexical", "hybrid"])
def test_hits_are_ranked_from_one(retriever: Retriever, stage: str) -> None:
    """Each stage names itself, numbers its hits 1..n, gives at most k, and knows what the query is about."""
    hits: list[Hit] = getattr(retriever, stage)("did the dam hold", 2)
    assert [(hit.rank, hit.stage) for hit in hits] == [(1, stage), (2, stage)]
    assert hits[0].passage.text == TEXTS["dam"]


def test_a_query_of_stop_words_has_no_lexical_hits(retriever: Retriever) -> None:
    """Words that every article holds find nothing by themselves, and no error."""
    assert retriever.lexical("who is it?", 5) == []
    assert len(retriever.hybrid("who is it?", 5)) == 3


def test_an_empty_query_finds_nothing(retriever: Retriever) -> None:
    """White space alone has no nearest passage."""
    assert retriever.hybrid(" \n", 5) == []
