"""The network that reads other languages than English: question and text -> logits of each token.

multilingual-e5-small from the extra `languages`, to whose linear layers this project added products
of two narrow matrices, with the heads of the English reader; see `qa/models/README.md`. Only what
was added comes with this package, rounded.

Sources: Hu et al., "LoRA: Low-rank adaptation of large language models", 2022; Wang et al.,
"Multilingual E5 text embeddings: A technical report", 2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.models.e5 import E5, E5Graph
from qa.models.reader_manifest import LANGUAGE_WEIGHTS, LANGUAGES, reader_manifest
from qa.models.sessions import unreadable
from qa.models.span_model import Network
from qa.models.threads import threads_of_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qa.models.bert import Floats

LEVELS = 31
"""Numbers are rounded to this many steps on each side of zero, of a row's scale."""

SCALE, LEFT, RIGHT = ".scale", ".left", ".right"
"""What follows a name: the scales of its rows, and the two matrices of a product."""

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


def merged(weights: Mapping[str, Floats], added: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return weights to which products of two matrices are added.

    Args:
        weights: by name; matrices have the shape (out, in).
        added: NAME.left, shape (rank, out), and NAME.right, shape (rank, in), for some names.
    """
    whole = dict(weights)
    for name in added:
        if name.endswith(LEFT):
            base = name.removesuffix(LEFT)
            product = added[name].T @ added[f"{base}{RIGHT}"]
            whole[f"{base}.weight"] = whole[f"{base}.weight"] + product
    return whole


def restored(held: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Return what `training.export_languages` wrote, in float32."""
    whole = {}
    for name, values in held.items():
        if not name.endswith(SCALE):
            scales = held.get(f"{name}{SCALE}")
            given = values.astype(np.float32)
            whole[name] = given if scales is None else given * scales.astype(np.float32)[:, None]
    return whole


def scores(hidden: Floats, weights: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return the logits of the heads; see `Network.scores`.

    Args:
        hidden: the last layer's rows, shape (tokens, width).
        weights: of the heads, by the names that they have in `training.model.Reader`.
    """
    spans = hidden @ weights["spans.weight"].T + weights["spans.bias"]
    pair = np.tanh(weights["pair.0.weight"] @ hidden[0] + weights["pair.0.bias"])
    return spans, weights["pair.3.weight"] @ pair + weights["pair.3.bias"]
