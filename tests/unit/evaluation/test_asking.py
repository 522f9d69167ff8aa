"""What a question is read with when its article or paragraph is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.asking import Given, GivenPassages, given_passages, read_articles
from qa.evaluation.questions import GoldSpan, Question, QuestionSetError
from qa.types import Article

MILL = "The mill stands empty. It was sold in May.\n\nMara Oster bought it. She pays in parts.\n\nNobody else came."
FAIR = "The fair opens on Friday."
ARTICLES = {"mill": Article("mill", "The old mill", MILL), "fair": Article("fair", "", FAIR)}
SECOND = (MILL.index("Mara"), MILL.index("\n\nNobody"))


def span(words: str) -> GoldSpan:
    """Return where the article about the mill has these words."""
    return GoldSpan("mill", MILL.index(words), MILL.index(words) + len(words))


def count_words(texts: Sequence[str]) -> list[int]:
    """Count a word as a token."""
    return [len(text.split()) for text in texts]


def given_to(question: Question, given: Given, *, passage_tokens: int = 9) -> list[str]:
    """Return the texts of the passages that a question is read with, checked against their articles."""
    found = given_passages(
        [question], ARTICLES, given, passage_tokens=passage_tokens, count_tokens=count_words
    )
    hits = found.hits[question.id]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    for passage in (hit.passage for hit in hits):
        assert found.articles[passage.article_id].text[passage.start : passage.end] == passage.text
    return [hit.passage.text for hit in hits]


def test_an_article_is_read_from_its_beginning() -> None:
    """All passages of the gold article come in reading order, of the size that an index would have."""
    texts = given_to(
        Question("q", "Who?", ("Mara Oster",), relevant=(span("Mara Oster"),)), "article"
    )
    assert len(texts) > 2
    assert " ".join(" ".join(texts).split()) == " ".join(MILL.split())


@pytest.mark.parametrize(
    ("gold", "article_id"),
    [
        ({"relevant": (GoldSpan("fair", 0, 3), span("May"))}, "fair"),
        ({"doc_ids": ("fair", "mill")}, "fair"),
        ({"paragraph": GoldSpan("fair", 0, 3)}, "fair"),
        ({"relevant": (span("May"),), "paragraph": GoldSpan("fair", 0, 3)}, "mill"),
    ],
)
def test_the_article_is_that_of_the_first_gold(gold: dict[str, Any], article_id: str) -> None:
    """Spans come before gold articles, and where the question was asked comes last."""
    question = Question("q", "Who?", **gold)
    found = given_passages(
        [question], ARTICLES, "article", passage_tokens=50, count_tokens=count_words
    )
    assert {hit.passage.article_id for hit in found.hits["q"]} == {article_id}


def test_a_paragraph_is_one_passage() -> None:
    """The set's own paragraph is read whole, however short the passages of the index are, with its true offsets."""
    question = Question("q", "Who?", paragraph=GoldSpan("mill", *SECOND))
    assert given_to(question, "paragraph", passage_tokens=4) == [MILL[slice(*SECOND)]]


def test_without_a_paragraph_the_one_around_the_gold_is_read() -> None:
    """A set with gold spans only gets the article's paragraph that holds the first of them."""
    question = Question("q", "Who?", ("in parts",), relevant=(span("in parts"), span("May")))
    assert given_to(question, "paragraph") == [MILL[slice(*SECOND)]]


def test_gold_across_paragraphs_gets_them_all() -> None:
    """A gold span that runs over a paragraph's end lies whole in what is read."""
    question = Question("q", "What?", ("x",), relevant=(span("in parts.\n\nNobody"),))
    (text,) = given_to(question, "paragraph")
    assert text == MILL[SECOND[0] :]


def test_a_long_paragraph_is_split() -> None:
    """What is longer than a reader takes at once comes in several passages that leave nothing out."""
    text = " ".join(f"Sentence number {number} is here." for number in range(100))
    article = {"long": Article("long", "A title", f"Before.\n\n{text}\n\nAfter.")}
    question = Question("q", "Which?", paragraph=GoldSpan("long", 9, 9 + len(text)))
    found = given_passages(
        [question], article, "paragraph", passage_tokens=160, count_tokens=count_words
    )
    texts = [hit.passage.text for hit in found.hits["q"]]
    assert len(texts) == 2
    assert " ".join(texts) == text


@pytest.mark.parametrize(
    ("given", "gold"),
    [
        ("article", {}),
        ("article", {"relevance": {"mill": 1}}),
        ("paragraph", {"doc_ids": ("mill",)}),
    ],
)
def test_a_question_that_names_nothing_to_give_is_refused(
    given: Given, gold: dict[str, Any]
) -> None:
    """Such a question would otherwise be read with nothing: the error names it and what it lacks."""
    with pytest.raises(QuestionSetError, match=f"question 'q7': no {given} can be given without"):
        given_passages(
            [Question("q7", "Who?", **gold)],
            ARTICLES,
            given,
            passage_tokens=9,
            count_tokens=count_words,
        )


def test_articles_are_read_as_the_product_reads_them(tmp_path: Path) -> None:
    """Texts are normalised and titles on one line, so that offsets are those of the product."""
    path = tmp_path / "articles.jsonl"
    path.write_text(
        json.dumps({"id": "a", "title": "A\ntitle", "text": "\ufeffCafe\u0301\r\nhere"}) + "\n"
    )
    assert read_articles(path, max_chars=100) == {"a": Article("a", "A title", "Café\nhere")}


def test_an_article_that_the_product_refuses_stops_the_set(tmp_path: Path) -> None:
    """An empty article is an error with its line, not a question that is read with nothing."""
    path = tmp_path / "articles.jsonl"
    path.write_text('{"id": "a", "text": " "}\n')
    with pytest.raises(QuestionSetError, match=r"articles\.jsonl:1: is empty"):
        read_articles(path, max_chars=100)


def test_questions_on_one_paragraph_share_its_passages() -> None:
    """Each question has its passages under its own id, split once for all that ask about the place."""
    questions = [
        Question(name, "Who?", paragraph=GoldSpan("mill", *SECOND)) for name in ("q1", "q2")
    ]
    counted: list[int] = []

    def count(texts: Sequence[str]) -> list[int]:
        counted.append(len(texts))
        return count_words(texts)

    found: GivenPassages = given_passages(
        questions, ARTICLES, "paragraph", passage_tokens=9, count_tokens=count
    )
    once = len(counted)
    assert found.hits["q1"] == found.hits["q2"]
    given_passages(questions[:1], ARTICLES, "paragraph", passage_tokens=9, count_tokens=count)
    assert len(counted) == 2 * once
