"""Logistic regression, of two outcomes or of several: the form of every small fitted model here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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

    def probability(self, features: Sequence[float]) -> float:
        """Return the probability that a case with these features is positive."""
        logit = self.bias + sum(w * x for w, x in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-max(-_MAX_LOGIT, min(_MAX_LOGIT, logit))))


def softmax(logits: NDArray[np.float32]) -> list[float]:
    """Return the probabilities of outcomes, from their logits, shape (outcomes,)."""
    import numpy as np

    odds = np.exp(logits.astype(np.float64) - logits.max())
    probabilities: list[float] = (odds / odds.sum()).tolist()
    return probabilities
