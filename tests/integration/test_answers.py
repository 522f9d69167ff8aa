"""Answers from real articles: the two sample questions, and every citation of a public set."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

import qa
from qa.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Answer
from tests.collection import write_files

pytestmark = pytest.mark.integration

QUESTION = "who is accused of blocking the corridor?"


def assert_exact(answer: Answer, index: Index) -> None:
    """Hold that each citation is the span of its article that it says."""
    for cited in answer.citations:
        assert index.article(cited.article_id).text[cited.start : cited.end] == cited.quote
        assert f"[{cited.number}]" in answer.text


def test_the_accused_and_the_accuser_are_named(corpus: Path) -> None:
    """The answer names Baku, says that it is Yerevan's accusation, and quotes the sentence exactly."""
    answer = qa.answer(QUESTION)
    assert "Yerevan accuses Baku of blocking the corridor." in answer.citations[0].quote
    assert answer.citations[0].article_id == "lachin-corridor.md"
    assert {"Baku", "Yerevan"} <= set(answer.text.replace(".", " ").split())
    assert_exact(answer, Index.open(Settings.from_env()))


def test_what_no_article_says_is_not_answered(corpus: Path) -> None:
    """A question about something else gets an abstention, with the nearest passages beside it."""
    answer = qa.answer("who won the 2010 world cup?")
    assert answer.abstained
    assert answer.citations == ()
    assert answer.hits


def test_search_finds_the_article(corpus: Path) -> None:
    """The door's search follows QA_INDEX too."""
    hits = qa.search("Lachin corridor", k=3)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].passage.article_id == "lachin-corridor.md"


def test_the_working_directory_names_another_index(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative index is that of the present working directory, also after a question in another one."""
    monkeypatch.setenv("QA_INDEX", corpus.name)
    monkeypatch.chdir(corpus.parent)
    assert not qa.answer(QUESTION).abstained
    monkeypatch.chdir(tmp_path)
    with pytest.raises(qa.IndexNotFoundError):
        qa.answer(QUESTION)


def test_threads_can_share_a_pipeline(corpus: Path) -> None:
    """Questions that are asked at the same time, of an index just opened, all get the same answer."""
    pipeline = Pipeline.open()
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(pipeline.answer(QUESTION).text))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert len(set(answers)) == 1


def test_every_citation_of_a_public_set_is_exact(datasets: Path, tmp_path: Path) -> None:
    """Over the first 24 questions of xquad-en every quote is the span that its citation says."""
    folder = datasets / "dev" / "xquad-en"
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines[:24]]
    needed = {span["article_id"] for question in questions for span in question["relevant"]}
    articles = [
        line
        for line in (folder / "articles.jsonl").open(encoding="utf-8")
        if json.loads(line)["id"] in needed
    ]
    write_files(tmp_path, {"articles.jsonl": "".join(articles)})
    index = Index.open(Settings(index=tmp_path / "index"), create=True)
    assert index.update([tmp_path / "articles.jsonl"]).refused == ()
    pipeline = Pipeline(index)
    answers = [pipeline.answer(question["question"]) for question in questions]
    for answer in answers:
        assert_exact(answer, index)
    assert sum(not answer.abstained for answer in answers) >= 8
