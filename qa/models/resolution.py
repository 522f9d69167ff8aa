"""The network that tells what of a conversation a follow-up question leaves unsaid.

`training.resolution` fits it. One hidden layer over a few dozen features of the question and of
something that was mentioned before.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_FILE = "resolution.npz"


@dataclass(frozen=True, slots=True)
class ResolutionModel:
    """A network with one hidden layer of rectified units and one logistic output.

    Attributes:
        mean: of each feature, shape (features,).
        scale: its standard deviation, shape (features,).
        hidden: shape (features, units).
        hidden_bias: shape (units,).
        output: shape (units,).
        output_bias: the intercept.
        threshold: the probability from which something counts as meant.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: float
    threshold: float

    def probabilities(self, features: Sequence[Sequence[float]]) -> list[float]:
        """Return for each row of features the probability that it is meant."""
        import numpy as np

        if not features:
            return []
        rows = (np.array(features, dtype=np.float32) - self.mean) / self.scale
        units = np.maximum(rows @ self.hidden + self.hidden_bias, 0)
        logits = units @ self.output + self.output_bias
        found: list[float] = (1 / (1 + np.exp(-np.clip(logits, -50, 50)))).tolist()
        return found


@functools.cache
def resolution_model() -> ResolutionModel:
    """Return the network that ships."""
    import numpy as np

    with resources.files("qa.models").joinpath(_FILE).open("rb") as file:
        held = np.load(file)
        return ResolutionModel(
            mean=held["mean"],
            scale=held["scale"],
            hidden=held["hidden"].astype(np.float32),
            hidden_bias=held["hidden_bias"],
            output=held["output"].astype(np.float32),
            output_bias=float(held["output_bias"]),
            threshold=float(held["threshold"]),
        )
