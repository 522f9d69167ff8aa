"""From question to answer: what is quoted, what is said, when it abstains."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from qa.answering.generation import sentences as sentences_of
from qa.answering.rendering import ABSTENTION, NO_ARTICLES, render_text
from qa.errors import QAError
from qa.pipeline import Pipeline
from qa.protocols import Snapshot
from qa.text import sentence_spans
from qa.types import Answer, Article, Evidence, Found, Hit, Statement, Turn
from tests.collection import memory_index

DAM = Article(
    "dam", "Dam", "The council met. Mara Voss inspected the dam in May 2021. See [3] for its cost."
)
COPY = Article("copy", "Dam again", "Mara Voss inspected the dam, in May 2021! A ferry sank.")
ARTICLES = (DAM, COPY)
QUESTION = "Who inspected the dam?"


class ScriptedReader:
    """Gives each sentence the score of the first word in the script that it holds."""

    threshold = 0.5

    def __init__(self, scores: Mapping[str, float]) -> None:
        self._scores = scores

    def read(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> list[Evidence]:
        """Return all sentences of the articles, best first."""
        found = []
        for article in articles.values():
            for start, end in sentence_spans(article.text):
                score = next(
                    (s for word, s in self._scores.items() if word in article.text[start:end]), 0.0
                )
                found.append(Evidence(article.id, start, end, start, end, score))
        return sorted(found, key=lambda e: (-e.score, e.article_id, e.start))


def pipeline(
    folder: Path, scores: Mapping[str, float], *, written: str | None = None, articles: Sequence[Article] = ARTICLES,
    **settings: Any,
) -> Pipeline:  # fmt: skip
    """Return a pipeline with a scripted reader and, where `written` is given, a scripted chat model."""
    model = None if written is None else FakeListChatModel(responses=[written])
    index = memory_index(folder, articles, **settings)
    return Pipeline(index, reader=ScriptedReader(scores), llm=model)


def test_a_doubted_figure_beside_a_partys_is_shown(tmp_path: Path) -> None:
    """Beside the figure that answers, another one is told that would not answer alone."""
    march = Article("march", "March", "Police put the crowd at 3,000. Organisers spoke of 8,000.")

    class FigureReader(ScriptedReader):
        def read(self, *asked: Any) -> list[Evidence]:
            return [
                dataclasses.replace(each, short_start=each.end - 6, short_end=each.end - 1)
                for each in super().read(*asked)
            ]

    reader = FigureReader({"Police": 0.6, "Organisers": 0.07})
    answer = Pipeline(memory_index(tmp_path, (march,)), reader=reader).answer("How many marched?")
    assert answer.form == "accounts"
    assert [each.short_answer for each in answer.statements] == ["3,000", "8,000"]


def test_the_best_sentence_is_quoted(tmp_path: Path) -> None:
    """The answer is the exact sentence with its marker, its short form, score and passages beside it."""
    answer = pipeline(tmp_path, {"council": 0.75}).answer(QUESTION)
    assert (answer.text, answer.short, answer.confidence) == (
        "The council met. [1]",
        "The council met.",
        0.75,
    )
    (cited,) = answer.citations
    assert DAM.text[cited.start : cited.end] == cited.quote == "The council met."
    assert {hit.passage.article_id for hit in answer.hits} == {"dam", "copy"}
    assert set(answer.timings) == {"understand", "retrieve", "read", "compose"}
    assert answer.fingerprint


@pytest.mark.parametrize(
    ("threshold", "abstained"), [(None, True), (0.4, False), (0.41, True), (0.0, False)]
)
def test_below_the_threshold_it_abstains(
    tmp_path: Path, threshold: float | None, abstained: bool
) -> None:
    """Without evidence enough it says so; the threshold is the reader's unless the settings give one."""
    answer = pipeline(tmp_path, {"council": 0.4}, threshold=threshold).answer(QUESTION)
    assert answer.abstained is abstained
    assert answer.text.startswith(ABSTENTION) is abstained
    assert answer.confidence == 0.4


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("ferry dam", "Closest to these words: A ferry sank. [1]"),
        ("ferry council dam met inspected cost and its three new mayors", None),
        ("Did the ferry sink?", None),
        ("tram fares", None),
    ],
)
def test_a_few_words_have_the_sentence_closest_to_them(
    tmp_path: Path, message: str, text: str | None
) -> None:
    """A search box's words get a passage that has half of them; questions and sentences abstain."""
    answer = pipeline(tmp_path, {}).answer(message)
    assert answer.text == text if text else answer.abstained
    assert [c.quote for c in answer.citations] == (["A ferry sank."] if text else [])


def test_an_abstention_names_what_came_nearest(tmp_path: Path) -> None:
    """It names the best articles; brackets in a title are no markers, and its quotation marks become inner ones."""
    odd = Article("odd", "“Dam” [1] news", "The dam held.")
    answer = pipeline(tmp_path, {}, articles=(odd,)).answer(QUESTION)
    assert answer.text == f"{ABSTENTION} Nearest to it: “‘Dam’ (1) news”."


def test_passages_can_be_given(tmp_path: Path) -> None:
    """`read` answers from the passages it is given alone, though others would be found."""
    made = pipeline(tmp_path, {"Voss": 0.9, "ferry": 0.8})
    (hit,) = made.search("a ferry sank", k=1)
    answer = made.read(QUESTION, [hit], {"copy": COPY})
    assert answer.hits == (hit,)
    assert {c.article_id for c in answer.citations} == {"copy"}
    with pytest.raises(QAError, match="is empty"):
        made.read(" ", [hit], {"copy": COPY})


def test_without_articles_it_says_so(tmp_path: Path) -> None:
    """An empty index gives an abstention, not an error."""
    answer = pipeline(tmp_path, {}, articles=()).answer(QUESTION)
    assert (answer.text, answer.abstained, answer.confidence) == (NO_ARTICLES, True, 0.0)


def test_the_same_words_are_quoted_once(tmp_path: Path) -> None:
    """A sentence that another article repeats, whatever its points and commas, is quoted once."""
    assert len(pipeline(tmp_path, {"Voss": 0.9}).answer(QUESTION).citations) == 1


@pytest.mark.parametrize(("quotes", "expected"), [(1, 1), (2, 2), (3, 3)])
def test_no_more_quotes_than_asked_for(tmp_path: Path, quotes: int, expected: int) -> None:
    """The number of quotes of an explanation is a setting."""
    scores = {"council": 0.9, "Voss": 0.9, "ferry": 0.9, "See": 0.9}
    answer = pipeline(tmp_path, scores, max_quotes=quotes).answer("Why was the dam inspected?")
    assert len(answer.citations) == expected


def test_much_weaker_evidence_is_left_out(tmp_path: Path) -> None:
    """Further quotes must come near to the best one."""
    answer = pipeline(tmp_path, {"council": 0.95, "Voss": 0.9, "ferry": 0.6}).answer(QUESTION)
    assert [c.quote for c in answer.citations][:1] == ["The council met."]
    assert len(answer.citations) == 2


def test_brackets_of_an_article_are_no_markers(tmp_path: Path) -> None:
    """A quoted `[3]` is shown as `(3)`, and the quote itself stays exact."""
    answer = pipeline(tmp_path, {"See": 0.9}).answer(QUESTION)
    assert answer.text == "See (3) for its cost. [1]"
    assert answer.citations[0].quote == "See [3] for its cost."


@pytest.mark.parametrize(
    ("scores", "written"),
    [
        ({"council": 0.9, "Voss": 0.9, "ferry": 0.9}, None),
        ({}, None),
        ({"Voss": 0.9}, "Mara Voss inspected the dam [1]. A ferry sank. [2] The council met. [1]"),
    ],
)
def test_a_stream_adds_up(tmp_path: Path, scores: dict[str, float], written: str | None) -> None:
    """The streamed statements are the answer's, its text is rendered from them, and it comes last."""
    *events, answer = pipeline(tmp_path, scores, written=written).stream(QUESTION)
    assert isinstance(answer, Answer)
    assert tuple(event for event in events if isinstance(event, Statement)) == answer.statements
    assert answer.abstained or render_text(answer.form, answer.statements) == answer.text


def written_answer(folder: Path, written: str) -> Answer:
    """Return the answer of a chat model that writes `written`, where the reader would quote the council."""
    return pipeline(folder, {"council": 0.9}, written=written, articles=(DAM,)).answer(QUESTION)


def test_a_model_writes_the_answer(tmp_path: Path) -> None:
    """Each supported sentence of a chat model is kept, its citation exact."""
    answer = written_answer(tmp_path, "Mara Voss inspected the dam [1]. The council met. [1]")
    assert answer.text == "Mara Voss inspected the dam. [1] The council met. [2]"
    quotes = ["Mara Voss inspected the dam in May 2021.", "The council met."]
    assert [c.quote for c in answer.citations] == quotes


@pytest.mark.parametrize(
    "bad",
    [
        "Lions are large cats.",
        "Mara Voss inspected the dam [9].",
        "Mara Voss inspected the dam in 1999 [1].",
        "Mara Voss said “the dam will surely fall” in May [1].",
        "Lions are large cats [1].",
        "Mara Voss inspected the dam [99999999999].",
    ],
)
def test_unsupported_sentences_are_dropped(tmp_path: Path, bad: str) -> None:
    """What a chat model invents or leaves without a valid citation does not reach the answer; the rest does."""
    answer = written_answer(tmp_path, f"{bad} Mara Voss inspected the dam [1].")
    assert answer.text == "Mara Voss inspected the dam. [1]"


@pytest.mark.parametrize(
    "written", ["Lions are large cats [1].", " ", "I do not know", "[1]", "[[1]2]"]
)
def test_nothing_usable_written_falls_back_to_quotes(tmp_path: Path, written: str) -> None:
    """Where nothing of what a chat model wrote can be kept, the evidence is quoted, and the answer says why."""
    answer = written_answer(tmp_path, written)
    assert answer.text == f"{answer.fallback_reason} The council met. [1]"
    assert answer.fallback_reason.startswith("The chat model wrote nothing")


@pytest.mark.parametrize(
    "written", ["NO ANSWER", "NO ANSWER.", "Mara Voss inspected the dam [1]. NO ANSWER"]
)
def test_no_answer_is_never_shown(tmp_path: Path, written: str) -> None:
    """The words by which a model declines are no part of an answer."""
    assert "NO ANSWER" not in written_answer(tmp_path, written).text


def test_a_model_is_asked_where_passages_are_near(tmp_path: Path) -> None:
    """A chat model may answer where the reader is not sure; where no passage has the question's words, it is not asked."""
    made = pipeline(tmp_path, {}, written="Mara Voss inspected the dam [1].")
    assert made.answer(QUESTION).text == "Mara Voss inspected the dam. [1]"
    far = made.answer("Which tree grows tallest?")
    assert far.abstained
    assert "model" not in far.timings


def test_a_failing_model_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    """Where a chat model fails, the evidence is quoted, and the answer says what went wrong."""
    reader = ScriptedReader({"council": 0.9})
    model = FakeListChatModel(responses=["x y"], error_on_chunk_number=0)
    made = Pipeline(memory_index(tmp_path, ARTICLES), reader=reader, llm=model)
    answer = made.answer(QUESTION)
    assert answer.fallback_reason.startswith("The chat model failed: ")
    assert answer.text == f"{answer.fallback_reason} The council met. [1]"


SENTENCES = ["Foo bar [1].", "Mara went home. [1]", "It cost 3.5 million. [2] [3]", "Done.[1]"]


@given(st.lists(st.sampled_from(SENTENCES), max_size=6), st.integers(1, 40))
def test_streamed_sentences_keep_their_markers(sentences: list[str], size: int) -> None:
    """However a model's text is cut into pieces, its sentences come out whole, each with its own markers."""
    text = " ".join(sentences)
    pieces = (text[i : i + size] for i in range(0, len(text), size))
    assert [item for item in sentences_of(pieces) if isinstance(item, str)] == sentences


@pytest.mark.parametrize(
    ("question", "message"), [(" \n", "is empty"), ("who \udcff", "not valid Unicode")]
)
def test_a_question_must_be_text(tmp_path: Path, question: str, message: str) -> None:
    """An empty question, or one that is no text, is refused in words, by answer and by search."""
    made = pipeline(tmp_path, {})
    with pytest.raises(QAError, match=message):
        made.answer(question)
    with pytest.raises(QAError, match=message):
        made.search(question)


def test_a_follow_up_is_searched_with_its_subject(tmp_path: Path) -> None:
    """The answer says which question was searched, and keeps the one that was asked."""
    answer = pipeline(tmp_path, {}).answer(
        "And when?", history=[Turn("user", QUESTION), Turn("assistant", "Voss.")]
    )
    assert answer.question == "And when?"
    assert "dam" in answer.standalone_question


def test_what_is_read_is_told_before_it_is_read(tmp_path: Path) -> None:
    """As soon as the search is done, the passages to be read come, with their articles; no others."""
    stream = pipeline(tmp_path, {"Voss": 0.9}, reader_top_k=1).stream(QUESTION)
    found = next(stream)
    assert isinstance(found, Found)
    assert len(found.hits) == 1
    assert found.hits[0].passage.article_id in found.articles
    *_, answer = stream
    assert isinstance(answer, Answer)
    assert len(answer.hits) == 2


def test_search_gives_ranked_hits(tmp_path: Path) -> None:
    """Search gives at most k passages, best first."""
    (hit,) = pipeline(tmp_path, {}).search("ferry sank", k=1)
    assert (hit.rank, hit.stage, hit.passage.article_id) == (1, "hybrid", "copy")
