"""Beside others: what a chat model said is judged as it stands, and the tables say how they came about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from evals.peers import run
from evals.peers.chat import Chat, ChatModel, does_not_know, parse
from evals.peers.retrieval import SearchAlone
from evals.shared import spread
from qa.evaluation.asking import Prepared, evaluate
from qa.evaluation.corpus import Corpus
from qa.evaluation.questions import GoldSpan, Question
from qa.types import Hit, Passage

TEXT = "Yerevan accuses Baku of blocking the road."
CORPUS = Corpus({"a": {"id": "a", "text": TEXT}})
WHO = Question(
    "q1", "Who is accused?", ("Baku",), answerable=True, relevant=(GoldSpan("a", 16, 20),)
)
HIT = Hit(Passage("a:0", "a", 0, len(TEXT), TEXT), 1.0, 1, "dense")


class Found:
    """A search that finds the one passage."""

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the passage."""
        return [HIT][:k]


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ("I don't know.", True),
        ("I don’t know the answer to that.", True),
        ("The context does not mention who won.", True),
        ("There is no information about this [2].", True),
        ("It cannot be determined.", True),
        ("The year is not stated.", True),
        (" \n", True),
        ("Baku", False),
        ("The bridge was not closed by Baku.", False),
        ("No. 7 [1]", False),
        ("He knows the answer: 12 people.", False),
    ],
)
def test_a_chat_model_that_does_not_know_abstains(text: str, *, silent: bool) -> None:
    """Saying so in any common way, or nothing, is an abstention; an answer with a "not" in it is none."""
    assert does_not_know(text) is silent


def test_what_was_said_is_judged_whole() -> None:
    """The short answer is the text without its numbers, and each number cites the whole passage."""
    said = parse("Who?", "It was Baku [1].", [HIT])
    assert (said.short, said.abstained) == ("It was Baku.", False)
    assert [(cited.number, cited.article_id, cited.quote) for cited in said.citations] == [
        (1, "a", TEXT)
    ]


def test_an_answer_may_cite_nothing() -> None:
    """A chat model that names no passage has answered all the same."""
    said = parse("Who?", "Baku", [HIT])
    assert (said.abstained, said.citations) == (False, ())


def test_an_abstention_cites_nothing() -> None:
    """What is named beside "I don't know" supports no answer."""
    said = parse("Who?", "I don't know [1]", [HIT])
    assert (said.abstained, said.citations, said.short) == (True, (), "")


@pytest.mark.parametrize(
    ("text", "valid"), [("Baku [1]", 1.0), ("Baku [7]", 0.0), ("Baku [0]", 0.0)]
)
def test_a_number_without_a_passage_is_no_valid_citation(text: str, valid: float) -> None:
    """The metrics of the project judge it: a number that stands for nothing is found out."""

    def model(_question: str, passages: Sequence[str]) -> str:
        assert passages == [TEXT]
        return text

    (row,) = evaluate(
        Chat(Found(), cast("ChatModel", model)), Prepared((WHO,), CORPUS, CORPUS.texts())
    )
    assert (row.scores["citation_validity"], row.scores["f1"]) == (valid, 1.0)
    assert row.scores["recall@1"] == 1.0


def test_a_search_alone_is_judged_by_its_ranking() -> None:
    """It has a ranking and a time, and says nothing."""
    (row,) = evaluate(SearchAlone(Found()), Prepared((WHO,), CORPUS, CORPUS.texts()))
    assert (row.scores["recall@1"], row.abstained) == (1.0, True)


def test_questions_are_taken_from_the_whole_set() -> None:
    """Three of ten questions stand at the beginning, after a third and after two thirds."""
    questions = tuple(Question(str(n), "?") for n in range(10))
    prepared = Prepared(questions, CORPUS, CORPUS.texts())
    assert [question.id for question in spread(prepared, 3).questions] == ["0", "3", "6"]
    assert spread(prepared, 10) == spread(prepared, None) == prepared


def test_missing_packages_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody has them by default: whoever lacks one learns how to install it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert run.main([]) == 2
    assert "missing: bm25s, langchain_chroma, " in (said := capsys.readouterr().err)
    assert "pip install --no-deps --target out/peers" in said


def test_the_page_has_a_table_for_each_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command stands above; whole sets are judged by passages and by answers, halves by answers alone.

    A trial with a limit writes nothing: its figures are of too few questions to stand beside
    others.
    """

    class Nothing:
        """Finds and answers one thing, whatever it is made of."""

        def __init__(self, *_: Any) -> None:
            self._chat = Chat(Found(), cast("ChatModel", lambda *_: "Baku [1]"))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._chat, name)

    for name in ("ChatModel", "Tutorial", "Bm25", "Chat", "_ours"):
        monkeypatch.setattr(run, name, Nothing)
    monkeypatch.setattr(run, "tutorial_passages", list)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "articles.jsonl").write_text(json.dumps({"id": "a", "text": TEXT}) + "\n")
    gold = {"article_id": "a", "start": 16, "end": 20}
    line = {"id": "q1", "question": "Who is accused?", "answers": ["Baku"], "relevant": [gold]}
    (folder / "questions.jsonl").write_text(json.dumps(line) + "\n")
    assert run.main([str(folder), "--limit", "1"]) == 0
    assert not (tmp_path / "peers.md").exists()
    assert run.main([str(folder), f"{folder}-half", "--chat", "1"]) == 0
    text = (tmp_path / "peers.md").read_text()
    assert f"PYTHONPATH=out/peers python -m evals.peers.run {folder} {folder}-half --chat 1" in text
    assert [
        line
        for line in text.splitlines()
        if line.startswith(("##", "| metric", "| `f1`", "| `mrr`"))
    ] == [
        "## Finding the passage",
        f"### {folder}",
        "| metric | this project | LangChain's tutorial | BM25 |",
        "| `mrr` | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) |",
        "## Answering",
        f"### {folder}",
        "| metric | this project | SmolLM2-135M |",
        "| `f1` | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) |",
        f"### {folder}-half",
        "| metric | this project | SmolLM2-135M |",
        "| `f1` | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) |",
    ]
