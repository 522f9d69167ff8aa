"""Other languages than English are read by a network of their own; English is read as ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa.answering import language_reader
from qa.answering.language_reader import ACROSS, FEATURES, LanguageReader, best_of, open_reader
from qa.answering.nearest import NearestSentence
from qa.answering.reader import Reader
from qa.models.encoder import open_encoder
from qa.models.logistic import LogisticModel
from qa.models.reader_manifest import parse
from qa.models.span_model import WindowLogits
from qa.pipeline import Pipeline
from qa.protocols import MultilingualEncoder
from qa.types import Article, Filter, Hit, Passage
from tests.collection import BagEncoder, memory_index
from tests.unit.test_languages import DAM, FERRY, Silent, TwoTongues

SPANISH = "¿Quién compró el transbordador?"

_OWN = LogisticModel((1.0, 0.0, 0.0, 0.0, 9.0, 0.0), -5.0, 0.4)
_ACROSS = LogisticModel((1.0, 0.0, 0.0, 0.0), -5.0, 0.4)


class MartaModel:
    """A network that takes some words for the answer; its tokens begin with the space before them."""

    def __init__(self, wanted: str = "Marta Ruiz", no_answer: float = 0.0) -> None:
        self.wanted = wanted.split()
        self.no_answer = no_answer
        self.titles: list[str] = []

    def read(self, question: str, text: str, title: str) -> Iterator[WindowLogits]:
        """Yield the logits of the whole text as one window."""
        self.titles.append(title)
        tokens = list(re.finditer(r"\s?\S+", text))
        inside = np.array([token.group().strip() in self.wanted for token in tokens])
        logits = np.where(inside, 8.0, -9.0).astype(np.float32)
        first = logits - np.append(False, inside[:-1])
        last = logits - np.append(inside[1:], False)
        offsets = np.array([token.span() for token in tokens])
        yield WindowLogits(offsets, first, last, self.no_answer, 4.0)


@pytest.fixture(autouse=True)
def _fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the margin decide, and in the question's own language its words, too."""
    monkeypatch.setattr(
        language_reader, "_regression", lambda *, across: _ACROSS if across else _OWN
    )


def reader_of(silent: Silent, model: MartaModel, *, any_question: bool = True) -> LanguageReader:
    """Return a reader whose networks are replaced."""
    return LanguageReader(TwoTongues(), silent, any_question=any_question, model=model)  # type: ignore[arg-type]


def pipeline_of(folder: Path, silent: Silent, model: MartaModel) -> Pipeline:
    """Return a pipeline over an English and a Spanish article."""
    return Pipeline(memory_index(folder, (DAM, FERRY)), reader=reader_of(silent, model))


def whole(article: Article) -> Hit:
    """Return an article as one passage."""
    text = article.text
    return Hit(Passage(f"{article.id}:0", article.id, 0, len(text), text), 1.0, 1, "hybrid")


def test_a_span_answers_in_another_language(tmp_path: Path) -> None:
    """A Spanish question has the span that was read for its short answer, in its sentence; the reader of English is not asked."""
    silent, model = Silent(), MartaModel()
    answer = pipeline_of(tmp_path, silent, model).answer(SPANISH)
    assert answer.citations[0].quote == "Marta Ruiz compró el transbordador por 4 millones."
    assert (answer.form, answer.short, answer.statements[0].claimant) == ("fact", "Marta Ruiz", "")
    assert (silent.read_of, "Nuevo transbordador" in model.titles) == ([], True)


def test_the_nearest_sentence_has_no_short_answer(tmp_path: Path) -> None:
    """Where the network finds none, the sentence is quoted whole if it is near enough."""
    answer = pipeline_of(tmp_path, Silent(), MartaModel(no_answer=17.0)).answer(SPANISH)
    assert answer.citations[0].quote == "Marta Ruiz compró el transbordador por 4 millones."
    assert answer.statements[0].short_answer == ""


def test_quotes_in_another_language_are_marked(tmp_path: Path) -> None:
    """An English question answered from a Spanish article says in which language it is quoted; words in common are not needed."""
    answer = pipeline_of(tmp_path, Silent(), MartaModel()).answer(
        "Who bought the new boat of the port?", where=Filter(language="Spanish")
    )
    assert answer.text.startswith("Quoted in Spanish: Marta Ruiz [1]: “Marta Ruiz compró")


@pytest.mark.parametrize("any_question", [True, False])
def test_english_is_read_as_before(tmp_path: Path, *, any_question: bool) -> None:
    """An English question about English articles is left to the reader of English."""
    silent = Silent()
    reader = reader_of(silent, MartaModel(), any_question=any_question)
    answer = Pipeline(memory_index(tmp_path, (DAM,)), reader=reader).answer("Who inspected it?")
    assert (answer.citations[0].quote, answer.short) == ("The council met.", "council")
    assert silent.read_of == ["dam"]


def test_without_a_multilingual_encoder_the_articles_decide(tmp_path: Path) -> None:
    """Where questions are taken for English, foreign words about an English article still go to the reader of English."""
    silent = Silent()
    reader = reader_of(silent, MartaModel(), any_question=False)
    articles = {"dam": DAM, "ferry": FERRY}
    with memory_index(tmp_path, (DAM, FERRY)).snapshot() as snapshot:
        found = reader.read(snapshot, "¿Quién compró?", [whole(DAM), whole(FERRY)], articles)
    assert silent.read_of == ["dam"]
    assert {each.article_id for each in found} == {"dam", "ferry"}


def test_each_sentence_has_its_best_span(tmp_path: Path) -> None:
    """The features of a sentence are the network's of its own tokens, then those of the nearest sentence."""
    with memory_index(tmp_path, (FERRY,)).snapshot() as snapshot:
        reader = reader_of(Silent(), MartaModel())
        found = list(reader.sentences(snapshot, SPANISH, [whole(FERRY)], {"ferry": FERRY}))
        near = NearestSentence(TwoTongues(), Silent())
        other = list(near.sentences(snapshot, SPANISH, [whole(FERRY)], {"ferry": FERRY}))
    assert [each.features[2:] for each in found] == [each.features for each in other]
    assert [each.features[0] > 0 for each in found] == [False, True, False]
    assert all(len(each.features) == len(FEATURES) for each in found)
    assert FEATURES[: len(ACROSS)] == ACROSS
    text = FERRY.text
    assert [text[slice(*each.short)] for each in found] == [
        "El puerto cerró ayer.",
        "Marta Ruiz",
        "El Sr. Díaz no quiso hablar.",
    ]


def test_a_sentence_that_was_not_read_is_surely_no_answer() -> None:
    """Of no window, or of none of its tokens, nothing is taken."""
    (window,) = MartaModel().read("", "Marta Ruiz llegó.", "")
    assert best_of([], 0, (0, 5), "Marta")[:2] == ((0, 5), -20.0)
    assert best_of([window], 0, (40, 50), "Marta Ruiz llegó.")[1] == -20.0


@pytest.mark.parametrize(("asked", "across"), [(SPANISH, False), ("Who bought the boat?", True)])
def test_another_language_is_told(tmp_path: Path, asked: str, *, across: bool) -> None:
    """A sentence says whether the question is in another language, where words in common tell nothing."""
    with memory_index(tmp_path, (FERRY,)).snapshot() as snapshot:
        reader = reader_of(Silent(), MartaModel())
        found = list(reader.sentences(snapshot, asked, [whole(FERRY)], {"ferry": FERRY}))
    assert {each.across for each in found} == {across}


def test_what_is_there_decides_who_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the network's weights, other languages have the nearest sentence; without the extra, English alone is read."""
    monkeypatch.setattr(language_reader, "reads_languages", lambda: False)
    assert isinstance(open_reader(BagEncoder()), Reader)
    assert type(open_reader(TwoTongues())) is NearestSentence
    monkeypatch.setattr(language_reader, "reads_languages", lambda: True)
    monkeypatch.setattr(language_reader, "is_installed", lambda: False)
    assert isinstance(open_reader(BagEncoder()), Reader)
    assert type(open_reader(TwoTongues())) is NearestSentence
    monkeypatch.setattr(language_reader, "is_installed", lambda: True)
    assert isinstance(open_reader(TwoTongues()), LanguageReader)


def test_the_packaged_encoder_is_of_english() -> None:
    """It does not count as multilingual."""
    assert not isinstance(open_encoder(), MultilingualEncoder)


def test_a_manifest_may_have_two_calibrations() -> None:
    """One for questions in another language than the text stands beside the other; that of English has none."""
    data = {
        "tokens": {"window": 9, "question": 2, "title": 2, "stride": 1, "longest_answer": 3},
        "layout": {"shift": 0, "opening": [0], "between": [2], "closing": [2], "pad": 1},
        "weights": {},
        "calibration": {"weights": {"a": 1.0, "b": 2.0}, "bias": 0.5, "threshold": 0.3},
        "across": {"weights": {"a": 4.0}, "bias": 0.0, "threshold": 0.2},
    }
    assert parse(data).across == LogisticModel((4.0,), 0.0, 0.2)
    assert parse({key: data[key] for key in data if key != "across"}).across is None
