"""Results as trec_eval reads them."""

from __future__ import annotations

import ir_measures
import pytest

from qa.evaluation import Result
from qa.evaluation.metrics.retrieval import by_article, ranking_scores
from qa.evaluation.questions import GoldSpan
from qa.evaluation.report import trec_qrels, trec_run
from qa.evaluation.result import HitSpan
from tests.unit.evaluation.evaluation_builders import make_row

HITS = (
    HitSpan("b c", 0, 5, 0.9),
    HitSpan("a", 0, 5, 0.9),
    HitSpan("b c", 5, 9, 0.8),
    HitSpan("d", 0, 5, 0.1),
)
GRADES = {"a": 2, "d": 1, "missing": 1}


def result(*rows: object) -> Result:
    """Return a result with some rows."""
    return Result("myset", False, "abc", {}, 3, {}, rows)  # type: ignore[arg-type]


def test_the_ranking_is_one_of_articles() -> None:
    """Each article stands once, at its first passage, with falling scores, and white space does not part an id."""
    lines = list(trec_run(result(make_row("q 1", hits=HITS))))
    assert lines == [
        "q%201 Q0 b%20c 1 1.000000 qa\n",
        "q%201 Q0 a 2 0.500000 qa\n",
        "q%201 Q0 d 3 0.333333 qa\n",
    ]


def test_gold_spans_are_articles_of_grade_one() -> None:
    """Gold is written as the question has it: grades, or the articles of its spans, each once."""
    spans = (GoldSpan("a", 0, 1), GoldSpan("a", 4, 5), GoldSpan("b", 0, 1))
    rows = (make_row("q1", relevance=GRADES), make_row("q2", relevant=spans), make_row("q3"))
    lines = list(trec_qrels(result(*rows)))
    assert lines == ["q1 0 a 2\n", "q1 0 d 1\n", "q1 0 missing 1\n", "q2 0 a 1\n", "q2 0 b 1\n"]


def test_trec_eval_finds_the_same_figures() -> None:
    """What ir_measures makes of both files are the figures of the evaluation itself."""
    written = result(make_row("q", hits=HITS, relevance=GRADES))
    run = list(ir_measures.read_trec_run("".join(trec_run(written))))  # type: ignore[no-untyped-call]  # ships no types
    qrels = list(ir_measures.read_trec_qrels("".join(trec_qrels(written))))  # type: ignore[no-untyped-call]  # as above
    found = ir_measures.calc_aggregate([ir_measures.nDCG @ 10, ir_measures.RR @ 10], qrels, run)
    own = by_article(HITS, GRADES)
    assert own == ranking_scores(["b c", "a", "d"], GRADES)
    assert found[ir_measures.nDCG @ 10] == pytest.approx(own["ndcg@10"])
    assert found[ir_measures.RR @ 10] == pytest.approx(own["mrr"])
