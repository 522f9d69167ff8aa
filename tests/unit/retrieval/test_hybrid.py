"""Retrieval by vectors, by words, and by both."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.index import Index
from qa.retrieval.hybrid import Weights, fuse
from qa.types import Article, Filter, Hit, Passage
from tests.collection import memory_index, search

TEXTS = {"dam": "The dam held.", "ferry": "A ferry sank by the dam.", "vote": "The council voted."}


def run_of(**scores: float) -> list[Hit]:
    """Return a run of passages with these names and scores."""
    named = sorted(scores.items(), key=lambda item: -item[1])
    return [
        Hit(Passage(name, name, 0, 1, "x"), score, rank, "dense")
        for rank, (name, score) in enumerate(named, 1)
    ]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Return an index of three articles."""
    return memory_index(tmp_path, [Article(name, name, text) for name, text in TEXTS.items()])


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
def test_fusion_keeps_every_passage_once(
    dense: dict[str, float], lexical: dict[str, float], weight: float
) -> None:
    """Each passage that any run found is in the result once, best score first, whichever runs are empty."""
    fused = fuse(run_of(**dense), run_of(**lexical), lexical_weight=weight)
    assert sorted(p.id for p, _ in fused) == sorted({*dense, *lexical})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


@pytest.mark.parametrize("stage", ["dense", "lexical", "hybrid"])
def test_hits_are_ranked_from_one(index: Index, stage: str) -> None:
    """Each stage names itself, numbers its hits 1..n, gives at most k, and knows what the query is about."""
    hits = search(index, "did the dam hold", 2, stage=stage)
    assert [(hit.rank, hit.stage) for hit in hits] == [(1, stage), (2, stage)]
    assert hits[0].passage.text == TEXTS["dam"]


def test_a_query_of_stop_words_has_no_lexical_hits(index: Index) -> None:
    """Words that every article holds find nothing by themselves, and no error."""
    assert search(index, "who is it?", 5, stage="lexical") == []
    assert len(search(index, "who is it?", 5)) == 3


def test_an_empty_query_finds_nothing(index: Index) -> None:
    """White space alone has no nearest passage."""
    assert search(index, " \n", 5) == []


BESIDE = [
    Article("fire", "Harbour fire", "A fire broke out in the harbour. The damage was repaired."),
    Article("wall", "Harbour", "The wall of the harbour was repaired in May."),
    Article("other", "Council", "The council voted."),
]


def test_reranking_prefers_phrases(tmp_path: Path) -> None:
    """Of two passages with the same words, the one that has them side by side as the query has comes first."""
    articles = [
        Article("a", "x", "The wall by the harbour fell. The sea was rough, and ships waited."),
        Article("b", "x", "The harbour wall fell by the sea. Ships waited, and the was rough."),
    ]
    index = memory_index(tmp_path, articles)
    plain = Weights(terms=0, bigrams=0, article=0)
    ranked = [
        [hit.passage.article_id for hit in search(index, "harbour wall", 2, weights=weights)]
        for weights in (plain, Weights())
    ]
    assert ranked == [["a", "b"], ["b", "a"]]


def test_reranking_adds_by_hand(tmp_path: Path) -> None:
    """With the weight 1 for terms alone, a passage gains the share of the query's words that it has."""
    index = memory_index(tmp_path, BESIDE)
    made = [
        search(index, "harbour wall", 5, weights=Weights(weight, 0, 0)) for weight in (0.0, 1.0)
    ]
    before, after = ({hit.passage.article_id: hit.score for hit in hits} for hits in made)
    gained = {name: after[name] - before[name] for name in after}
    assert gained["wall"] == pytest.approx(1.0)
    assert 0.0 < gained["fire"] < 0.5
    assert gained["other"] == pytest.approx(0.0)


def test_the_rest_follow_in_order(tmp_path: Path) -> None:
    """Far more hits than are re-ranked: each passage comes once, best score first, and again the same."""
    articles = [
        Article(f"a{i:02}", "Harbour", f"Number {i} of the harbour walls. " + "Rain. " * i)
        for i in range(40)
    ]
    index = memory_index(tmp_path, articles)
    hits = search(index, "harbour wall number 7", 40)
    assert len({hit.passage.id for hit in hits}) == len(hits) == 40
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits == search(index, "harbour wall number 7", 40)


def test_reranking_stays_within_the_filter(tmp_path: Path) -> None:
    """Where a filter is given, no passage of another article comes back in by more of the query's words."""
    index = memory_index(tmp_path, BESIDE)
    found = search(index, "wall of the harbour", 5, Filter(article_ids=("fire",)))
    assert [hit.passage.article_id for hit in found] == ["fire"]
