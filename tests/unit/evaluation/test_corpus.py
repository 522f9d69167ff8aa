"""The set's articles: gold offsets, left-out halves, and what is wrong with them."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import QAError
from qa.evaluation.corpus import (
    Corpus,
    Where,
    check_gold,
    for_corpus,
    halve,
    keep,
    map_offset,
    read_corpus,
    write_jsonl,
)
from qa.evaluation.questions import GoldSpan, Question, QuestionSet, QuestionSetError
from qa.text import normalise

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 1_000_000


def corpus(**texts: str) -> Corpus:
    """Return a corpus of these texts by id."""
    return Corpus({name: {"id": name, "text": text} for name, text in texts.items()})


@pytest.mark.parametrize(
    ("raw", "gold"),
    [
        ("one\r\ntwo\r\nBaku said", "Baku"),
        ("\ufeffA note.\rBaku said", "Baku"),
        ("cafe\u0301 in e\u0301te\u0301: Baku", "Baku"),
        ("said cafe\u0301s", "cafe\u0301s"),
        ("nothing to map: Baku", "Baku"),
    ],
)
def test_gold_offsets_follow_the_normalisation(raw: str, gold: str) -> None:
    """A span of the raw text maps to the same words of the normalised text, past line ends, marks and accents."""
    start = raw.index(gold)
    mapped = slice(map_offset(raw, start), map_offset(raw, start + len(gold)))
    assert normalise(raw)[mapped] == normalise(gold)


@given(st.text(alphabet="ab \r\n\u0301\ufeffé가\u1100\u1161", max_size=30), st.data())
def test_mapped_offsets_stay_inside_and_in_order(raw: str, data: st.DataObject) -> None:
    """Mapping never leaves the normalised text by more than a cut character and never turns a span round."""
    end = data.draw(st.integers(0, len(raw)))
    start = data.draw(st.integers(0, end))
    assert 0 <= map_offset(raw, start) <= map_offset(raw, end) + 1
    assert map_offset(raw, len(raw)) == len(normalise(raw))


def test_questions_are_mapped_to_normalised_offsets() -> None:
    """A question's spans point into the normalised text of its article."""
    texts = corpus(a="one\r\ntwo\r\nBaku")
    question = for_corpus(
        Question("q", "Who?", ("Baku",), answerable=True, relevant=(GoldSpan("a", 10, 14),)), texts
    )
    (span,) = question.relevant
    assert texts.texts()["a"][span.start : span.end] == "Baku"


def test_a_paragraph_is_mapped_like_gold() -> None:
    """A question's paragraph points into the normalised text too, and goes with its article."""
    texts = corpus(a="one\r\n\r\nBaku")
    question = Question("q", "Who?", answerable=False, paragraph=GoldSpan("a", 7, 11))
    assert for_corpus(question, texts).paragraph == GoldSpan("a", 5, 9)
    assert for_corpus(question, corpus(b="x")).paragraph is None


KINDS = Corpus(
    {
        "a": {"id": "a", "text": "x", "kind": "right"},
        "b": {"id": "b", "text": "x", "kind": "wrong"},
        "c": {"id": "c", "text": "x", "kind": "other"},
        "d": {"id": "d", "text": "x", "year": 2020},
    }
)


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("kind=right", ["a"]),
        ("kind=wrong,right", ["a", "b"]),
        (" kind = wrong , other ", ["b", "c"]),
        ("year=2020", ["d"]),
        ("kind=right,none", ["a"]),
    ],
)
def test_articles_are_kept_by_a_field(where: str, kept: list[str]) -> None:
    """Those stay whose field has one of the values; an article without the field goes."""
    assert list(keep(KINDS, Where.parse(where)).records) == kept


def test_a_question_is_unanswerable_when_its_kind_of_article_goes() -> None:
    """As with half: without gold articles there is no answer left."""
    left = for_corpus(
        Question("q", "Who?", ("x",), answerable=True, doc_ids=("a",)),
        keep(KINDS, Where.parse("kind=wrong")),
    )
    assert (left.answerable, left.answers) == (False, ())


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("colour=red", "no article has a field 'colour'; there are: id, kind, text, year"),
        ("kind=Right", "no article is left; the commonest values are: right, wrong, other"),
        ("kind", "write FIELD=VALUE"),
        ("=right", "write FIELD=VALUE"),
        ("kind=", "write FIELD=VALUE"),
        ("kind=right,,wrong", "write FIELD=VALUE"),
    ],
)
def test_a_field_that_keeps_nothing_is_refused(where: str, reason: str) -> None:
    """A field that is not there, values that no article has, and what is no condition are errors that help."""
    with pytest.raises(QAError, match=reason):
        keep(KINDS, Where.parse(where))


def test_half_keeps_every_other_article_by_id() -> None:
    """Articles are sorted by id, and the second, fourth and so on are left out."""
    assert list(halve(corpus(d="", a="", c="", b="", e="")).records) == ["a", "c", "e"]


def test_a_question_without_gold_left_is_unanswerable() -> None:
    """When none of its gold articles is kept, a question has no answer, no span and must be abstained from."""
    question = Question("q", "Who?", ("Baku",), answerable=True, relevant=(GoldSpan("b", 0, 4),))
    left = for_corpus(question, halve(corpus(a="x", b="Baku")))
    assert (left.answerable, left.answers, left.relevant) == (False, (), ())


def test_a_question_with_some_gold_left_is_answerable() -> None:
    """One kept gold article of two is enough; the other one's gold goes."""
    spans = (GoldSpan("a", 0, 4), GoldSpan("b", 0, 4))
    question = Question("q", "Who?", ("Baku",), answerable=True, relevant=spans)
    left = for_corpus(question, halve(corpus(a="Baku", b="Baku")))
    assert (left.answerable, left.answers, left.relevant) == (True, ("Baku",), spans[:1])


@pytest.mark.parametrize("gold", [{"doc_ids": ("a", "b")}, {"relevance": {"a": 2, "b": 1}}])
def test_half_reduces_gold_articles_and_grades(gold: dict[str, Any]) -> None:
    """Gold articles and grades of left-out articles go, the others stay."""
    left = for_corpus(Question("q", "Who?", **gold), halve(corpus(a="x", b="y")))
    assert set(left.grades) == {"a"}
    assert left.answerable is None


def test_a_grade_of_zero_is_no_gold() -> None:
    """An article judged irrelevant does not keep its question answerable."""
    question = Question("q", "Who?", ("x",), answerable=True, relevance={"a": 0, "b": 1})
    assert for_corpus(question, halve(corpus(a="x", b="y"))).answerable is False


def test_a_question_without_gold_articles_stays_as_it_is() -> None:
    """Unanswerable questions, and those whose gold is not known, do not depend on what is left out."""
    question = Question("q", "Who?", answerable=False)
    assert for_corpus(question, halve(corpus(a="x", b="y"))) == question


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Texts come back raw: line ends, accents and all."""
    texts = corpus(a="one\r\ne\u0301\u2028", b="\ufefftwo")
    write_jsonl(texts, tmp_path / "articles.jsonl")
    assert read_corpus(tmp_path / "articles.jsonl", max_chars=LIMIT) == texts


def test_a_folder_of_articles_is_read_as_the_index_would(tmp_path: Path) -> None:
    """Articles of a folder have its paths as ids, front matter taken off."""
    (tmp_path / "a.md").write_text("---\ntitle: One\n---\n\nText.\n")
    (tmp_path / "README.md").write_text("not an article")
    found = read_corpus(tmp_path, max_chars=LIMIT)
    assert found.texts() == {"a.md": "\nText.\n"}
    assert found.records["a.md"]["title"] == "One"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ('{"id": "b"}', "an article needs an 'id' and a 'text'"),
        ('{"text": "b"}', "an article needs an 'id' and a 'text'"),
        ('{"id": "a", "text": "b"}', "the id 'a' is that of an earlier article"),
    ],
)
def test_a_bad_article_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    """A bad line of articles.jsonl stops the set with file, number and reason."""
    path = tmp_path / "articles.jsonl"
    path.write_text(json.dumps({"id": "a", "text": "x"}) + "\n" + line + "\n")
    with pytest.raises(QuestionSetError) as caught:
        read_corpus(path, max_chars=LIMIT)
    assert caught.value.path == f"{path}:2"
    assert reason in caught.value.reason


def test_a_refused_article_of_a_folder_stops_the_set(tmp_path: Path) -> None:
    """A set is judged whole or not at all: an unreadable article is an error, with its path."""
    (tmp_path / "a.md").write_text("   ")
    with pytest.raises(QuestionSetError, match=r"a\.md"):
        read_corpus(tmp_path, max_chars=LIMIT)


@pytest.mark.parametrize(
    ("gold", "reason"),
    [
        ({"relevant": (GoldSpan("b", 0, 1),)}, "no article 'b'"),
        ({"doc_ids": ("b",)}, "no article 'b'"),
        ({"relevant": (GoldSpan("a", 0, 4), GoldSpan("b", 0, 1))}, "no article 'b'"),
        ({"relevant": (GoldSpan("a", 0, 9),)}, "gold span 0:9 of 'a', which has 4 characters"),
        ({"paragraph": GoldSpan("a", 0, 9)}, "paragraph 0:9 of 'a', which has 4 characters"),
        ({"paragraph": GoldSpan("b", 0, 1)}, "no article 'b'"),
    ],
)
def test_gold_that_is_not_in_the_articles_is_refused(
    tmp_path: Path, gold: dict[str, Any], reason: str
) -> None:
    """Gold that points nowhere is an error with the question's id, not a question that is always missed."""
    questions = QuestionSet(
        "myset", (Question("q7", "Who?", **gold),), None, tmp_path / "questions.jsonl"
    )
    with pytest.raises(QuestionSetError, match=f"'q7': {reason}"):
        check_gold(questions, corpus(a="Baku"))


def test_judged_articles_that_the_collection_lacks_are_passed_over(tmp_path: Path) -> None:
    """Published judgements may name articles that were left out: the others are judged, and the question stays."""
    question = Question("q", "Which?", relevance={"a": 1, "gone": 2})
    check_gold(QuestionSet("myset", (question,), None, tmp_path / "questions.jsonl"), corpus(a="x"))
    assert for_corpus(question, corpus(a="x")).grades == {"a": 1}


def test_nfc_really_changes_the_test_texts() -> None:
    """The accents above are decomposed in the source, so that the mapping has something to map."""
    assert unicodedata.normalize("NFC", "cafe\u0301") != "cafe\u0301"
