"""Logistic regression, of two outcomes or of several: the form of every small fitted model here."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Beyond this the probability no longer changes, and `math.exp` would overflow.
_MAX_LOGIT = 50.0


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """A fitted logistic regression and its decision threshold.

    Attributes:
        weights: one for each feature, in the order in which `probability` takes them.
        bias: the intercept.
        threshold: the probability from which a case counts as positive.
    """

    weights: tuple[float, ...]
    bias: float
    threshold: float

    @classmethod
    def shipped(cls, file: str, names: Sequence[str]) -> LogisticModel:
        """Return the model of a file in this package.

        Args:
            file: see `shipped`.
            names: of the features, in the order in which `probability` takes them.
        """
        held = shipped(file)
        return cls(tuple(held[name] for name in names), held["bias"], held["threshold"])

    def probability(self, features: Sequence[float]) -> float:
        """Return the probability that a case with these features is positive."""
        logit = self.bias + sum(w * x for w, x in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-max(-_MAX_LOGIT, min(_MAX_LOGIT, logit))))


@functools.cache
def shipped(file: str) -> Mapping[str, float]:
    """Return what a JSON file in this package holds: weights, `bias` and `threshold`."""
    held: Mapping[str, float] = json.loads(
        resources.files("qa.models").joinpath(file).read_text("utf-8")
    )
    return held


def softmax(logits: NDArray[np.float32]) -> list[float]:
    """Return the probabilities of outcomes, from their logits, shape (outcomes,)."""
    import numpy as np

    odds = np.exp(logits.astype(np.float64) - logits.max())
    probabilities: list[float] = (odds / odds.sum()).tolist()
    return probabilities
