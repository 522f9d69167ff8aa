"""Runs a trained reader over texts: the best span, and its margin over no answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from qa.answering.reader import best_spans as shipped_spans
from qa.models.reader_manifest import reader_manifest
from qa.models.span_model import SpanModel
from training.features import Encoder, Feature
from training.model import Output, Reader, collate
from training.sources import Context, Example

_BATCH = 16


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best span of one context.

    Attributes:
        text: of the span.
        margin: its start and end logits less the no-answer logits.
        answerable: the logit of the head that only judges whether the context answers.
    """

    text: str
    margin: float
    answerable: float


def predict(
    reader: Reader, encoder: Encoder, questions: Sequence[tuple[str, Context]]
) -> list[Prediction]:
    """Return the prediction for each question and context; of a long context, the best window's."""
    examples = [Example(question, context, ()) for question, context in questions]
    stride = reader_manifest().stride
    windows = [
        (i, window)
        for i, example in enumerate(examples)
        for window in encoder.windows(example, stride)
    ]
    windows.sort(key=lambda pair: len(pair[1].ids))
    best: dict[int, Prediction] = {}
    for group in (windows[at : at + _BATCH] for at in range(0, len(windows), _BATCH)):
        scored = _scores(reader, [window for _, window in group], encoder.layout.pad)
        for (i, window), (start, end, margin, answerable) in zip(group, scored, strict=True):
            if i not in best or margin > best[i].margin:
                best[i] = Prediction(_text(examples[i], window, start, end), margin, answerable)
    return [best[i] for i in range(len(examples))]


def predict_shipped(questions: Sequence[tuple[str, Context]]) -> list[Prediction]:
    """Return the shipped reader's predictions: 8-bit weights and the product's choice of spans."""
    shipped = SpanModel()
    return [read_best(shipped, question, context) for question, context in questions]


def read_best(shipped: SpanModel, question: str, context: Context) -> Prediction:
    """Return what the shipped reader answers; of a long context, the best window's."""
    windows = _window_predictions(shipped, question, context)
    return max(windows, key=lambda prediction: prediction.margin)


def _window_predictions(
    shipped: SpanModel, question: str, context: Context
) -> Iterator[Prediction]:
    for window in shipped.read(question, context.text, context.title):
        for (start, end), margin in shipped_spans(window, count=1):
            yield Prediction(context.text[start:end], margin, window.answerable)


def _text(example: Example, window: Feature, start: int, end: int) -> str:
    if not window.offsets:
        return ""
    first, last = window.span(start, end)
    return example.context.text[first:last]


@torch.inference_mode()
def _scores(
    reader: Reader, windows: Sequence[Feature], pad: int
) -> Iterator[tuple[int, int, float, float]]:
    output = reader(collate(windows, pad, str(next(reader.parameters()).device)))
    starts, ends, values = best_spans(output)
    margins = values - output.start[:, 0] - output.end[:, 0]
    return zip(
        starts.tolist(), ends.tolist(), margins.tolist(), output.answerable.tolist(), strict=True
    )


def best_spans(output: Output) -> tuple[Tensor, Tensor, Tensor]:
    """Return start, end and summed logits of each row's best span of at most the longest length."""
    start, end = output.start[:, 1:], output.end[:, 1:]
    length, longest = start.shape[1], reader_manifest().longest_answer
    allowed = (
        torch.ones(length, length, dtype=torch.bool, device=start.device).triu().tril(longest - 1)
    )
    sums = (start.unsqueeze(2) + end.unsqueeze(1)).masked_fill(~allowed, -torch.inf)
    values, at = sums.flatten(1).max(dim=1)
    return at // length + 1, at % length + 1, values
