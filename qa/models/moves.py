"""The head that tells what a message does in a conversation, from its vector and its length.

`training.moves` fits it. It belongs to the encoder that comes with the package; with another one
no move is told.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Literal, cast

from qa.models.logistic import softmax
from qa.text import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Move = Literal[
    "complete",
    "followup",
    "correction",
    "talk",
    "claimant",
    "source",
    "written",
    "sure",
    "still",
    "quote",
    "shorter",
    "listed",
    "more",
    "who_else",
    "then",
    "before",
]
"""What a message does.

It asks a question that is complete or one that follows up, corrects the question before, only
talks, or wants something of the answer before: who says so, where and when that was written,
whether it is sure or still so, its quotation, a shorter form, a list, or how it goes on.
"""

ABOUT_ANSWER: frozenset[Move] = frozenset(
    "claimant source written sure still quote shorter listed more who_else then before".split()  # type: ignore[arg-type] # names of moves
)
"""The moves that want something of the answer before."""

_FILE = "moves.npz"
_MANY_TERMS = 8


@dataclass(frozen=True, slots=True)
class MoveModel:
    """A multinomial logistic regression over a message's vector and its `surface`.

    Attributes:
        weights: shape (moves, dimension + length of `surface`).
        bias: shape (moves,).
        moves: what each row stands for.
        encoder: the fingerprint of the encoder whose vectors it takes.
        frame: stems of the words with which an answer is asked about.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    moves: tuple[Move, ...]
    encoder: str
    frame: frozenset[str]

    def probabilities(self, text: str, vector: NDArray[np.float32]) -> Mapping[str, float]:
        """Return move -> probability for a message and its vector, shape (dimension,)."""
        import numpy as np

        logits = self.weights @ np.concatenate([vector, surface(text)]) + self.bias
        return dict(zip(map(str, self.moves), softmax(logits), strict=True))


@functools.cache
def move_model() -> MoveModel:
    """Return the head that ships."""
    import numpy as np

    with resources.files("qa.models").joinpath(_FILE).open("rb") as file:
        held = np.load(file)
        return MoveModel(
            held["weights"].astype(np.float32),
            held["bias"],
            tuple(cast("Move", str(name)) for name in held["moves"]),
            str(held["encoder"]),
            frozenset(map(str, held.get("frame", []))),
        )


def surface(text: str) -> NDArray[np.float32]:
    """Return how much a message says: its content words and its words, shape (2,)."""
    import numpy as np

    content = min(len(terms(text)), _MANY_TERMS) / _MANY_TERMS
    return np.array([content, min(len(text.split()), 2 * _MANY_TERMS) / _MANY_TERMS], np.float32)
