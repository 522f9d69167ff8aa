"""What a question's own words ask for, from the catalogue's names and dates to several questions at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from qa.models.encoder import Encoder
from qa.pipeline import Pipeline
from qa.protocols import Snapshot
from qa.types import Answer, Article, Evidence, Hit, Statement
from qa.understanding.understand import Understanding, questions
from tests.collection import BagEncoder, memory_index
from tests.unit.test_pipeline import ScriptedReader

OLD = Article(
    "o", "Race", "Luis Prado won the harbour race.", "Courier", "2024-08-31", author="Dane"
)
NEW = Article("n", "Race", "Tor Ness won the harbour race.", "Herald", "2025-08-30", author="Voss")
BOTH = (OLD, NEW)
SURE = {"Prado": 0.9, "Ness": 0.8}


class NameReader(ScriptedReader):
    """Reads the two words at the start of a sentence as its short answer."""

    def read(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> list[Evidence]:
        """Return all sentences of the articles, best first."""
        return [
            dataclasses.replace(
                e,
                short_end=e.start
                + len(" ".join(articles[e.article_id].text[e.start :].split()[:2])),
            )
            for e in super().read(snapshot, question, hits, articles)
        ]


def answer(folder: Path, question: str) -> Answer:
    """Return the answer of two articles on a race, each sentence of which answers surely."""
    return Pipeline(memory_index(folder, BOTH), reader=NameReader(SURE)).answer(question)


@pytest.mark.parametrize(
    ("question", "cited"),
    [
        ("Who won the harbour race in 2024?", ["o"]),
        ("Who won the harbour race in 2025?", ["n"]),
        ("Who won the harbour race since 1 January 2025?", ["n"]),
        ("Who won the harbour race before 1 January 2025?", ["o"]),
        ("According to the Courier, who won the harbour race?", ["o"]),
        ("Who won the harbour race, according to the Herald?", ["n"]),
        ("Who won the harbour race?", ["n", "o"]),
        ("Who won the harbour race, as Voss wrote?", ["n"]),
        ("Who won the harbour race against Voss?", ["n", "o"]),
    ],
)
def test_words_of_time_and_outlet_limit_the_search(
    tmp_path: Path, question: str, cited: list[str]
) -> None:
    """Only the articles that a question asks for are searched."""
    assert sorted(c.article_id for c in answer(tmp_path, question).citations) == cited


def test_what_an_outlet_says_of_a_thing_is_quoted(tmp_path: Path) -> None:
    """Where nothing answers for certain, its sentences with most of the question's words are."""
    made = Pipeline(memory_index(tmp_path, BOTH), reader=ScriptedReader({}))
    found = made.answer("What does the Herald say about the harbour race?")
    assert found.text == "In articles of Herald: Tor Ness won the harbour race. [1]"
    assert made.answer("What does the Herald say about tram fares?").abstained
    assert made.answer("How many does the Herald say won the harbour race?").abstained


def test_the_question_without_its_outlet_is_whole(tmp_path: Path) -> None:
    """An outlet that is the subject becomes `it`; what leads to it goes with it."""
    with memory_index(tmp_path, BOTH).snapshot() as snapshot:
        topics = [
            Understanding(BagEncoder()).understand(snapshot, text, text, None).topic
            for text in ("What does the Herald say of Ness?", "According to the Herald, who won?")
        ]
    assert topics == ["What does it say of Ness?", "who won?"]


def test_the_answer_says_what_it_searched(tmp_path: Path) -> None:
    """So that the span of time or the outlet can be corrected; and it holds them as a filter."""
    found = answer(tmp_path, "Who won the harbour race in 2024?")
    assert found.text.startswith("In articles of 1 January to 31 December 2024: ")
    assert found.where is not None
    assert (found.where.since, found.where.until) == ("2024-01-01", "2024-12-31")


def test_where_the_articles_asked_for_are_silent_only_what_names_their_time_counts(
    tmp_path: Path,
) -> None:
    """The winner of another year is no answer; a later article that tells of the year has one."""
    question = "Who won the harbour race in 2023?"
    assert answer(tmp_path / "a", question).abstained
    told = Article("l", "Past", "Ada Prado won the harbour race in 2023.", "Herald", "2025-09-01")
    index = memory_index(tmp_path / "b", (*BOTH, told))
    found = Pipeline(index, reader=NameReader(SURE)).answer(question)
    assert found.text.startswith("Nothing in articles of 1 January to 31 December 2023.")
    assert [c.article_id for c in found.citations] == ["l"]


def test_a_misspelt_name_is_searched_as_the_articles_spell_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the answer says so, as the question that was searched."""
    pieces = lambda self, texts: [len(text.split()) + ("uo" in text) for text in texts]  # noqa: E731
    monkeypatch.setattr(BagEncoder, "count_tokens", pieces)
    found = answer(tmp_path, "Who won the harbuor race?")
    assert found.standalone_question == "Who won the harbour race?"


def test_several_questions_are_each_answered(tmp_path: Path) -> None:
    """One answer holds a statement for each."""
    found = answer(tmp_path, "Who won the race of 2024 in the harbour? Who won in 2025?")
    assert {c.article_id for c in found.citations} == {"o", "n"}


def test_a_question_that_has_no_answer_is_named(tmp_path: Path) -> None:
    """Among several, the ones that the articles do not answer are told."""
    made = Pipeline(memory_index(tmp_path, (OLD,)), reader=ScriptedReader({}))
    assert made.answer("Who lost the race? Who sank the boat?").abstained


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("Who won?", ["Who won?"]),
        ("I read two names. Who won the race?", ["I read two names. Who won the race?"]),
        (
            "Who raised the alarm? Who owns the cannery?",
            ["Who raised the alarm?", "Who owns the cannery?"],
        ),
    ],
)
def test_a_message_is_cut_into_its_questions(message: str, parts: list[str]) -> None:
    """Each question stands alone, with what is said before it; a single one stays whole."""
    assert questions(message, lambda part, _: part) == parts


def test_with_an_encoder_from_elsewhere_everything_is_a_question(tmp_path: Path) -> None:
    """The network that tells intents needs the packaged encoder."""
    index = memory_index(tmp_path, BOTH)
    assert Understanding(index.encoder).intent("hello") == "question"


def test_what_a_follow_up_leaves_unsaid_helps_to_tell_what_it_wants(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its own words and those of the whole question count alike, without what stands in brackets."""

    class Told:
        def probabilities(self, messages: Sequence[str]) -> dict[str, float]:
            latest = 0.9 if "and Ada Brook?" in messages else 0.2
            return {"question": 0.0, "latest": latest, "news": 0.9 - latest}

    monkeypatch.setattr("qa.understanding.understand.intent_model", Told)
    understanding = Understanding(Encoder())
    assert understanding.intent("and she?") == "news"
    assert understanding.intent("and she?", "and Ada Brook? (the mill)") == "latest"


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("ok and when is the next fair?", "question"),
        ("How much did it cost?", "question"),
        ("What became of it?", "summary"),
    ],
)
def test_what_asks_for_a_day_or_a_figure_is_no_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str, intent: str
) -> None:
    """Whatever else a message sounds like, when and how much want one fact."""
    monkeypatch.setattr(Understanding, "intent", lambda *_: "summary")
    index = memory_index(tmp_path, BOTH)
    with index.snapshot() as snapshot:
        understood = Understanding(index.encoder).understand(snapshot, question, question, None)
    assert understood.intent == intent


def test_what_quotes_nothing_has_no_marker_and_no_reproach() -> None:
    """A statement of the catalogue, without a citation, is not marked as unsupported."""
    told = Answer("hello", "talk", "Hello!", (Statement("Hello!"),))
    assert not told.abstained
    assert told.citations == ()
