"""Metrics of rankings against cases worked out by hand and against trec_eval, and the recall curve."""

from __future__ import annotations

import math
from typing import Any

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.metrics import retrieval
from qa.evaluation.questions import GoldSpan
from qa.evaluation.result import HitSpan
from tests.unit.evaluation.evaluation_builders import make_row


def span(article_id: str, start: int, end: int) -> HitSpan:
    """Return a passage of a ranking."""
    return HitSpan(article_id, start, end, 1.0)


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, 10, False), (0, 11, True), (19, 30, True), (20, 30, False)]
)
def test_overlap_needs_a_shared_character(start: int, end: int, expected: bool) -> None:
    """A passage that ends where the gold span starts does not overlap it; one character more does."""
    assert retrieval.overlap(span("a", start, end), GoldSpan("a", 10, 20)) is expected


def test_the_same_offsets_of_another_article_do_not_overlap() -> None:
    """Offsets mean nothing without their article."""
    assert not retrieval.overlap(span("b", 10, 20), GoldSpan("a", 10, 20))


def test_ranking_with_two_relevant_articles() -> None:
    """A question with two relevant articles, found at ranks 2 and 6, gets the values worked out by hand."""
    ranked = ["x1", "r1", "x2", "x3", "x4", "r2"]
    scores = retrieval.ranking_scores(ranked, {"r1": 1, "r2": 1})
    ideal = 1 + 1 / math.log2(3)
    gain = 1 / math.log2(3) + 1 / math.log2(7)
    assert scores == pytest.approx(
        {"recall@1": 0, "recall@5": 0.5, "recall@10": 1, "mrr": 0.5, "ndcg@10": gain / ideal}
    )


def test_graded_relevance_is_the_gain() -> None:
    """A grade is its own gain, and a grade of zero or less is not relevant."""
    scores = retrieval.ranking_scores(
        ["low", "no", "high"], {"high": 3, "low": 1, "no": 0, "bad": -1}
    )
    ideal = 3 + 1 / math.log2(3)
    assert scores["ndcg@10"] == pytest.approx((1 + 3 / math.log2(4)) / ideal)
    assert scores["recall@1"] == 0.5
    assert scores["recall@5"] == 1.0


def test_relevant_articles_below_rank_ten_do_not_count() -> None:
    """Rankings are judged down to rank ten, MRR too."""
    scores = retrieval.ranking_scores([*(f"x{n}" for n in range(10)), "r"], {"r": 1})
    assert set(scores.values()) == {0.0}


def test_an_empty_ranking_scores_zero() -> None:
    """Where nothing is found every ranking metric is zero, not missing."""
    scores = retrieval.ranking_scores([], {"r": 1})
    assert len(scores) == 5
    assert set(scores.values()) == {0.0}


@given(
    st.permutations([f"d{n}" for n in range(14)]),
    st.dictionaries(st.sampled_from([f"d{n}" for n in range(16)]), st.integers(0, 3), min_size=1),
)
def test_rankings_agree_with_trec_eval(ranked: list[str], grades: dict[str, int]) -> None:
    """Ranks and grades reach trec_eval as they are: any ranking gets the values that trec_eval gives directly."""
    run = {"q": {item: 100.0 - rank for rank, item in enumerate(ranked)}}
    judge = pytrec_eval.RelevanceEvaluator(
        {"q": grades}, {"recall.1,5,10", "ndcg_cut.10", "recip_rank"}
    )
    wanted = judge.evaluate(run)["q"]
    scores = retrieval.ranking_scores(ranked, grades)
    for ours, theirs in (
        ("recall@1", "recall_1"),
        ("recall@5", "recall_5"),
        ("recall@10", "recall_10"),
    ):
        assert scores[ours] == pytest.approx(wanted[theirs])
    assert scores["ndcg@10"] == pytest.approx(wanted["ndcg_cut_10"])
    assert scores["mrr"] == pytest.approx(
        wanted["recip_rank"] if wanted["recip_rank"] >= 0.1 else 0.0
    )


def test_spans_are_alternatives() -> None:
    """Of two gold spans one suffices: the first passage that overlaps either decides every metric."""
    hits = [span("b", 0, 50), span("a", 0, 50), span("a", 50, 99)]
    scores = retrieval.by_span(hits, [GoldSpan("a", 10, 20), GoldSpan("a", 60, 70)])
    assert scores == pytest.approx(
        {"recall@1": 0, "recall@5": 1, "recall@10": 1, "mrr": 0.5, "ndcg@10": 1 / math.log2(3)}
    )


def test_no_span_found_scores_zero() -> None:
    """A ranking without the gold span scores zero."""
    assert set(retrieval.by_span([span("a", 0, 5)], [GoldSpan("a", 10, 20)]).values()) == {0.0}


def test_articles_rank_by_their_first_passage() -> None:
    """Passages of one article are folded into it before ranks are counted."""
    hits = [span("a", 0, 5), span("a", 5, 9), span("a", 9, 12), span("b", 0, 5)]
    assert retrieval.by_article(hits, {"b": 1})["mrr"] == 0.5


def test_recall_by_span_is_all_or_nothing() -> None:
    """The first of the alternatives, at rank 3, is nothing for k = 1 and 2, and everything from 3 on."""
    hits = tuple(HitSpan(name, 0, 10, 1.0) for name in "abcd")
    row = make_row(
        relevant=(GoldSpan("c", 9, 12), GoldSpan("d", 0, 1)), hits=hits, scores={"recall@10": 1.0}
    )
    assert retrieval.recall_curve([row]).tolist() == [[0.0, 0.0, *[1.0] * 8]]


def test_recall_by_article_is_a_share() -> None:
    """Of three relevant articles two are found, at ranks 1 and 4; one graded 0 does not count."""
    hits = tuple(HitSpan(name, 0, 10, 1.0) for name in "axyb")
    grades = {"a": 1, "b": 2, "c": 1, "x": 0}
    row = make_row(relevance=grades, hits=hits, scores={"recall@10": 2 / 3})
    assert retrieval.recall_curve([row])[0].tolist() == pytest.approx([1 / 3] * 3 + [2 / 3] * 7)


@pytest.mark.parametrize(
    "gold", [{"relevant": (GoldSpan("b", 5, 8),)}, {"relevance": {"b": 1, "f": 1, "z": 3}}]
)
def test_recall_agrees_with_trec_eval(gold: dict[str, Any]) -> None:
    """At 1, 5 and 10 the curve goes through the metrics of the library."""
    row = make_row(
        hits=tuple(HitSpan(name, 0, 10, 1.0) for name in "abcdefg"),
        scores={"recall@10": 1.0},
        **gold,
    )
    scores = (
        retrieval.by_span(row.hits, row.relevant)
        if row.relevant
        else retrieval.by_article(row.hits, row.relevance)
    )
    (curve,) = retrieval.recall_curve([row]).tolist()
    assert [curve[k - 1] for k in (1, 5, 10)] == pytest.approx(
        [scores[f"recall@{k}"] for k in (1, 5, 10)]
    )


def test_questions_without_gold_have_no_recall() -> None:
    """A question whose ranking is not judged has no line; without any there is no curve."""
    assert retrieval.recall_curve([make_row()]).shape == (0, 10)
