"""Reading question sets, and telling their authors what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qa.errors import QAError
from qa.evaluation.questions import GoldSpan, QuestionSetError
from qa.evaluation.sets import find, load_set
from qa.types import Turn

if TYPE_CHECKING:
    from tests.unit.evaluation.conftest import WriteSet

PLAIN = {"id": "q1", "question": "Who?", "answers": ["Baku"], "answerable": True}


def test_every_field_is_read(write_set: WriteSet) -> None:
    """A line's answers, spans and turns arrive as values; keys of others' tools are passed over."""
    history = [{"role": "user", "text": "Hello"}, {"role": "assistant", "text": "Yes?"}]
    gold = [{"article_id": "a", "start": 3, "end": 7}]
    (question,) = load_set(
        write_set([{**PLAIN, "relevant": gold, "history": history, "note": 1}])
    ).questions
    assert question.answers == ("Baku",)
    assert question.relevant == (GoldSpan("a", 3, 7),)
    assert question.history == (Turn("user", "Hello"), Turn("assistant", "Yes?"))
    assert question.gold_articles == {"a"}


def test_paragraph_and_false_answers_are_read(write_set: WriteSet) -> None:
    """A line may say where its question was asked, and what other articles wrongly say."""
    place = {"article_id": "a", "start": 0, "end": 40}
    (question,) = load_set(
        write_set([{**PLAIN, "paragraph": place, "false_answers": ["Tbilisi"]}])
    ).questions
    assert question.paragraph == GoldSpan("a", 0, 40)
    assert question.false_answers == ("Tbilisi",)
    assert question.gold_articles == set()
    assert question.about == {"a"}


@pytest.mark.parametrize(
    ("fields", "grades", "gold"),
    [
        ({"doc_ids": ["a", "b"]}, {"a": 1, "b": 1}, {"a", "b"}),
        ({"relevance": {"a": 2, "b": 0, "c": -1}}, {"a": 2, "b": 0, "c": -1}, {"a"}),
        ({}, {}, set()),
    ],
)
def test_gold_articles(
    write_set: WriteSet, fields: dict[str, Any], grades: dict[str, int], gold: set[str]
) -> None:
    """Gold articles all have grade one, graded ones are gold when the grade is above zero."""
    (question,) = load_set(write_set([{**PLAIN, **fields}])).questions
    assert question.grades == grades
    assert question.gold_articles == gold


@pytest.mark.parametrize(
    ("fields", "answerable"),
    [
        ({"answers": ["x"]}, True),
        ({"answers": []}, None),
        ({}, None),
        ({"answers": ["x"], "answerable": False}, False),
    ],
)
def test_answerable_is_unknown_unless_said_or_answered(
    write_set: WriteSet,
    fields: dict[str, Any],
    answerable: bool | None,
) -> None:
    """A question with answers is answerable; one without either is neither answerable nor not."""
    (question,) = load_set(write_set([{"id": "q", "question": "Who?", **fields}])).questions
    assert question.answerable is answerable


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "q2",', "not valid JSON"),
        ('["q2"]', "input should be an object"),
        ('{"id": "q2"}', "has no 'question'"),
        ('{"question": "Who?"}', "has no 'id'"),
        ('{"id": 2, "question": "Who?"}', "'id': input should be a valid string"),
        ('{"id": "q2", "question": " "}', "'question' is empty"),
        ('{"id": "q2", "question": "Who?", "answers": "Baku"}', "'answers'"),
        ('{"id": "q2", "question": "Who?", "answerable": "yes"}', "'answerable'"),
        (
            '{"id": "q2", "question": "Who?", "relevant": [{"article_id": "a", "end": 4}]}',
            "no 'relevant.0.start'",
        ),
        (
            '{"id": "q2", "question": "Who?", "relevant": [{"article_id": "a", "start": 4, "end": 4}]}',
            "4:4 is not",
        ),
        (
            '{"id": "q2", "question": "Who?", "paragraph": {"article_id": "a", "start": 4, "end": 2}}',
            "4:2 is not",
        ),
        ('{"id": "q2", "question": "Who?", "false_answers": "Baku"}', "'false_answers'"),
        (
            '{"id": "q2", "question": "Who?", "history": [{"role": "bot", "text": "x"}]}',
            "'history.0.role'",
        ),
        (
            '{"id": "q2", "question": "Who?", "doc_ids": ["a"], "relevance": {"a": 1}}',
            "one way only",
        ),
        ('{"id": "q1", "question": "Who?"}', "the id 'q1' is that of line 1 already"),
    ],
)
def test_a_bad_line_is_named(write_set: WriteSet, line: str, reason: str) -> None:
    """A bad line stops the set with its file, its number and the reason."""
    folder = write_set([PLAIN, "", line])
    with pytest.raises(QuestionSetError) as caught:
        load_set(folder)
    assert str(caught.value).startswith(f"{folder / 'questions.jsonl'}:3: ")
    assert reason in caught.value.reason
    assert isinstance(caught.value, QAError)


def test_a_line_separator_inside_a_string_does_not_end_the_line(write_set: WriteSet) -> None:
    """Only line feeds end a line: JSON strings may hold U+2028."""
    folder = write_set(['{"id": "q1", "question": "Who\u2028else?"}', {**PLAIN, "id": "q2"}])
    assert [question.id for question in load_set(folder).questions] == ["q1", "q2"]


def test_bytes_that_are_not_utf8_are_refused(write_set: WriteSet) -> None:
    """A file in another encoding is refused by name."""
    folder = write_set([PLAIN])
    (folder / "questions.jsonl").write_bytes('{"id": "é"}'.encode("latin-1"))
    with pytest.raises(QuestionSetError, match=r"questions\.jsonl:1: not UTF-8 text \(byte 8 of"):
        load_set(folder)


def test_an_empty_set_is_refused(write_set: WriteSet) -> None:
    """A set without questions is no set."""
    with pytest.raises(QuestionSetError, match="holds no question"):
        load_set(write_set([""]))


def test_an_unknown_set_lists_the_known_ones(
    write_set: WriteSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is no set is answered with the names in evals/sets, and those can be given without their path."""
    folder = write_set([PLAIN])
    known = tmp_path / "evals" / "sets" / "mine"
    known.parent.mkdir(parents=True)
    folder.rename(known)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(QuestionSetError, match="there are: mine"):
        find("nothing")
    assert find("mine").resolve() == known
    assert load_set("mine").name == "mine"


def test_articles_are_the_sets_own_or_those_that_set_toml_names(
    write_set: WriteSet, tmp_path: Path
) -> None:
    """`articles.jsonl` comes first, then the `corpus` of set.toml, relative to the set; else there are none."""
    folder = write_set([PLAIN])
    assert load_set(folder).articles is None
    (tmp_path / "news").mkdir()
    (folder / "set.toml").write_text('corpus = "../news"\n')
    assert load_set(folder).articles == tmp_path / "news"
    (folder / "articles.jsonl").write_text("")
    assert load_set(folder).articles == folder / "articles.jsonl"


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ("corpus = ", "not valid TOML"),
        ("corpus = 3", "'corpus' must say"),
        ('corpus = "../gone"', "there is no"),
    ],
)
def test_a_bad_set_toml_is_refused(write_set: WriteSet, toml: str, reason: str) -> None:
    """A set.toml that names no articles is refused with the reason."""
    folder = write_set([PLAIN])
    (folder / "set.toml").write_text(toml)
    with pytest.raises(QuestionSetError, match=reason):
        load_set(folder)
