"""The points of the curves, on rows small enough to count."""

from __future__ import annotations

from typing import Any

import pytest

from qa.evaluation import curves, metrics
from qa.evaluation.questions import GoldSpan
from qa.evaluation.result import HitSpan
from tests.unit.evaluation.evaluation_builders import hit, make_row


def test_recall_by_span_is_all_or_nothing() -> None:
    """The first of the alternatives, at rank 3, is nothing for k = 1 and 2, and everything from 3 on."""
    hits = tuple(HitSpan(name, 0, 10, 1.0) for name in "abcd")
    row = make_row(relevant=(GoldSpan("c", 9, 12), GoldSpan("d", 0, 1)), hits=hits, scores={"recall@10": 1.0})
    assert curves.recall([row]).tolist() == [[0.0, 0.0, *[1.0] * 8]]


def test_recall_by_article_is_a_share() -> None:
    """Of three relevant articles two are found, at ranks 1 and 4; one graded 0 does not count."""
    hits = tuple(HitSpan(name, 0, 10, 1.0) for name in "axyb")
    grades = {"a": 1, "b": 2, "c": 1, "x": 0}
    row = make_row(relevance=grades, hits=hits, scores={"recall@10": 2 / 3})
    assert curves.recall([row])[0].tolist() == pytest.approx([1 / 3] * 3 + [2 / 3] * 7)


@pytest.mark.parametrize("gold", [{"relevant": (GoldSpan("b", 5, 8),)}, {"relevance": {"b": 1, "f": 1, "z": 3}}])
def test_recall_agrees_with_trec_eval(gold: dict[str, Any]) -> None:
    """At 1, 5 and 10 the curve goes through the metrics of the library."""
    row = make_row(hits=tuple(HitSpan(name, 0, 10, 1.0) for name in "abcdefg"), scores={"recall@10": 1.0}, **gold)
    found = [hit(one.article_id, one.start, one.end) for one in row.hits]
    scores = metrics.by_span(found, row.relevant) if row.relevant else metrics.by_article(found, row.relevance)
    (curve,) = curves.recall([row]).tolist()
    assert [curve[k - 1] for k in (1, 5, 10)] == pytest.approx([scores[f"recall@{k}"] for k in (1, 5, 10)])


def test_questions_without_gold_have_no_recall() -> None:
    """A question whose ranking is not judged has no line; without any there is no curve."""
    assert curves.recall([make_row()]).shape == (0, 10)
