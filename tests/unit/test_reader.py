"""The reader scores sentences of passages as evidence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.passages import split
from qa.reader import FEATURES, Reader
from qa.types import Article, Hit, Passage
from tests.collection import count_words, memory_index

TEXT = "The council met. The dam was inspected in May 2021 by Mara Voss. Nobody spoke of ferries."


def hits_of(article: Article, limit: int = 40) -> list[Hit]:
    """Return every passage of an article as a hit."""
    passages = split(article, limit=limit, count_tokens=count_words)
    return [Hit(passage, 1.0, rank, "hybrid") for rank, passage in enumerate(passages, 1)]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Return a reader over one article."""
    return Reader(memory_index(tmp_path, [Article("a", "Dam", TEXT)]))


def test_the_sentence_that_answers_comes_first(reader: Reader) -> None:
    """Of the sentences of a passage, the one about the question has the highest score."""
    article = Article("a", "Dam", TEXT)
    evidence = reader.read("Who inspected the dam?", hits_of(article), {"a": article})
    assert TEXT[evidence[0].start : evidence[0].end] == "The dam was inspected in May 2021 by Mara Voss."
    assert [e.score for e in evidence] == sorted((e.score for e in evidence), reverse=True)


@pytest.mark.parametrize("asked", ["Who inspected the dam?", "“Who inspected the dam?” ", "*(Who inspected the dam?)*"])
def test_a_question_is_no_evidence(reader: Reader, asked: str) -> None:
    """An interviewer's question is not quoted as an answer, however like it is to what was asked."""
    article = Article("a", "Dam", f"{asked}\n\nMara Voss did.")
    evidence = reader.read("Who inspected the dam?", hits_of(article), {"a": article})
    assert [article.text[e.start : e.end] for e in evidence] == ["Mara Voss did."]


def test_every_feature_has_its_column(reader: Reader) -> None:
    """There is one row for each sentence and one finite value for each named feature."""
    article = Article("a", "Dam", TEXT)
    sentences, rows = reader.features("When was the dam inspected?", hits_of(article), {"a": article})
    assert rows.shape == (len(sentences), len(FEATURES)) == (3, 9)
    kinds = rows[:, FEATURES.index("kind")].tolist()
    assert kinds == [0.0, 1.0, 0.0]


def test_nothing_read_is_no_evidence(reader: Reader) -> None:
    """Without passages there is no evidence and no error."""
    assert reader.read("Who?", [], {}) == []


def test_a_cut_sentence_is_read_in_its_passage(reader: Reader) -> None:
    """Where a passage holds part of a sentence, the evidence is that part."""
    article = Article("a", "", TEXT)
    passage = Passage("p", "a", 4, 11, TEXT[4:11])
    (evidence,) = reader.read("Which council?", [Hit(passage, 1.0, 1, "hybrid")], {"a": article})
    assert (evidence.start, evidence.end) == (4, 11)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["Dam. ", "\n\n", "Who? "]) | st.text(max_size=9), min_size=1).map("".join), st.text())
def test_evidence_lies_in_its_passages(reader: Reader, text: str, question: str) -> None:
    """Whatever is asked of whatever text: spans lie in passages, scores are probabilities."""
    article = Article("a", "", text)
    hits = hits_of(article)
    for e in reader.read(question, hits, {"a": article}):
        assert any(h.passage.start <= e.start < e.end <= h.passage.end for h in hits)
        assert e.start <= e.short_start < e.short_end <= e.end
        assert 0 <= e.score <= 1
