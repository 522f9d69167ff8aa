"""Answers that are kept: the same as anew, never those of other articles or another conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from qa.answering.answer_cache import AnswerCache
from qa.pipeline import Pipeline
from qa.protocols import Snapshot
from qa.server.metrics import Metrics
from qa.types import Answer, Article, Evidence, Filter, Found, Hit, Statement, StreamEvent, Turn
from tests.collection import memory_index
from tests.unit.test_pipeline import ScriptedReader

DAM = Article("dam", "Dam", "The council met. Mara Voss inspected the dam in May 2021.", "Courier")
FERRY = Article("ferry", "Ferry", "Ann Hale repaired the ferry. Nobody was hurt.", "Herald")
QUESTION = "Who inspected the dam?"


class CountingReader(ScriptedReader):
    """Counts what it reads."""

    def __init__(self) -> None:
        super().__init__({"Voss": 0.9, "Hale": 0.52})
        self.questions: list[str] = []

    def read(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> list[Evidence]:
        """Note the question, and read."""
        self.questions.append(question)
        return super().read(snapshot, question, hits, articles)


@pytest.fixture
def reader() -> CountingReader:
    """Return a reader that has read nothing."""
    return CountingReader()


@pytest.fixture
def made(tmp_path: Path, reader: CountingReader) -> Pipeline:
    """Return a pipeline that keeps answers."""
    index = memory_index(tmp_path, [DAM, FERRY])
    return Pipeline(index, reader=reader, cache=AnswerCache(1_000_000))


def told(events: list[StreamEvent]) -> list[object]:
    """Return what happened, without how long it took."""
    return [
        (e.text, e.statements, e.hits, e.confidence, e.standalone_question)
        if isinstance(e, Answer)
        else e
        for e in events
    ]


def test_a_question_asked_before_is_not_read_again(made: Pipeline, reader: CountingReader) -> None:
    """The same events come again, with their articles, and their last says that they were kept."""
    first = list(made.stream(QUESTION))
    again = list(made.stream(QUESTION))
    assert told(first) == told(again)
    assert any(isinstance(event, Found) and event.articles for event in again)
    assert any(isinstance(event, Statement) for event in again)
    assert len(reader.questions) == 1
    assert isinstance(first[-1], Answer)
    assert isinstance(again[-1], Answer)
    assert "cache" not in first[-1].timings
    assert set(again[-1].timings) == {"understand", "cache"}


def test_other_articles_give_another_answer(made: Pipeline, reader: CountingReader) -> None:
    """Once an article is gone, or another one has come, nothing is answered from before."""
    assert not made.answer(QUESTION).abstained
    made.index.remove("dam")
    assert all(c.article_id != "dam" for c in made.answer(QUESTION).citations)
    made.index.restore(DAM, "file:///dam")
    assert [c.article_id for c in made.answer(QUESTION).citations] == ["dam"]
    assert len(reader.questions) == 3


def test_a_write_during_an_answer_keeps_it_from_being_kept(
    made: Pipeline, reader: CountingReader
) -> None:
    """What was answered while the articles changed is not given to those who come after."""
    stream = made.stream(QUESTION)
    next(stream)
    made.index.remove("ferry")
    made.answer("Who met?")  # meets the new state
    list(stream)
    before = len(reader.questions)
    made.answer(QUESTION)
    assert len(reader.questions) == before + 1


def test_each_conversation_has_its_own_answer(made: Pipeline, reader: CountingReader) -> None:
    """The same words after different questions get the answers that belong to them, also the second time."""
    histories = {
        "dam": [Turn("user", "What happened to the dam?"), Turn("assistant", "It was inspected.")],
        "ferry": [Turn("user", "What happened to the ferry?"), Turn("assistant", "A repair.")],
    }
    alone = made.answer("And when?").standalone_question
    assert alone == "And when?"
    for _ in range(2):
        for subject, history in histories.items():
            assert subject in made.answer("And when?", history=history).standalone_question
    assert len(reader.questions) == 3


def test_a_filter_has_answers_of_its_own(made: Pipeline) -> None:
    """An answer from all articles is not given to whoever asks one outlet only."""
    assert not made.answer(QUESTION).abstained
    only = made.answer(QUESTION, where=Filter(source="Herald"))
    assert all(c.article_id == "ferry" for c in only.citations)


def test_what_is_kept_is_bounded(tmp_path: Path, reader: CountingReader) -> None:
    """However many questions come, all that is kept stays within its bytes; the oldest goes first."""
    cache = AnswerCache(4_000)
    made = Pipeline(memory_index(tmp_path, [DAM, FERRY]), reader=reader, cache=cache)
    for number in range(20):
        made.answer(f"Who inspected dam {number}?")
        assert cache.size <= 4_000
    read = len(reader.questions)
    made.answer("Who inspected dam 19?")
    assert len(reader.questions) == read
    made.answer("Who inspected dam 0?")
    assert len(reader.questions) == read + 1


def test_nothing_is_kept_without_room(tmp_path: Path, reader: CountingReader) -> None:
    """A cache of no bytes is none: each question is read."""
    made = Pipeline(memory_index(tmp_path, [DAM]), reader=reader, cache=AnswerCache(0))
    made.answer(QUESTION)
    made.answer(QUESTION)
    assert len(reader.questions) == 2


def test_a_stopped_answer_is_not_kept(made: Pipeline, reader: CountingReader) -> None:
    """Who leaves before the end leaves nothing behind: the next one gets the whole answer."""
    stream = made.stream(QUESTION)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert not made.answer(QUESTION).abstained
    assert len(reader.questions) == 1


def test_kept_answers_are_counted(made: Pipeline) -> None:
    """The metrics count all answers, and of them those that were kept from before."""
    metrics = Metrics()
    for _ in range(3):
        metrics.answered(made.answer(QUESTION))
    text = metrics.written(waiting=0, working=0, generation="g")[0].decode()
    assert "qa_answers_cached_total 2.0" in text
    assert 'qa_answers_total{form="fact"} 3.0' in text
