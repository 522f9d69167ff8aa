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


def run_of(*names: str) -> list[Hit]:
    """Return a run that ranks the passages of these names."""
    return [Hit(Passage(name, name, 0, 1, "x"), 9.0, rank, "dense") for rank, name in enumerate(names, 1)]


@pytest.fixture
def retriever(tmp_path: Path) -> Retriever:
    """Return a retriever over three articles."""
    index = memory_index(tmp_path, [Article(name, name, text) for name, text in TEXTS.items()])
    return Retriever(index, candidates=50, rrf_k=60)


def test_fusion_by_hand() -> None:
    """Scores are sums of 1 / (k + rank): 1/61 + 1/62 for b and a, 1/63 for c; equals are ordered by id."""
    fused = fuse([run_of("b", "a"), run_of("a", "b", "c")], rrf_k=60)
    assert [p.id for p, _ in fused] == ["a", "b", "c"]
    assert [score for _, score in fused] == pytest.approx([0.0325224749, 0.0325224749, 0.0158730159])


def test_a_small_constant_favours_the_first() -> None:
    """With k = 1 a first place (1/2) beats third places in both runs (1/4 + 1/4 = 1/2) only by id."""
    fused = fuse([run_of("z", "y", "a"), run_of("x", "w", "a")], rrf_k=1)
    assert [(p.id, score) for p, score in fused[:3]] == [("a", 0.5), ("x", 0.5), ("z", 0.5)]


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True), max_size=3))
def test_fusion_keeps_every_passage_once(runs: list[list[str]]) -> None:
    """Each passage that any run found is in the result once, best score first."""
    fused = fuse([run_of(*run) for run in runs], rrf_k=60)
    assert sorted(p.id for p, _ in fused) == sorted({name for run in runs for name in run})
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
