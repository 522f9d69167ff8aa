"""Question sets in SQuAD's pair form: contexts, and questions on each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.corpus import read_corpus
from qa.evaluation.questions import GoldSpan, QuestionSetError
from qa.evaluation.sets import is_set, load_set

TEXT = "Mara Oster runs the old mill."
WHO = {
    "question": "Who runs it?",
    "context_id": "c1",
    "answers": [{"text": "Mara Oster", "start": 0}],
}
WHEN = {"question": "When was it built?", "context_id": "c1", "answers": []}


def write_pair(folder: Path, *questions: dict[str, Any]) -> Path:
    """Write a pair of files about one context and return their common path."""
    (folder / "mill.contexts.jsonl").write_text(json.dumps({"id": "c1", "text": TEXT}) + "\n")
    (folder / "mill.questions.jsonl").write_text(
        "".join(json.dumps(question) + "\n" for question in questions)
    )
    return folder / "mill"


def test_a_pair_is_a_set_named_like_its_files(tmp_path: Path) -> None:
    """The common name is the set's, its questions are numbered by line, and its articles are the contexts."""
    path = write_pair(tmp_path, WHO, WHEN)
    found = load_set(str(path))
    assert (found.name, [question.id for question in found.questions]) == ("mill", ["1", "2"])
    assert found.articles is not None
    assert read_corpus(found.articles, max_chars=100).texts() == {"c1": TEXT}
    assert is_set(path)
    assert not is_set(tmp_path / "other")


def test_answers_are_gold_spans_of_their_context(tmp_path: Path) -> None:
    """Each answer says where it stands; the context as a whole is the paragraph that was asked about."""
    answers = [*WHO["answers"], {"text": "Oster", "start": 5}, {"text": "Mara Oster", "start": 0}]
    (question,) = load_set(write_pair(tmp_path, {**WHO, "answers": answers})).questions
    assert question.answers == ("Mara Oster", "Oster")
    assert question.relevant[:2] == (GoldSpan("c1", 0, 10), GoldSpan("c1", 5, 10))
    assert question.paragraph == GoldSpan("c1", 0, len(TEXT))
    assert question.answerable is True


def test_no_answers_mean_that_the_context_has_none(tmp_path: Path) -> None:
    """An empty list is an unanswerable question, which still knows its context."""
    (question,) = load_set(write_pair(tmp_path, WHEN)).questions
    assert (question.answerable, question.answers, question.relevant) == (False, (), ())
    assert question.article_id == "c1"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({**WHO, "context_id": "c2"}, "no context 'c2'"),
        ({**WHO, "question": " "}, "'question' is empty"),
        ({**WHO, "answers": [{"text": "Oster", "start": 4}]}, "'Oster' is not at 4 of 'c1'"),
        ({**WHO, "answers": [{"text": "mill.", "start": -5}]}, "'mill.' is not at -5 of 'c1'"),
        ({**WHO, "answers": [{"text": "", "start": 4}]}, "'' is not at 4"),
        ({**WHO, "answers": [{"text": "Oster"}]}, "has no 'answers.0.start'"),
        ({"question": "Who?", "answers": []}, "has no 'context_id'"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: dict[str, Any], reason: str) -> None:
    """A bad line stops the set with its file, its number and the reason."""
    path = write_pair(tmp_path, WHO, line)
    with pytest.raises(QuestionSetError) as caught:
        load_set(path)
    assert caught.value.path == f"{path}.questions.jsonl:2"
    assert reason in caught.value.reason


def test_half_a_pair_is_no_set(tmp_path: Path) -> None:
    """Questions without their contexts are no set, and the error says what belongs to one."""
    path = write_pair(tmp_path, WHO)
    Path(f"{path}.contexts.jsonl").unlink()
    with pytest.raises(
        QuestionSetError, match=r"NAME\.contexts\.jsonl beside NAME\.questions\.jsonl"
    ):
        load_set(path)
