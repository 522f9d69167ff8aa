"""The network that reads other languages than English: question and text -> logits of each token.

multilingual-e5-small from the extra `languages`, to whose linear layers this project added products
of two narrow matrices, with the heads of the English reader; see `qa/models/README.md`. Only what
was added comes with this package, rounded.

Source: Wang et al., "Multilingual E5 text embeddings: A technical report", 2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from qa.models.e5 import E5, E5Graph
from qa.models.low_rank import merged, restored
from qa.models.reader_manifest import LANGUAGE_WEIGHTS, LANGUAGES, reader_manifest
from qa.models.sessions import unreadable
from qa.models.span_model import Network
from qa.models.threads import threads_of_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qa.models.bert import Floats

_POSITIONS = 512


class LanguageNetwork(Network):
    """The loaded network.

    Raises:
        ModelError: the extra is missing, or a file is damaged.
    """

    def __init__(self) -> None:
        from safetensors.numpy import load

        try:
            manifest = reader_manifest(LANGUAGES)
            held = load(resources.files("qa.models").joinpath(LANGUAGE_WEIGHTS).read_bytes())
            self._weights = restored(held)
        except Exception as error:  # safetensors' errors have no base class of their own
            raise unreadable("the weights of the reader of many languages", error) from error
        encoder = AdaptedE5(self._weights)
        self._graph = E5Graph(encoder, threads_of_window())
        super().__init__(manifest, encoder.tokens)

    def scores(self, ids: list[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return each token's logits and those of the whole; see `Network.scores`."""
        return scores(self._graph.hidden(ids), self._weights)


class AdaptedE5(E5):
    """The encoder, with what training added to its linear layers."""

    def __init__(self, added: Mapping[str, Floats]) -> None:
        super().__init__(_POSITIONS)
        self.tokens.no_truncation()
        self._weights = merged(self._weights, added)


def scores(hidden: Floats, weights: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return the logits of the heads; see `Network.scores`.

    Args:
        hidden: the last layer's rows, shape (tokens, width).
        weights: of the heads, by the names that they have in `training.model.Reader`.
    """
    spans = hidden @ weights["spans.weight"].T + weights["spans.bias"]
    pair = np.tanh(weights["pair.0.weight"] @ hidden[0] + weights["pair.0.bias"])
    return spans, weights["pair.3.weight"] @ pair + weights["pair.3.bias"]
