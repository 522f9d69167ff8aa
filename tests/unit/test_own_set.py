"""The sample articles and the project's own questions about them hold together."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa.text import normalise

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = sorted(path for path in (ROOT / "corpus").glob("*.md") if not path.name.startswith("README"))
SET = ROOT / "evals" / "sets" / "corpus"
KINDS = {"fact", "list", "why", "who-said", "disagreement", "date", "correction", "unanswerable", "near-miss"}


def read(path: Path) -> tuple[dict[str, Any], str]:
    """Return an article's front matter and its text."""
    opening, head, text = normalise(path.read_text(encoding="utf-8")).split("---\n", maxsplit=2)
    assert opening == ""
    return yaml.safe_load(head), text


def read_questions() -> list[dict[str, Any]]:
    """Return the questions of the set, in order."""
    lines = (SET / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


QUESTIONS = read_questions()
TEXTS = {path.name: read(path)[1] for path in ARTICLES}
of_each_question = pytest.mark.parametrize("question", QUESTIONS, ids=[q["id"] for q in QUESTIONS])
of_each_article = pytest.mark.parametrize("path", ARTICLES, ids=[path.name for path in ARTICLES])


@of_each_question
def test_gold_spans_are_the_answers(question: dict[str, Any]) -> None:
    """The texts of a question's gold spans are its answers: none missing, none without a span."""
    texts = {TEXTS[span["article_id"]][span["start"] : span["end"]] for span in question["relevant"]}
    assert texts == set(question["answers"])


@of_each_question
def test_gold_spans_lie_inside_their_articles(question: dict[str, Any]) -> None:
    """A gold span is not empty, ends within its article, and neither starts nor ends with white space."""
    for span in question["relevant"]:
        text = TEXTS[span["article_id"]]
        assert 0 <= span["start"] < span["end"] <= len(text)
        gold = text[span["start"] : span["end"]]
        assert gold == gold.strip()


@of_each_question
def test_only_answerable_questions_have_spans(question: dict[str, Any]) -> None:
    """A question has gold spans exactly when it is answerable, and its kind says the same."""
    assert bool(question["relevant"]) == question["answerable"]
    assert question["kind"] in KINDS
    assert (question["kind"] not in {"unanswerable", "near-miss"}) == question["answerable"]


def test_disagreements_show_both_accounts() -> None:
    """A disagreement has at least two different answers, and most are told by two articles."""
    disagreements = [q for q in QUESTIONS if q["kind"] == "disagreement"]
    assert all(len(q["answers"]) >= 2 for q in disagreements)
    two_articles = [q for q in disagreements if len({span["article_id"] for span in q["relevant"]}) >= 2]
    assert len(two_articles) > len(disagreements) / 2


def test_ids_and_questions_are_unique() -> None:
    """No two questions share an id or a wording."""
    for key in ("id", "question"):
        values = Counter(q[key] for q in QUESTIONS)
        assert max(values.values()) == 1, values.most_common(1)


def test_the_set_is_large_enough_to_measure_with() -> None:
    """There are 40 questions or more, 10 or more of them unanswerable, and each kind occurs."""
    assert len(QUESTIONS) >= 40
    assert sum(not q["answerable"] for q in QUESTIONS) >= 10
    assert {q["kind"] for q in QUESTIONS} == KINDS


def test_every_article_is_asked_about() -> None:
    """Each sample article holds the answer of at least one question."""
    asked = {span["article_id"] for q in QUESTIONS for span in q["relevant"]}
    assert asked == set(TEXTS)


def test_questions_do_not_copy_their_articles() -> None:
    """No question shares six words in a row with the article that answers it."""
    for question in QUESTIONS:
        words = question["question"].casefold().rstrip("?").split()
        runs = [" ".join(words[i : i + 6]) for i in range(len(words) - 5)]
        texts = [TEXTS[span["article_id"]].casefold() for span in question["relevant"]]
        copied = [run for run, text in itertools.product(runs, texts) if run in text]
        assert not copied, question["id"]


@of_each_article
def test_front_matter_is_complete(path: Path) -> None:
    """An article has the five keys and no other, none of them empty, and an ISO date."""
    head, _ = read(path)
    assert set(head) == {"title", "source", "published", "url", "author"}
    assert all(str(value).strip() for value in head.values())
    published = str(head["published"])
    assert dt.date.fromisoformat(published).isoformat() == published
    assert head["url"].startswith("https://example.org/")


@of_each_article
def test_articles_are_of_news_length(path: Path) -> None:
    """An article's text has 200 to 700 words."""
    assert 200 <= len(TEXTS[path.name].split()) <= 700


def test_there_are_enough_articles() -> None:
    """The folder holds 20 articles or more, with titles that tell them apart."""
    titles = {read(path)[0]["title"] for path in ARTICLES}
    assert len(titles) == len(ARTICLES) >= 20
