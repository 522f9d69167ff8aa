"""Answer metrics against cases worked out by hand from the SQuAD definitions, rankings against trec_eval."""

from __future__ import annotations

import math

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation import metrics
from qa.evaluation.questions import GoldSpan
from tests import squad_scorer
from tests.unit.evaluation.evaluation_builders import hit


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The  Eiffel Tower!", "eiffel tower"),
        ("a U.S.-led an effort", "usled effort"),
        ("Theatre and another", "theatre and another"),
        ("“308”", "“308”"),
        ("the", ""),
    ],
)
def test_squad_normalise_follows_the_official_script(text: str, normalised: str) -> None:
    """Case, ASCII punctuation, whole English articles and extra white space go; nothing else does."""
    assert metrics.squad_normalise(text) == normalised


@pytest.mark.parametrize(
    ("prediction", "answers", "expected"),
    [
        ("the Panthers.", ["Broncos", "Panthers"], 1.0),
        ("Carolina Panthers", ["Panthers"], 0.0),
        ("", ["Panthers"], 0.0),
        ("an", ["the"], 1.0),
        ("an", ["the", "Panthers"], 0.0),
    ],
)
def test_exact_match_takes_any_gold_answer(prediction: str, answers: list[str], expected: float) -> None:
    """One equal gold answer suffices, and golds that vanish in normalisation count only when there is no other."""
    assert metrics.exact_match(prediction, answers) == expected


@pytest.mark.parametrize(
    ("prediction", "answers", "expected"),
    [
        # precision 2/4, recall 2/2 -> 2 * .5 * 1 / 1.5
        ("in late december 2022", ["December 2022"], 2 / 3),
        # one shared token of two and three: precision 1/2, recall 1/3 -> 2/5
        ("maria petrova", ["spokeswoman maria zakharova"], 0.4),
        # a token counts as often as both have it: 2 shared of 3 and 2
        ("new new york", ["new new"], 0.8),
        # the best gold answer counts: 0.4 against 1
        ("Baku", ["the government in Baku says", "baku"], 1.0),
        ("Yerevan", ["Baku"], 0.0),
        ("", ["Baku"], 0.0),
    ],
)
def test_token_f1_equals_the_definition(prediction: str, answers: list[str], expected: float) -> None:
    """Token F1 is the harmonic mean over shared tokens, the maximum over the gold answers."""
    assert metrics.token_f1(prediction, answers) == pytest.approx(expected)


_SAID = st.text(st.sampled_from([*"abthe .-'A1é"]), max_size=12)


@given(_SAID, st.lists(_SAID, min_size=1, max_size=3))
def test_token_f1_agrees_with_an_independent_scorer(prediction: str, answers: list[str]) -> None:
    """Whatever is said and whatever is gold, a second scorer that shares no code gives the same."""
    assert metrics.token_f1(prediction, answers) == pytest.approx(squad_scorer.f1(prediction, answers))


@given(st.lists(st.sampled_from(["red", "blue", "the"])), st.lists(st.sampled_from(["red", "pink", "a"])))
def test_exact_match_never_exceeds_f1(prediction: list[str], answer: list[str]) -> None:
    """An exact match has F1 1, and F1 does not depend on which side is called the prediction."""
    one, other = " ".join(prediction), " ".join(answer)
    assert metrics.exact_match(one, [other]) <= metrics.token_f1(one, [other]) <= 1.0
    assert metrics.token_f1(one, [other]) == metrics.token_f1(other, [one])


@pytest.mark.parametrize(
    ("quote", "answers", "expected"),
    [
        ("They gave up just 308 points.", ["300", "308"], True),
        ("They gave up 1308 points.", ["308"], False),
        ("The Ministry, in Moscow, said so.", ["ministry in Moscow"], True),
        ("The ministry said so.", ["the", ""], False),
        ("黑豹队的防守只丢了 308分。", ["308分"], True),
    ],
)
def test_quote_contains_answer_means_whole_words(quote: str, answers: list[str], expected: bool) -> None:  # noqa: FBT001
    """A gold answer must stand in the quote as whole words, except in scripts that write no spaces."""
    assert metrics.quote_contains_answer(quote, answers) is expected


@pytest.mark.parametrize(("start", "end", "expected"), [(0, 10, False), (0, 11, True), (19, 30, True), (20, 30, False)])
def test_overlap_needs_a_shared_character(start: int, end: int, expected: bool) -> None:  # noqa: FBT001
    """A passage that ends where the gold span starts does not overlap it; one character more does."""
    assert metrics.overlaps(hit("a", start, end), GoldSpan("a", 10, 20)) is expected


def test_the_same_offsets_of_another_article_do_not_overlap() -> None:
    """Offsets mean nothing without their article."""
    assert not metrics.overlaps(hit("b", 10, 20), GoldSpan("a", 10, 20))


def test_ranking_with_two_relevant_articles() -> None:
    """A question with two relevant articles, found at ranks 2 and 6, gets the values worked out by hand."""
    ranked = ["x1", "r1", "x2", "x3", "x4", "r2"]
    scores = metrics.ranking_scores(ranked, {"r1": 1, "r2": 1})
    ideal = 1 + 1 / math.log2(3)
    gain = 1 / math.log2(3) + 1 / math.log2(7)
    assert scores == pytest.approx(
        {"recall@1": 0, "recall@5": 0.5, "recall@10": 1, "mrr": 0.5, "ndcg@10": gain / ideal}
    )


def test_graded_relevance_is_the_gain() -> None:
    """A grade is its own gain, and a grade of zero or less is not relevant."""
    scores = metrics.ranking_scores(["low", "no", "high"], {"high": 3, "low": 1, "no": 0, "bad": -1})
    ideal = 3 + 1 / math.log2(3)
    assert scores["ndcg@10"] == pytest.approx((1 + 3 / math.log2(4)) / ideal)
    assert scores["recall@1"] == 0.5
    assert scores["recall@5"] == 1.0


def test_relevant_articles_below_rank_ten_do_not_count() -> None:
    """Rankings are judged down to rank ten, MRR too."""
    scores = metrics.ranking_scores([*(f"x{n}" for n in range(10)), "r"], {"r": 1})
    assert set(scores.values()) == {0.0}


def test_an_empty_ranking_scores_zero() -> None:
    """Where nothing is found every ranking metric is zero, not missing."""
    scores = metrics.ranking_scores([], {"r": 1})
    assert len(scores) == 5
    assert set(scores.values()) == {0.0}


@given(
    st.permutations([f"d{n}" for n in range(14)]),
    st.dictionaries(st.sampled_from([f"d{n}" for n in range(16)]), st.integers(0, 3), min_size=1),
)
def test_rankings_agree_with_trec_eval(ranked: list[str], grades: dict[str, int]) -> None:
    """Ranks and grades reach trec_eval as they are: any ranking gets the values that trec_eval gives directly."""
    run = {"q": {item: 100.0 - rank for rank, item in enumerate(ranked)}}
    judge = pytrec_eval.RelevanceEvaluator({"q": grades}, {"recall.1,5,10", "ndcg_cut.10", "recip_rank"})
    wanted = judge.evaluate(run)["q"]
    scores = metrics.ranking_scores(ranked, grades)
    for ours, theirs in (("recall@1", "recall_1"), ("recall@5", "recall_5"), ("recall@10", "recall_10")):
        assert scores[ours] == pytest.approx(wanted[theirs])
    assert scores["ndcg@10"] == pytest.approx(wanted["ndcg_cut_10"])
    assert scores["mrr"] == pytest.approx(wanted["recip_rank"] if wanted["recip_rank"] >= 0.1 else 0.0)


def test_spans_are_alternatives() -> None:
    """Of two gold spans one suffices: the first passage that overlaps either decides every metric."""
    hits = [hit("b", 0, 50), hit("a", 0, 50), hit("a", 50, 99)]
    scores = metrics.by_span(hits, [GoldSpan("a", 10, 20), GoldSpan("a", 60, 70)])
    assert scores == pytest.approx(
        {"recall@1": 0, "recall@5": 1, "recall@10": 1, "mrr": 0.5, "ndcg@10": 1 / math.log2(3)}
    )


def test_no_span_found_scores_zero() -> None:
    """A ranking without the gold span scores zero."""
    assert set(metrics.by_span([hit("a", 0, 5)], [GoldSpan("a", 10, 20)]).values()) == {0.0}


def test_articles_rank_by_their_first_passage() -> None:
    """Passages of one article are folded into it before ranks are counted."""
    hits = [hit("a", 0, 5), hit("a", 5, 9), hit("a", 9, 12), hit("b", 0, 5)]
    assert metrics.by_article(hits, {"b": 1})["mrr"] == 0.5
    assert [found.passage.start for found in metrics.first_of_articles(hits)] == [0, 0]
