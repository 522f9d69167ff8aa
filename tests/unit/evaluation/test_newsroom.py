"""Newsroom sets in `qa eval`: dialogues with the system's own answers, results by kind, what was missing."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation import Result, compare, load_set, table
from qa.evaluation.asking import Prepared, evaluate
from qa.evaluation.breakdown import breakdowns
from qa.evaluation.checking import check
from qa.evaluation.corpus import Corpus, check_gold, for_corpus
from qa.evaluation.failures import Failure, failure
from qa.evaluation.metrics import score, summarise
from qa.evaluation.page import html
from qa.evaluation.questions import Question, QuestionSet, QuestionSetError
from qa.evaluation.result import CitedSpan, HitSpan, Row, from_json, to_baseline, to_json
from qa.evaluation.rubric import Rubric
from qa.types import Turn
from tests.unit.evaluation.evaluation_builders import (
    ScriptedPipeline,
    abstention,
    answered,
    make_row,
)

TEXT = "Mara Oster bought the mill in May."
WHO = {"id": "q1", "kind": "fact", "question": "Who bought the mill?", "must": [["Oster"]]}
CITED = {**WHO, "cite": [["mill.md"]]}


def turn(number: int, **more: Any) -> dict[str, Any]:
    """Return a line of `dialogues.jsonl`."""
    return {"id": f"d-{number}", "dialogue": "d", "turn": number, "question": f"Q{number}?", **more}


def write(folder: Path, *questions: Any, turns: Any = ()) -> Path:
    """Write a set about one article and return its folder."""
    (folder / "articles").mkdir()
    (folder / "articles" / "mill.md").write_text(f"---\ntitle: The mill\n---\n{TEXT}")
    for name, lines in (("questions", questions), ("dialogues", turns)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text)
    return folder


def judged(identifier: str, text: str, **values: Any) -> Row:
    """Return the row of an answer that was judged by facts."""
    values = {"answerable": True, "abstained": False, "text": text, "kind": "fact"} | values
    row = make_row(identifier, **values)
    return dataclasses.replace(row, scores=score(row, searched=False))


def cite(article_id: str) -> tuple[CitedSpan, ...]:
    """Return the citation of an article."""
    return (CitedSpan(article_id, 0, 4, "Mara", valid=True),)


OSTER = Rubric("fact", must=(("Oster", "Mara"),), cite=(("mill",),))


def test_turns_follow_the_questions_in_order(tmp_path: Path) -> None:
    """Dialogues beside the questions are part of the set, each in the order of its turns; so is a folder of articles."""
    lines = [turn(2), {**turn(1), "id": "e-1", "dialogue": "e"}, turn(1)]
    found = load_set(write(tmp_path, CITED, turns=lines))
    assert [question.id for question in found.questions] == ["q1", "d-1", "d-2", "e-1"]
    assert found.articles == tmp_path / "articles"
    assert found.questions[0].answerable


@pytest.mark.parametrize(
    ("question", "turns", "said"),
    [
        ({**WHO, "verdict": "maybe"}, [], r"questions.jsonl:1: 'verdict' is 'maybe'"),
        ({**WHO, "must": [[]]}, [], r"questions.jsonl:1: 'must' holds a list without alternatives"),
        (WHO, [{**turn(1), "turn": 0}], r"dialogues.jsonl:1: a 'dialogue' needs its 'turn'"),
        (WHO, [turn(1), {**turn(2), "id": "q1"}], r"dialogues.jsonl:2: the id 'q1' is in"),
        (WHO, [{"id": "d", "question": "?"}], r"dialogues.jsonl:1: has no 'dialogue'"),
    ],
)
def test_a_line_that_cannot_be_judged_is_named(
    tmp_path: Path, question: Any, turns: Any, said: str
) -> None:
    """File and line come with what is wrong there."""
    with pytest.raises(QuestionSetError, match=said):
        load_set(write(tmp_path, question, turns=turns))


def test_a_turn_is_asked_with_the_answers_given_before_it(tmp_path: Path) -> None:
    """The history is what the system itself said; a run that is resumed in a dialogue goes on with it."""
    questions = load_set(write(tmp_path, CITED, turns=[turn(1), turn(2), turn(3)])).questions
    prepared = Prepared(questions, Corpus({}), {})
    answers = {one.question: abstention(one.question) for one in questions}
    answers["Q1?"] = answered("Q1?", ("mill", 0), "Mara Oster", short="Mara Oster")
    whole = ScriptedPipeline(answers)
    rows = list(evaluate(whole, prepared))
    first = (Turn("user", "Q1?"), Turn("assistant", "Mara Oster [1]"))
    assert [row.history for row in rows[:3]] == [(), (), first]
    assert rows[3].history[:2] == first
    assert [row.turn for row in rows] == [0, 1, 2, 3]
    later = ScriptedPipeline(answers)
    resumed = list(evaluate(later, prepared, answered=rows[:3]))
    assert [row.history for row in resumed] == [rows[3].history]
    assert later.asked[-1] == whole.asked[-1]


def test_an_article_to_cite_has_to_be_there() -> None:
    """A set that wants an unknown article cited is refused; one that was left out makes the question unanswerable."""
    corpus = Corpus({"mill.md": {"text": TEXT}})
    asked = Question("q", "?", must=(("Oster",),), cite=(("mill",), ("fair", "market.txt")))
    with pytest.raises(QuestionSetError, match=r"no article 'fair' or 'market.txt' to cite"):
        check_gold(QuestionSet("set", (asked,), None, Path("q.jsonl")), corpus)
    assert for_corpus(asked, corpus).answerable is False
    whole = Corpus({**corpus.records, "market": {"text": TEXT}})
    assert for_corpus(asked, whole).answerable is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"text": "Oster", "citations": cite("mill.md")}, None),
        ({"text": "Berg", "citations": cite("mill.md")}, Failure.WRONG_SPAN),
        ({"text": "Oster", "citations": cite("fair.md")}, Failure.NOT_READ),
        ({"text": "", "abstained": True}, Failure.SHOULD_HAVE_ANSWERED),
        ({"text": "Oster", "hits": (HitSpan("fair.md", 0, 4, 1.0),)}, Failure.NOT_RETRIEVED),
        ({"text": "Oster", "answerable": False}, Failure.SHOULD_HAVE_ABSTAINED),
        ({"text": "", "answerable": False, "abstained": True}, None),
    ],
)
def test_failures_are_told_by_what_has_to_be_cited(
    values: dict[str, Any], kind: Failure | None
) -> None:
    """The first step that failed: the search, the reading, the answer, or the decision to answer."""
    values = {"hits": (HitSpan("mill.md", 0, 4, 1.0),), **values}
    assert failure(judged("q", rubric=OSTER, **values), {}) == kind


def test_results_are_told_by_kind_and_depth() -> None:
    """Questions that stand alone by kind; turns by depth and move; each with counts, shares and intervals."""
    rubric = Rubric("fact", must=(("Oster",),))
    rows = [
        judged("1", "Oster", rubric=rubric),
        judged("2", "Berg", rubric=rubric),
        judged("3", "Berg", rubric=rubric, kind="list"),
        *(judged(f"t{at}", "Oster", rubric=rubric, turn=at, move="open") for at in (1, 2, 3, 4, 9)),
        make_row("other", kind="fact"),
    ]
    found = {
        one.title: {group.name: (group.count, group.passed.value) for group in one.groups}
        for one in breakdowns(rows)
    }
    assert found["kind of question"] == {
        "fact": (2, 0.5),
        "list": (1, 0.0),
        "all questions": (3, pytest.approx(1 / 3)),
    }
    depths = {"turn 1": 1, "turns 2 and 3": 2, "turn 4 and later": 2, "all turns": 5}
    assert found["place in the dialogue"] == {name: (n, 1.0) for name, n in depths.items()}
    assert list(found["place in the dialogue"]) == list(depths)
    assert found["move in the dialogue"] == {"open": (5, 1.0)}
    shown = table(Result("set", False, "f", {}, 1, summarise(rows), tuple(rows)))
    assert "by kind of question" in shown
    assert "0.500 (0.000 to 1.000)" in shown


def test_sets_without_facts_have_no_groups() -> None:
    """Where nothing is judged by facts, no table by kind is shown, and no such metric."""
    rows = [make_row("q", kind="fact")]
    assert breakdowns(rows) == []
    assert not {"passed", "wrong", "facts", "verdict"} & summarise(rows).keys()


def test_the_report_says_what_is_missing() -> None:
    """A wrong answer shows its facts, marks those that it lacks, and can be found by its kind."""
    rubric = Rubric("fact", (("Oster", "Mara"), ("May",)), ("June",), (("mill",),))
    row = judged("q", "In May or June.", rubric=rubric, turn=2, move="pronoun")
    page = html(Result("set", False, "f", {}, 1, summarise([row]), (row,)), Corpus({}))
    assert 'Oster / Mara <span class="chip bad">missing</span>' in page
    assert '<li dir="auto">May</li>' in page
    assert "Nothing of this: <span" in page
    assert 'cites mill <span class="chip bad">missing</span>' in page
    assert 'data-groups="fact|turns 2 and 3|pronoun"' in page
    assert 'data-group="turns 2 and 3"' in page


def test_results_keep_what_they_were_judged_by() -> None:
    """A file of results has kind, turn and facts; a baseline keeps the scores, and other facts are other gold."""
    row = judged("q", "Oster", rubric=OSTER, citations=cite("mill"), turn=1)
    result = Result("set", False, "f", {}, 1, summarise([row]), (row,))
    assert from_json(to_json(result)).rows == (row,)
    baseline = from_json(to_baseline(result))
    assert baseline.rows[0].scores == row.scores
    assert {item.metric.name for item in compare(baseline, result)} >= {"passed", "wrong"}
    other = dataclasses.replace(row, rubric=dataclasses.replace(OSTER, must=(("Berg",),)))
    assert other.gold_digest != row.gold_digest
    assert make_row("q").gold_digest == make_row("q", kind="fact").gold_digest


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({**CITED, "cite": [["fair"]]}, "'cite': there is no article 'fair'"),
        ({**CITED, "must_not": ["ster"]}, "'must_not' 'ster' is in a fact of 'must'"),
        ({**CITED, "must": [], "answerable": True}, "'must' names no fact: no answer can pass"),
        ({"id": "q", "question": "?", "cite": [["mill"]]}, "has no 'must'"),
    ],
)
def test_a_check_finds_what_cannot_pass(tmp_path: Path, line: Any, said: str) -> None:
    """`qa eval check` names facts that contradict each other and articles that are not there, in dialogues too."""
    last = {**line, **turn(1), "question": line["question"]}
    found = check(write(tmp_path, line, turns=[last]), max_chars=1_000)
    reasons = [finding.reason for finding in found.findings if not finding.warning]
    assert len([reason for reason in reasons if said in reason]) == 2
    assert found.questions == 2
