"""The head that tells what a message wants, from the vector of its words.

`training.intents` fits it. It belongs to the encoder that comes with the package; with another one
every message counts as a question.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, cast

from qa.models.logistic import softmax
from qa.query import Intent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FILE = "intents.npz"

FRAMES: Mapping[str, tuple[Intent, ...]] = {
    "catalogue": (
        "catalogue_count",
        "catalogue_sources",
        "catalogue_authors",
        "catalogue_newest",
        "catalogue_oldest",
        "catalogue_articles",
        "catalogue_written",
    ),
    "story": ("summary", "summary_article", "story_latest", "news"),
}
"""The intents whose examples give the words that ask, as against those that say about what."""


@dataclass(frozen=True, slots=True)
class IntentModel:
    """A multinomial logistic regression over question vectors.

    Attributes:
        weights: shape (intents, dimension).
        bias: shape (intents,).
        intents: what each row stands for.
        encoder: the fingerprint of the encoder whose vectors it takes.
        frames: name -> stems of the words with which such intents are asked.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    intents: tuple[Intent, ...]
    encoder: str
    frames: Mapping[str, frozenset[str]]

    def probabilities(self, vector: NDArray[np.float32]) -> dict[Intent, float]:
        """Return intent -> probability for a question's vector, shape (dimension,)."""
        return dict(zip(self.intents, softmax(self.weights @ vector + self.bias), strict=True))


@functools.cache
def intent_model() -> IntentModel:
    """Return the head that ships."""
    import numpy as np

    with resources.files("qa.models").joinpath(_FILE).open("rb") as file:
        held = np.load(file)
        return IntentModel(
            held["weights"].astype(np.float32),
            held["bias"],
            tuple(cast("Intent", str(name)) for name in held["intents"]),
            str(held["encoder"]),
            {name: frozenset(map(str, held[f"frame_{name}"])) for name in FRAMES},
        )
