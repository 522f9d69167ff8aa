"""The reader makes evidence of what the network says of passages."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.answering.reader import Reader, best_spans, is_elsewhere, worth_reading
from qa.index import Snapshot
from qa.index.passages import split
from qa.models.reader_manifest import reader_manifest
from qa.models.span_model import WindowLogits
from qa.text import terms
from qa.types import Article, Hit, Passage
from tests.collection import count_words, memory_index

TEXT = "The council met. The dam was inspected in May 2021 by Mara Voss. Nobody spoke of ferries."
ASKED = "Who inspected the dam?"


class CapitalModel:
    """A network that takes runs of capitalised words for answers, the surer the more of the question is near.

    Its second opinion counts what question and title share.
    """

    def read(self, question: str, text: str, title: str) -> Iterator[WindowLogits]:
        """Yield the logits of the whole text as one window; nothing where it has no words."""
        words = list(re.finditer(r"\w+|[^\w\s]", text))
        if not words:
            return
        capital = np.array([word.group()[0].isupper() for word in words])
        asked = set(terms(question))
        near = [len(asked & set(terms(text[max(0, w.start() - 60) : w.end()]))) for w in words]
        logits = (np.where(capital, 1.0, -9.0) + np.array(near)).astype(np.float32)
        # A run is taken whole, and one of several words rather than one of a single word.
        start = logits - np.append(False, capital[:-1])
        end = logits - np.append(capital[1:], False) + np.append(False, capital[1:] & capital[:-1])
        titled = float(len(asked & set(terms(title))))
        yield WindowLogits(np.array([word.span() for word in words]), start, end, 3.0, titled)


def window(start: list[float], end: list[float], no_answer: float = 0.0) -> WindowLogits:
    """Return the logits of tokens of one character each, with a space between."""
    offsets = np.array([(2 * at, 2 * at + 1) for at in range(len(start))])
    return WindowLogits(
        offsets, np.array(start, np.float32), np.array(end, np.float32), no_answer, 0.0
    )


def hits_of(article: Article, limit: int = 40) -> list[Hit]:
    """Return every passage of an article as a hit."""
    passages = split(article, limit=limit, count_tokens=count_words)
    return [Hit(passage, 1.0, rank, "hybrid") for rank, passage in enumerate(passages, 1)]


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    """Give a snapshot of an index of one article."""
    with memory_index(tmp_path, [Article("a", "Dam", TEXT)]).snapshot() as snapshot:
        yield snapshot


@pytest.fixture
def reader() -> Reader:
    """Return a reader whose network is replaced."""
    return Reader(CapitalModel())  # type: ignore[arg-type]


def test_the_best_span_by_hand() -> None:
    """Of the pairs with the start not behind the end, the highest sum wins, less no answer and 0.05 a further token."""
    (span, margin), *_ = best_spans(window([0.0, 4.0, 1.0], [9.0, 0.0, 3.0], no_answer=2.0))
    assert (span, margin) == ((0, 1), 7.0)
    (span, margin), *_ = best_spans(window([0.0, 4.0, 1.0], [0.0, 0.0, 3.0], no_answer=2.0))
    assert span == (2, 5)
    assert margin == pytest.approx(4 + 3 - 0.05 - 2)


def test_spans_do_not_overlap() -> None:
    """The next best span shares no token with a better one, and none is longer than thirty tokens."""
    found = list(best_spans(window([5.0, 4.0, 0.0, 0.0], [0.0, 5.0, 0.0, 1.0]), count=9))
    assert [span for span, _ in found] == [(0, 3), (6, 7), (4, 5)]
    far = window([9.0] + [0.0] * 40, [0.0] * 40 + [9.0])
    assert all(end - start < 60 for (start, end), _ in best_spans(far))


def test_evidence_is_a_span_in_its_sentence(reader: Reader, snapshot: Snapshot) -> None:
    """The best evidence is the span that the network prefers, in the sentence that holds it; scores fall."""
    article = Article("a", "Dam", TEXT)
    evidence = reader.read(snapshot, ASKED, hits_of(article), {"a": article})
    best = evidence[0]
    assert TEXT[best.start : best.end] == "The dam was inspected in May 2021 by Mara Voss."
    assert TEXT[best.short_start : best.short_end] == "Mara Voss"
    assert [e.score for e in evidence] == sorted((e.score for e in evidence), reverse=True)


def test_each_sentence_is_evidence_once(reader: Reader, snapshot: Snapshot) -> None:
    """Of several spans of a sentence only the best is kept."""
    article = Article("a", "Dam", "Mara Voss and Tom Hale and Lea Brandt saw the dam.")
    assert len(reader.read(snapshot, ASKED, hits_of(article), {"a": article})) == 1


@pytest.mark.parametrize(
    "asked", ["Who inspected the dam?", "“Who inspected the dam?” ", "*(Who inspected the dam?)*"]
)
def test_a_question_is_no_evidence(reader: Reader, snapshot: Snapshot, asked: str) -> None:
    """An interviewer's question is not quoted as an answer, however like it is to what was asked."""
    article = Article("a", "Dam", f"{asked}\n\nMara Voss did.")
    evidence = reader.read(snapshot, ASKED, hits_of(article), {"a": article})
    assert [article.text[e.start : e.end] for e in evidence] == ["Mara Voss did."]


def test_a_caption_is_weak_evidence(reader: Reader, snapshot: Snapshot) -> None:
    """A line in square brackets, a picture's caption for one, answers only where nothing else does."""
    caption, sentence = (
        "[Photo: The dam, inspected. Lea Brandt]",
        "The dam was inspected. Mara Voss.",
    )
    article = Article("a", "Dam", f"{caption}\n\n{sentence}")
    evidence = reader.read(snapshot, ASKED, hits_of(article), {"a": article})
    shown = [article.text[e.start : e.end] for e in evidence]
    assert not shown[0].startswith("[Photo")
    plain = Article("a", "Dam", f"{caption[1:-1]}\n\n{sentence}")
    scores = [e.score for e in reader.read(snapshot, ASKED, hits_of(plain), {"a": plain})]
    assert evidence[-1].score < min(scores)


def test_an_article_alone_is_no_answer(reader: Reader, snapshot: Snapshot) -> None:
    """`a` and `The` say nothing, however sure the network is of them."""
    article = Article("a", "Dam", "The dam was inspected.")
    evidence = reader.read(snapshot, ASKED, hits_of(article), {"a": article})
    assert "The" not in [article.text[e.short_start : e.short_end] for e in evidence]


@pytest.mark.parametrize(("title", "shared"), [("Dam", 1.0), ("The inspected dam", 2.0), ("", 0.0)])
def test_a_passage_is_read_under_its_title(
    reader: Reader, tmp_path: Path, title: str, shared: float
) -> None:
    """The network gets the title of each passage's article, and makes of it what it has learned to."""
    article = Article("a", title, TEXT)
    with memory_index(tmp_path, [article]).snapshot() as snapshot:
        spans = list(reader.spans(snapshot, ASKED, hits_of(article), {"a": article}))
    assert {found.features[reader_manifest().features.index("answerable")] for found in spans} == {
        shared
    }


def test_what_a_passage_lacks_counts(reader: Reader, snapshot: Snapshot) -> None:
    """Coverage is the share of the question's words in passage and title."""
    article = Article("a", "Dam", TEXT)
    hits = hits_of(article)
    known, unknown = (
        next(iter(reader.spans(snapshot, q, hits, {"a": article}))).features
        for q in (ASKED, "dam in 2022")
    )
    assert known[reader_manifest().features.index("coverage")] == 1.0
    assert unknown[reader_manifest().features.index("coverage")] < 1.0


def test_what_comes_far_behind_is_not_read() -> None:
    """Of the first so many hits, those are read whose score is near the best one's; without hits, none."""
    passage = Passage("p", "a", 0, 1, "x")
    hits = [
        Hit(passage, score, rank, "hybrid") for rank, score in enumerate((1.5, 1.25, 1.0, 0.9), 1)
    ]
    assert worth_reading(hits, 4, 0.5) == hits[:3]
    assert worth_reading(hits, 2, 0.5) == hits[:2]
    assert worth_reading(hits, 4, 0) == hits[:1]
    assert list(worth_reading([], 4, 0.5)) == []


def test_nothing_read_is_no_evidence(reader: Reader, snapshot: Snapshot) -> None:
    """Without passages there is no evidence and no error."""
    assert reader.read(snapshot, "Who?", [], {}) == []


def test_a_cut_sentence_is_read_in_its_passage(reader: Reader, snapshot: Snapshot) -> None:
    """Where a passage holds part of a sentence, the evidence is that part."""
    article = Article("a", "", "The Dam council met at noon.")
    passage = Passage("p", "a", 4, 15, article.text[4:15])
    (evidence,) = reader.read(
        snapshot, "Which council?", [Hit(passage, 1.0, 1, "hybrid")], {"a": article}
    )
    assert (evidence.start, evidence.end) == (4, 15)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(
    st.lists(st.sampled_from(["Dam. ", "\n\n", "Who? "]) | st.text(max_size=9), min_size=1).map(
        "".join
    ),
    st.text(),
)
def test_evidence_lies_in_its_passages(
    reader: Reader, snapshot: Snapshot, text: str, question: str
) -> None:
    """Whatever is asked of whatever text: spans lie in passages, scores are probabilities."""
    article = Article("a", "", text)
    hits = hits_of(article)
    for e in reader.read(snapshot, question, hits, {"a": article}):
        assert any(h.passage.start <= e.start < e.end <= h.passage.end for h in hits)
        assert e.start <= e.short_start < e.short_end <= e.end
        assert 0 <= e.score <= 1


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("Who won in 2010?", "2010"),
        ("Who won in 2021?", ""),
        ("Who led in the 1970's?", ""),
        ("Who spoke in 2022?", ""),
        ("Who won in 2021 and 2010?", "2010"),
        ("Who paid 2,010 crowns?", ""),
        ("Who won?", ""),
        ("Who is the king of Sweden?", "Sweden"),
        ("Who keeps the Selkie Cup?", ""),
        ("Who gave Mara Voss the cup of Orlo?", ""),
        ("What did the Courier say of it?", ""),
        ("Norway won what?", ""),
    ],
)
def test_a_year_or_names_that_an_article_lacks_are_noticed(question: str, lacking: str) -> None:
    """Title, text, outlet and day count, and a decade stands for its years; one name of several is enough.

    A sum is no year, and a capital letter that opens the question no name.
    """
    text = "It was first held in the 1970s, and is kept by Mara Voss."
    article = Article("a", "The cup of 2021", text, source="Courier", published="2022-05-01")
    assert is_elsewhere(question, article) is bool(lacking)


def test_windows_are_read_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two windows are in work at once; their evidence comes in the order of the passages; a failure is raised."""
    both = threading.Barrier(2, timeout=600)

    class Paired(CapitalModel):
        def read(self, question: str, text: str, title: str) -> Iterator[WindowLogits]:
            """Wait until another window is being read, too."""
            both.wait()
            return super().read(question, text, title)

    articles = {name: Article(name, "Dam", TEXT) for name in ("a", "b")}
    hits = [hit for article in articles.values() for hit in hits_of(article)]
    pool = ThreadPoolExecutor(2)
    monkeypatch.setattr("qa.answering.reader.window_readers", lambda: pool)
    with pool, memory_index(tmp_path, articles.values()).snapshot() as snapshot:
        found = [f.article_id for f in Reader(Paired()).spans(snapshot, ASKED, hits, articles)]  # type: ignore[arg-type]  # a fake network
        assert found == sorted(found)
        assert set(found) == {"a", "b"}
        both.abort()
        with pytest.raises(threading.BrokenBarrierError):
            Reader(Paired()).read(snapshot, ASKED, hits, articles)  # type: ignore[arg-type]  # the same
