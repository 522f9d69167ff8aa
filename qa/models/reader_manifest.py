"""The reader's manifest, `reader.json`: its input layout, its weights, and their calibration.

Both training and the product read it, so that the network's input is the one it was trained on.
`training.export` writes the digests of the weights, `training.calibrate` the calibration.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from qa.models.logistic import LogisticModel

NAME = "reader.json"
LANGUAGES = "reader-languages.json"
LANGUAGE_WEIGHTS = "reader-languages.safetensors"
"""The manifest and the weights of the reader of other languages than English."""

GRAPH, WORDS = "reader.onnx", "reader-words.safetensors"
"""The weights: the network as an ONNX graph, and its table of word vectors."""


@dataclass(frozen=True, slots=True)
class TokenLayout:
    """The token ids around an encoder's input.

    A window is `opening` question `between` title `closing` text `closing`.

    Attributes:
        shift: added to the ids of the packaged tokenizer.
        opening: ids before the question.
        between: ids after the question.
        closing: ids after the title, if there is one, and after the text.
        pad: fills a batch up to its longest window.
    """

    shift: int
    opening: tuple[int, ...]
    between: tuple[int, ...]
    closing: tuple[int, ...]
    pad: int


@dataclass(frozen=True, slots=True)
class ReaderManifest:
    """What the reader's weights require, and what was fitted to them. Lengths are in tokens.

    Attributes:
        window: longest input: question, title and a part of the text.
        question: longest question; the rest of it is cut off.
        title: longest title; the rest of it is cut off.
        stride: overlap of neighbouring windows of a long text.
        longest_answer: longest span that can be an answer.
        layout: the special tokens.
        features: names of the calibration's features, in the order of its weights.
        calibration: turns a span's features into the probability that it answers.
        weights: SHA-256 of each weights file by its name.
        news_threshold: the probability below which a span of an article with a date is doubted.
        across: the calibration of questions in another language than the text, if there is one; it
            takes the first of the features.
    """

    window: int
    question: int
    title: int
    stride: int
    longest_answer: int
    layout: TokenLayout
    features: tuple[str, ...]
    calibration: LogisticModel
    weights: Mapping[str, str]
    news_threshold: float = 0.0
    across: LogisticModel | None = None


@functools.cache
def reader_manifest(name: str = NAME) -> ReaderManifest:
    """Return the manifest that ships, of the reader of English or of the other one."""
    return parse(json.loads(resources.files("qa.models").joinpath(name).read_text("utf-8")))


def reads_languages() -> bool:
    """Return whether the weights of the reader of other languages come with this package."""
    return resources.files("qa.models").joinpath(LANGUAGE_WEIGHTS).is_file()


def parse(data: Mapping[str, Any]) -> ReaderManifest:
    """Return the manifest that a JSON object holds."""
    layout, fitted, across = data["layout"], data["calibration"], data.get("across")
    return ReaderManifest(
        **data["tokens"],
        layout=TokenLayout(
            shift=layout["shift"],
            opening=tuple(layout["opening"]),
            between=tuple(layout["between"]),
            closing=tuple(layout["closing"]),
            pad=layout["pad"],
        ),
        features=tuple(fitted["weights"]),
        calibration=_regression(fitted),
        weights=data["weights"],
        news_threshold=fitted.get("news_threshold", 0.0),
        across=_regression(across) if across else None,
    )


def _regression(fitted: Mapping[str, Any]) -> LogisticModel:
    return LogisticModel(tuple(fitted["weights"].values()), fitted["bias"], fitted["threshold"])
