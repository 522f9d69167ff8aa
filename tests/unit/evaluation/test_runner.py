"""Running questions through a pipeline that was told what to answer."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from qa.errors import QAError
from qa.evaluation.asking import Prepared, evaluate, given_passages
from qa.evaluation.corpus import Corpus
from qa.evaluation.metrics import summarise
from qa.evaluation.questions import GoldSpan, Question, QuestionSet, QuestionSetError
from qa.evaluation.runner import Options, prepare, run
from qa.settings import Settings
from qa.types import Answer, Article, Statement, Turn
from tests.unit.evaluation.conftest import WriteSet
from tests.unit.evaluation.evaluation_builders import ScriptedPipeline, abstention, answered, hit

TEXT = "Yerevan accuses Baku of blocking the road."
CORPUS = Corpus({"a": {"id": "a", "text": TEXT}})
WHO = Question(
    "q1", "Who is accused?", ("Baku",), answerable=True, relevant=(GoldSpan("a", 16, 20),)
)
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
    assert not {"quote_contains_answer", "citation_validity", "both_accounts"} & row.scores.keys()


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
    question = Question(
        "q3", "Of what?", ("blocking the road",), history=turns, relevant=WHO.relevant
    )
    reply = answered(question.question, ("a", 0), TEXT, short="x")
    pipeline = ScriptedPipeline(
        {
            question.question: dataclasses.replace(
                reply, standalone_question="What is Baku accused of?"
            )
        }
    )
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


def test_given_passages_are_read_and_nothing_is_searched() -> None:
    """A question is read with its own passages and their article alone; its answer is scored, no ranking is."""
    articles = {"a": Article("a", "", TEXT), "b": Article("b", "", "Another one.")}
    given = given_passages(
        [WHO], articles, "article", passage_tokens=50, count_tokens=lambda texts: [9 for _ in texts]
    )
    pipeline = ScriptedPipeline(
        {WHO.question: answered(WHO.question, ("a", 0), TEXT, short="Baku")}
    )
    (row,) = evaluate(pipeline, dataclasses.replace(prepared(WHO), given=given))
    assert row.scores == {
        "em": 1.0,
        "f1": 1.0,
        "quote_contains_answer": 1.0,
        "citation_validity": 1.0,
    }
    assert row.hits == ()
    (_, (question, hits, known)) = pipeline.given
    assert (question, [hit.passage.text for hit in hits], list(known)) == (
        WHO.question,
        [TEXT],
        ["a"],
    )
    assert (pipeline.asked, pipeline.searched) == ([], [])


TWO = dataclasses.replace(WHO, false_answers=("Tbilisi", "Sochi"))
BOTH = "Yerevan accuses Baku of blocking the road. [1] Others name Sochi. [2]"


@pytest.mark.parametrize(
    ("text", "score"),
    [(BOTH, 1.0), (BOTH.replace("Sochi", "Sochis"), 0.0), (BOTH.replace("Baku", "somebody"), 0.0)],
)
def test_both_accounts_must_be_told(text: str, score: float) -> None:
    """Where other articles say something else, an answer is complete when its text has one of each, as whole words."""
    cited = answered(TWO.question, ("a", 0), TEXT, short="Baku").citations * 2
    citations = tuple(
        dataclasses.replace(one, number=number) for number, one in enumerate(cited, 1)
    )
    said = Statement(TEXT, citations)
    reply = Answer(TWO.question, "fact", text, (said,), "Baku", 0.9)
    (row,) = evaluate(ScriptedPipeline({TWO.question: reply}), prepared(TWO))
    assert row.scores["both_accounts"] == score
    assert row.false_answers == ("Tbilisi", "Sochi")


def test_an_abstention_tells_neither_account() -> None:
    """Being silent about a contradiction does not help: it counts, as zero."""
    (row,) = evaluate(ScriptedPipeline({TWO.question: abstention(TWO.question)}), prepared(TWO))
    assert row.scores["both_accounts"] == 0.0


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


@pytest.mark.parametrize("options", [Options(half=True), Options(where="kind=news")])
def test_articles_of_a_given_index_are_never_left_out(
    write_set: WriteSet, options: Options
) -> None:
    """Neither half of somebody's index nor a kind of its articles can be left out."""
    folder = write_set([{"id": "q", "question": "Who?"}])
    with pytest.raises(QuestionSetError, match="temporary index only"):
        run(folder, Settings(), options, index=folder / "index")


@pytest.mark.parametrize(
    ("options", "searched"),
    [
        (Options(given="article", half=True), False),
        (Options(given="paragraph", where="kind=news"), False),
        (Options(given="article"), True),
    ],
)
def test_what_is_given_is_not_searched(
    write_set: WriteSet, options: Options, *, searched: bool
) -> None:
    """Options that only change what is searched are refused with a given text, not passed over."""
    folder = write_set([{"id": "q", "question": "Who?"}], [{"id": "a", "text": TEXT}])
    with pytest.raises(QuestionSetError, match="given nothing is searched"):
        run(folder, Settings(), options, index=folder / "index" if searched else None)


ABOUT_B = Question("q3", "Which?", answerable=False, paragraph=GoldSpan("b", 0, 3))
ABOUT_BOTH = Question("q4", "Which two?", ("x",), answerable=True, doc_ids=("a", "b"))
TWO_ARTICLES = Corpus({"a": {"id": "a", "text": TEXT}, "b": {"id": "b", "text": "Nothing of it."}})


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (Options(), ["q1", "q2", "q3", "q4"]),
        (Options(without=("a",)), ["q2", "q3"]),
        (Options(without=("b",)), ["q1", "q2"]),
        (Options(without=("a", "b")), ["q2"]),
        (Options(without=("a",), limit=1), ["q2"]),
        (Options(without=("b",), half=True), ["q1", "q2"]),
    ],
)
def test_questions_about_an_article_can_be_left_out(
    tmp_path: Path, options: Options, asked: list[str]
) -> None:
    """A question goes when any of its gold, or where it was asked, is in such an article; the article itself stays."""
    questions = QuestionSet(
        "myset", (WHO, WON, ABOUT_B, ABOUT_BOTH), None, tmp_path / "questions.jsonl"
    )
    ready = prepare(questions, TWO_ARTICLES, options)
    assert [question.id for question in ready.questions] == asked
    assert set(ready.texts) == ({"a"} if options.half else {"a", "b"})


@pytest.mark.parametrize(
    ("without", "reason"),
    [(("c",), "without 'c': there is no such article"), (("a",), "no question is left")],
)
def test_leaving_out_everything_or_nothing_is_an_error(
    tmp_path: Path, without: tuple[str, ...], reason: str
) -> None:
    """A misspelt article would leave its questions in unnoticed; without questions there is nothing to report."""
    questions = QuestionSet("myset", (WHO,), None, tmp_path / "questions.jsonl")
    with pytest.raises(QuestionSetError, match=reason):
        prepare(questions, TWO_ARTICLES, Options(without=without))


def test_a_kind_of_article_can_be_asked_alone(tmp_path: Path) -> None:
    """The articles of other kinds go, and questions about them become unanswerable; a kind that is not there fails."""
    kinds = Corpus(
        {key: {**record, "kind": f"kind-{key}"} for key, record in TWO_ARTICLES.records.items()}
    )
    questions = QuestionSet("myset", (WHO, WON), None, tmp_path / "questions.jsonl")
    ready = prepare(questions, kinds, Options(where="kind=kind-b"))
    assert list(ready.texts) == ["b"]
    assert [question.answerable for question in ready.questions] == [False, False]
    with pytest.raises(QAError, match="no article is left"):
        prepare(questions, kinds, Options(where="kind=c"))
