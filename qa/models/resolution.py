"""The network that tells what of a conversation a follow-up question leaves unsaid.

`training.resolution` trains it: the packaged encoder, adapted at low rank, reads the question and
the conversation behind it; one hidden layer sees what it makes of something mentioned, beside a few
dozen features of that and of the question. Another network has the features alone; the mean of both
is better than either.

Source: Voskarides et al., "Query resolution for conversational search with limited supervision",
2020, whose network chooses terms of the conversation in the same way.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from qa.models.encoder import packaged
from qa.models.low_rank import restored

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qa.models.bert import Bert
    from qa.text import Span

LONGEST = 192
"""Tokens of a question and the conversation before it that are read."""

_FILE = "resolution.npz"
_OWN = ("mean", "scale", "threshold")
_PARTS = ("units.weight", "units.bias", "output.weight", "output.bias")
_ALONE = "alone."


@dataclass(frozen=True, slots=True)
class Network:
    """One hidden layer of rectified units, and a logistic output.

    Attributes:
        hidden: shape (units, inputs).
        hidden_bias: shape (units,).
        output: shape (1, units).
        output_bias: shape (1,).
    """

    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a probability for each row of inputs."""
        import numpy as np

        seen = np.maximum(rows @ self.hidden.T + self.hidden_bias, 0)
        logits = seen @ self.output[0] + self.output_bias
        found: NDArray[np.float32] = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
        return found


@dataclass(frozen=True, slots=True)
class ResolutionModel:
    """The adapted encoder, and two networks whose mean counts.

    Attributes:
        encoder: reads the conversation.
        mean: of each feature, shape (features,).
        scale: its standard deviation, shape (features,).
        reading: sees what the encoder makes of a mention, and its features.
        alone: sees the features alone.
        threshold: the probability from which something counts as meant.
    """

    encoder: Bert
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    reading: Network
    alone: Network
    threshold: float

    def probabilities(
        self, text: str, places: Sequence[Span | None], features: Sequence[Sequence[float]]
    ) -> list[float]:
        """Return for each thing mentioned the probability that it is meant.

        Args:
            text: the question, and the conversation behind it, the newest exchange first.
            places: where the text mentions each, if it does.
            features: of each.
        """
        import numpy as np

        if not features:
            return []
        read, spans = self.encoder.contextual(text, LONGEST)
        rows = np.zeros((len(places), read.shape[1]), dtype=np.float32)
        for row, place in zip(rows, places, strict=True):
            if tokens := within(spans, place):
                row[:] = read[tokens].mean(axis=0)
        scaled = (np.array(features, dtype=np.float32) - self.mean) / self.scale
        read_so = self.reading.probabilities(np.hstack([rows, scaled]))
        found: list[float] = ((read_so + self.alone.probabilities(scaled)) / 2).tolist()
        return found


def within(tokens: Sequence[Span], place: Span | None) -> list[int]:
    """Return the numbers of the tokens that stand for a part of a place."""
    if place is None:
        return []
    start, end = place
    return [at for at, (first, last) in enumerate(tokens) if max(first, start) < min(last, end)]


@functools.cache
def resolution_model() -> ResolutionModel:
    """Return the network that ships.

    Raises:
        ModelError: the packaged encoder is missing, or its weights are not the published ones.
    """
    import numpy as np

    with resources.files("qa.models").joinpath(_FILE).open("rb") as file:
        held = dict(np.load(file))
    weights = restored({name: held[name] for name in held.keys() - set(_OWN)})
    reading, alone = (
        Network(*(weights[f"{kind}{part}"] for part in _PARTS)) for kind in ("", _ALONE)
    )
    return ResolutionModel(
        encoder=packaged().adapted(weights),
        mean=held["mean"],
        scale=held["scale"],
        reading=reading,
        alone=alone,
        threshold=float(held["threshold"]),
    )
