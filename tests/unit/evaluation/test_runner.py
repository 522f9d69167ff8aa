"""Running questions through a pipeline that was told what to answer."""

from __future__ import annotations

import dataclasses

import pytest

from qa.evaluation.corpus import Corpus
from qa.evaluation.questions import GoldSpan, Question, QuestionSetError
from qa.evaluation.runner import Prepared, evaluate, run
from qa.evaluation.summary import summarise
from qa.settings import Settings
from qa.types import Turn
from tests.unit.evaluation.conftest import WriteSet
from tests.unit.evaluation.evaluation_builders import ScriptedPipeline, abstention, answered, hit

TEXT = "Yerevan accuses Baku of blocking the road."
CORPUS = Corpus({"a": {"id": "a", "text": TEXT}})
WHO = Question("q1", "Who is accused?", ("Baku",), answerable=True, relevant=(GoldSpan("a", 16, 20),))
WON = Question("q2", "Who won?", answerable=False)


def prepared(*questions: Question) -> Prepared:
    """Return a set about the one article."""
    return Prepared(questions, CORPUS, CORPUS.texts())


def test_a_right_answer_scores_in_full() -> None:
    """A short right answer from an exact quote gets every score that applies."""
    right = answered(WHO.question, ("a", 0), TEXT, short="Baku")
    pipeline = ScriptedPipeline({WHO.question: right}, {WHO.question: [hit("a", 0, 42)]})
    (row,) = evaluate(pipeline, prepared(WHO))
    ranking = ["recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"]
    names = [*ranking, "em", "f1", "quote_contains_answer", "citation_validity"]
    assert row.scores == pytest.approx(dict.fromkeys(names, 1.0))
    assert (row.short, row.confidence, row.abstained) == ("Baku", 0.9, False)
    assert [(cited.quote, cited.valid) for cited in row.citations] == [(TEXT, True)]


def test_an_abstention_scores_zero_on_an_answerable_question() -> None:
    """Abstaining where there is an answer is a wrong answer, without a quote to judge."""
    (row,) = evaluate(ScriptedPipeline({WHO.question: abstention(WHO.question)}), prepared(WHO))
    assert (row.scores["em"], row.scores["f1"]) == (0.0, 0.0)
    assert not {"quote_contains_answer", "citation_validity"} & row.scores.keys()


def test_an_unanswerable_question_has_no_answer_scores() -> None:
    """There is no gold answer to match: only abstention is judged."""
    (row,) = evaluate(ScriptedPipeline({WON.question: abstention(WON.question)}), prepared(WON))
    assert row.scores == {}
    assert summarise([row])["abstention_recall"].value == 1.0


@pytest.mark.parametrize(("article_id", "start"), [("a", 1), ("gone", 0)])
def test_a_quote_that_is_not_there_is_found_out(article_id: str, start: int) -> None:
    """A citation is checked against the set's own article, whatever the pipeline says."""
    wrong = answered(WHO.question, (article_id, start), TEXT[:20], short="Baku")
    (row,) = evaluate(ScriptedPipeline({WHO.question: wrong}), prepared(WHO))
    assert row.scores["citation_validity"] == 0.0
    assert [cited.valid for cited in row.citations] == [False]


def test_history_is_passed_on_and_searched_as_understood() -> None:
    """A follow-up gets its turns, and its ranking is that of the standalone question."""
    turns = (Turn("user", "Who is accused?"), Turn("assistant", "Baku."))
    question = Question("q3", "Of what?", ("blocking the road",), history=turns, relevant=WHO.relevant)
    reply = answered(question.question, ("a", 0), TEXT, short="x")
    pipeline = ScriptedPipeline({question.question: dataclasses.replace(reply, asked="What is Baku accused of?")})
    list(evaluate(pipeline, prepared(question)))
    assert pipeline.asked[-1] == ("Of what?", turns)
    assert pipeline.searched == [("What is Baku accused of?", 10)]


def test_ten_different_articles_are_judged() -> None:
    """Where gold is articles, the search goes deeper until ten different ones are found."""
    hits = [hit("a", n, n + 1) for n in range(50)] + [hit(f"b{n}", 0, 1) for n in range(30)]
    question = Question("q4", "Which?", doc_ids=("b3",))
    pipeline = ScriptedPipeline({"Which?": abstention("Which?")}, {"Which?": hits})
    (row,) = evaluate(pipeline, prepared(question))
    assert [found.article_id for found in row.hits] == ["a", *(f"b{n}" for n in range(9))]
    assert row.scores["mrr"] == pytest.approx(1 / 5)
    assert [k for _, k in pipeline.searched] == [30, 60]


def test_a_small_collection_ends_the_search() -> None:
    """With fewer than ten articles, all that were found are judged."""
    question = Question("q4", "Which?", doc_ids=("b",))
    hits = [hit("a", 0, 1), hit("a", 1, 2), hit("b", 0, 1)]
    pipeline = ScriptedPipeline({"Which?": abstention("Which?")}, {"Which?": hits})
    (row,) = evaluate(pipeline, prepared(question))
    assert row.scores["recall@5"] == 1.0
    assert len(pipeline.searched) == 1


def test_progress_tells_how_far_it_is() -> None:
    """Progress is told before each question and at the end."""
    told: list[tuple[str, int, int]] = []
    pipeline = ScriptedPipeline({q.question: abstention(q.question) for q in (WHO, WON)})
    list(evaluate(pipeline, prepared(WHO, WON), progress=lambda *step: told.append(step)))
    assert told == [("questions", 0, 2), ("questions", 1, 2), ("questions", 2, 2)]


def test_a_set_without_articles_needs_an_index(write_set: WriteSet) -> None:
    """Without articles and without an index there is nothing to search, and the error says what to do."""
    with pytest.raises(QuestionSetError, match="name an index to search"):
        run(write_set([{"id": "q", "question": "Who?"}]), Settings())


def test_half_of_a_given_index_is_refused(write_set: WriteSet) -> None:
    """Articles of somebody's index are never left out."""
    folder = write_set([{"id": "q", "question": "Who?"}])
    with pytest.raises(QuestionSetError, match="temporary index only"):
        run(folder, Settings(), half=True, index=folder / "index")
