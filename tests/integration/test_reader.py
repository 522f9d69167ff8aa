"""The reader with its real weights: spans, windows, silence, and what happens when the weights are damaged."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import qa
from qa.errors import ModelError
from qa.models.reader_manifest import reader_manifest
from qa.models.span_model import SpanModel
from qa.types import Answer

pytestmark = pytest.mark.integration

FACT = (
    "The lighthouse at Varno was rebuilt in 1893 by the engineer Ilse Marten after a winter storm."
)
FILLER = "Fishermen mend their nets on the quay in the morning, and the market opens at eight. "
# One thing that no sample article says, asked in ten ways.
WAYS = (
    "who won the 2010 world cup?",
    "Which team won the football World Cup in 2010?",
    "2010 world cup winner",
    "Who were the world champions of football in 2010?",
    "What country took the title in South Africa in 2010?",
    "name the winner of the 2010 fifa world cup",
    "In 2010, the World Cup was won by whom?",
    "Who lifted the trophy at the end of the 2010 World Cup?",
    "Which nation became football world champion in 2010?",
    "who beat the netherlands in the 2010 final?",
)


@pytest.fixture(scope="module")
def model() -> SpanModel:
    """Return the network, loaded once."""
    return SpanModel()


def best(model: SpanModel, question: str, text: str, title: str = "") -> tuple[str, float]:
    """Return the best span of a text, and its margin over no answer."""
    from qa.answering.reader import best_spans

    found = [pair for window in model.read(question, text, title) for pair in best_spans(window)]
    span, margin = max(found, key=lambda pair: pair[1])
    return text[slice(*span)], margin


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was the lighthouse at Varno rebuilt?", "1893"),
        ("who rebuilt the lighthouse at varno", "Ilse Marten"),
        ("Where is the lighthouse that Ilse Marten rebuilt?", "Varno"),
    ],
)
def test_the_span_that_is_asked_for(model: SpanModel, question: str, expected: str) -> None:
    """A plain fact is found as its few words, in a full question or in the words of a search box."""
    text, margin = best(model, question, FACT)
    assert expected in text
    assert len(text.split()) <= 4
    assert margin > 0


def test_a_text_about_something_else_has_no_answer(model: SpanModel) -> None:
    """Where the text does not say it, no answer is likelier than any span."""
    assert best(model, "Who rebuilt the lighthouse at Varno?", FILLER * 3)[1] < 0


def test_a_title_says_what_a_text_is_about(model: SpanModel) -> None:
    """A text that does not name its subject answers under its own title rather than another's, and never from it."""
    question, text = (
        "Who rebuilt the lighthouse at Varno?",
        FACT.replace("The lighthouse at Varno", "The tower"),
    )
    span, own = best(model, question, text, "The lighthouse at Varno")
    assert "Ilse Marten" in span
    assert own > best(model, question, text, "The town hall of Brede")[1]
    assert (
        "1893" not in best(model, "When was it rebuilt?", FILLER, "Lighthouse rebuilt in 1893")[0]
    )


def test_a_long_title_leaves_room_for_the_text(model: SpanModel) -> None:
    """Of a title without end only the beginning is read, and the text is still read whole."""
    assert (
        best(
            model, "When was the lighthouse at Varno rebuilt?", FILLER * 40 + FACT, "news " * 1000
        )[0]
        == "1893"
    )


def test_a_long_text_is_read_to_its_end(model: SpanModel) -> None:
    """A text of many windows is read whole; offsets are those of the whole text."""
    text = FILLER * 40 + FACT
    assert len(list(model.read("When was the lighthouse rebuilt?", text))) > 2
    assert best(model, "When was the lighthouse at Varno rebuilt?", text)[0] == "1893"


def test_texts_without_words_are_read(model: SpanModel) -> None:
    """An empty text has no window; unknown signs, control characters and a question of a thousand words have."""
    assert list(model.read("Who?", "")) == []
    assert list(model.read("", "Somebody came."))
    assert list(model.read("why " * 1000, "\u202e🙂 [SEP] \x00 x"))


def test_readings_do_not_depend_on_what_is_read_beside(model: SpanModel) -> None:
    """Several threads get the very numbers that one gets."""
    question = "When was the lighthouse rebuilt?"
    alone = best(model, question, FACT)
    found: list[tuple[str, float]] = []
    threads = [
        threading.Thread(target=lambda: found.append(best(model, question, FACT))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 6


def test_damaged_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are missing or cut short give a `ModelError` that says what to do, not a crash."""
    reader_manifest()
    monkeypatch.setattr("qa.models.span_model.resources.files", lambda _: tmp_path)
    with pytest.raises(ModelError, match="reader's weights"):
        list(SpanModel().read("Who?", "Somebody."))
    (tmp_path / "reader.onnx").write_bytes(b"cut short")
    with pytest.raises(ModelError, match="install the package again"):
        list(SpanModel().read("Who?", "Somebody."))


@pytest.mark.parametrize("question", WAYS)
def test_what_no_article_says_is_abstained_from(corpus: Path, question: str) -> None:
    """However it is put, a question about something that no article holds is not answered."""
    answer: Answer = qa.answer(question)
    assert answer.abstained, answer.text
