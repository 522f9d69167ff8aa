"""The sample articles and the project's own questions and dialogues about them hold together."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa.evaluation.rubric import folded
from qa.text import normalise

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = sorted(
    path for path in (ROOT / "corpus").glob("*.md") if not path.name.startswith("README")
)
SETS = ROOT / "evals" / "sets"
KINDS = {
    "fact",
    "list",
    "why",
    "who-said",
    "disagreement",
    "date",
    "correction",
    "unanswerable",
    "near-miss",
}
FOLLOW_UPS = {"pronoun", "ellipsis", "noun", "stands"}
ABSTAINED = "The articles do not contain an answer to this question."
QUOTE = re.compile(r"\[\d+\]: “(.*?)”(?=\n|$)")


def read(path: Path) -> tuple[dict[str, Any], str]:
    """Return an article's front matter and its text."""
    opening, head, text = normalise(path.read_text(encoding="utf-8")).split("---\n", maxsplit=2)
    assert opening == ""
    return yaml.safe_load(head), text


def read_questions(name: str) -> list[dict[str, Any]]:
    """Return the questions of a set, in order."""
    lines = (SETS / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def flat(text: str) -> str:
    """Return a text with single spaces, as answers quote it."""
    return " ".join(text.split())


QUESTIONS = read_questions("corpus")
DIALOGUES = read_questions("dialogues")
ALL = [*QUESTIONS, *DIALOGUES]
TEXTS = {path.name: read(path)[1] for path in ARTICLES}
of_each_question = pytest.mark.parametrize("question", ALL, ids=[q["id"] for q in ALL])
of_each_follow_up = pytest.mark.parametrize("question", DIALOGUES, ids=[q["id"] for q in DIALOGUES])
of_each_article = pytest.mark.parametrize("path", ARTICLES, ids=[path.name for path in ARTICLES])


@of_each_question
def test_gold_spans_are_the_answers(question: dict[str, Any]) -> None:
    """The texts of a question's gold spans are its answers: none missing, none without a span."""
    texts = {
        TEXTS[span["article_id"]][span["start"] : span["end"]] for span in question["relevant"]
    }
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
    """A question has gold spans exactly when it is answerable."""
    assert bool(question["relevant"]) == question["answerable"]


def test_kinds_say_what_is_answerable() -> None:
    """A question without a history is of a kind that says whether it has an answer."""
    for question in QUESTIONS:
        assert question["kind"] in KINDS
        assert (question["kind"] not in {"unanswerable", "near-miss"}) == question["answerable"], (
            question["id"]
        )


def test_disagreements_show_both_accounts() -> None:
    """A disagreement has at least two different answers, and most are told by two articles."""
    disagreements = [q for q in QUESTIONS if q["kind"] == "disagreement"]
    assert all(len(q["answers"]) >= 2 for q in disagreements)
    two_articles = [
        q for q in disagreements if len({span["article_id"] for span in q["relevant"]}) >= 2
    ]
    assert len(two_articles) > len(disagreements) / 2


def test_ids_and_questions_are_unique() -> None:
    """No two questions share an id, and without a history none a wording."""
    for values in (Counter(q["id"] for q in ALL), Counter(q["question"] for q in QUESTIONS)):
        assert max(values.values()) == 1, values.most_common(1)


def test_the_set_is_large_enough_to_measure_with() -> None:
    """There are 160 questions or more, a quarter of them unanswerable, and each kind occurs ten times or more."""
    assert len(QUESTIONS) >= 160
    assert sum(not q["answerable"] for q in QUESTIONS) >= len(QUESTIONS) / 4
    kinds = Counter(q["kind"] for q in QUESTIONS)
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 10


def test_every_article_is_asked_about() -> None:
    """Each sample article holds the answer of at least one question."""
    asked = {span["article_id"] for q in QUESTIONS for span in q["relevant"]}
    assert asked == set(TEXTS)


def test_questions_do_not_copy_their_articles() -> None:
    """No question shares six words in a row with the article that answers it."""
    for question in ALL:
        words = question["question"].casefold().rstrip("?").split()
        runs = [" ".join(words[i : i + 6]) for i in range(len(words) - 5)]
        texts = [TEXTS[span["article_id"]].casefold() for span in question["relevant"]]
        copied = [run for run, text in itertools.product(runs, texts) if run in text]
        assert not copied, question["id"]


def test_there_are_enough_dialogues() -> None:
    """There are 30 dialogues of two follow-ups or more, some follow-ups are unanswerable, and each kind occurs."""
    dialogues = Counter(q["id"].rsplit("-", 1)[0] for q in DIALOGUES)
    assert len(dialogues) >= 30
    assert min(dialogues.values()) >= 2
    assert sum(not q["answerable"] for q in DIALOGUES) >= 10
    kinds = Counter(q["kind"] for q in DIALOGUES)
    assert set(kinds) == FOLLOW_UPS
    assert min(kinds.values()) >= 10


@of_each_follow_up
def test_turns_take_turns(question: dict[str, Any]) -> None:
    """A history goes from the user's first question to the last answer."""
    roles = [turn["role"] for turn in question["history"]]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
    assert question["id"].endswith(f"-{len(roles) // 2 + 1}")
    assert len(roles) >= 2


def test_dialogues_go_on() -> None:
    """A follow-up's history is that of the one before it, with its question and a right answer, or an abstention."""
    for one, other in itertools.pairwise(DIALOGUES):
        if one["id"].rsplit("-", 1)[0] != other["id"].rsplit("-", 1)[0]:
            continue
        *earlier, asked, answer = other["history"]
        assert earlier == one["history"], other["id"]
        assert asked["text"] == one["question"], other["id"]
        if one["answerable"]:
            parts = {
                flat(part).removeprefix("- ").rstrip(";")
                for text in one["answers"]
                for part in text.split("\n")
            }
            assert any(part in answer["text"] for part in parts), other["id"]
        else:
            assert answer["text"].startswith(ABSTAINED), other["id"]


@of_each_follow_up
def test_earlier_answers_quote_the_articles(question: dict[str, Any]) -> None:
    """What the answers in a history quote stands in an article, word for word."""
    articles = [flat(text) for text in TEXTS.values()]
    for turn in question["history"]:
        if turn["role"] == "assistant":
            quotes = QUOTE.findall(turn["text"])
            assert (
                quotes or re.search(r"\[\d+\]$", turn["text"]) or turn["text"].startswith(ABSTAINED)
            )
            assert all(any(quote in text for text in articles) for quote in quotes)


@of_each_follow_up
def test_complete_questions_are_told_apart(question: dict[str, Any]) -> None:
    """Exactly the questions that stand for themselves end as they do when put by hand."""
    stands = question["question"].casefold().endswith(question["standalone"].casefold())
    assert stands == (question["kind"] == "stands")


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


@of_each_follow_up
def test_facts_of_a_follow_up_stand_in_its_articles(question: dict[str, Any]) -> None:
    """Answerable follow-ups name facts, and of each fact one wording stands in a gold article."""
    assert bool(question["must"]) == question["answerable"]
    assert (
        question.get("cite", [])
        == [sorted({s["article_id"] for s in question["relevant"]})] * (question["answerable"])
    )
    said = folded(" ".join(TEXTS[span["article_id"]] for span in question["relevant"]))
    for fact in question["must"]:
        assert any(folded(one) in said for one in fact), fact
