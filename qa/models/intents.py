"""The network that tells what a message wants: an answer, a summary, the catalogue, or talk.

The packaged encoder, adapted at low rank by `training.intents`. It is a second one beside that of
the index, which stays as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from qa.models.encoder import packaged
from qa.models.logistic import softmax
from qa.models.low_rank import restored
from qa.query import Intent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.models.bert import Bert

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
    """The packaged encoder, adapted, and a multinomial logistic regression over its vectors.

    Attributes:
        encoder: embeds messages.
        weights: shape (intents, dimension).
        bias: shape (intents,).
        intents: what each row stands for.
    """

    encoder: Bert
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    intents: tuple[Intent, ...]

    def probabilities(self, messages: Sequence[str]) -> dict[Intent, float]:
        """Return intent -> probability for a message: the mean over its wordings."""
        logits = self.encoder.encode(messages) @ self.weights.T + self.bias
        told = [softmax(each) for each in logits]
        means = (sum(each) / len(told) for each in zip(*told, strict=True))
        return dict(zip(self.intents, means, strict=True))


@functools.cache
def intent_model() -> IntentModel:
    """Return the network that ships.

    Raises:
        ModelError: the packaged encoder is missing, or its weights are not the published ones.
    """
    held = _held()
    names = {"intents", *map(_frame, FRAMES)}
    weights = restored({name: held[name] for name in held.keys() - names})
    return IntentModel(
        packaged().adapted(weights),
        weights["head.weight"],
        weights["head.bias"],
        tuple(cast("Intent", str(name)) for name in held["intents"]),
    )


@functools.cache
def asking_words(intents: str) -> frozenset[str]:
    """Return the stems of the words with which the intents of one of `FRAMES` are asked."""
    return frozenset(map(str, _held()[_frame(intents)]))


def _frame(intents: str) -> str:
    return f"frame_{intents}"


@functools.cache
def _held() -> dict[str, NDArray[Any]]:
    import numpy as np

    with resources.files("qa.models").joinpath(_FILE).open("rb") as file:
        return dict(np.load(file))
