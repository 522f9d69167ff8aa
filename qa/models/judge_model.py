"""The judge's network: whether sentences support a claim, contradict it, or do neither.

MiniLM, trained by this project (see `qa/models/README.md`) and run by ONNX Runtime. The graph holds
its layers in 8 bits; the embeddings of words are the packaged encoder's. Nothing is imported or
loaded before the first claim.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from qa.models.encoder import PACKAGED, Encoder
from qa.models.judge_input import LAYOUT, compose, room
from qa.models.logistic import softmax
from qa.models.sessions import load_session

_TINY = 1e-9
GRAPH = "judge.onnx"
WORDS = "embeddings.word_embeddings.weight"
"""The weight that the graph takes from the encoder."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What sentences say about a claim: probabilities, which add up to 1."""

    supported: float
    contradicted: float
    neither: float

    @property
    def odds(self) -> float:
        """The log odds of "supported"."""
        return math.log((self.supported + _TINY) / (self.contradicted + self.neither + _TINY))


class JudgeModel:
    """The network and its tokenizer, loaded on first use. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def judge(self, claim: str, sentences: Sequence[str]) -> Judgement:
        """Return what sentences say about a claim.

        Args:
            claim: a sentence, or a question with a short answer behind it.
            sentences: in their order, with the headings above them; what is beyond the network's
                window (see `judge_input`) is not read.

        Raises:
            ModelError: the weights are missing or damaged.
        """
        with self._lock:
            network = self._network
        return network.judge(claim, sentences)

    @functools.cached_property
    def _network(self) -> _Network:
        return _Network()


class _Network:
    """The loaded graph and the tokenizer."""

    def __init__(self) -> None:
        encoder = Encoder(PACKAGED)
        self._weights = {WORDS: encoder.word_table()}
        self._session = load_session(GRAPH, "the judge's weights", weights=self._weights)
        self._tokenizer = encoder.tokenizer

    def judge(self, claim: str, sentences: Sequence[str]) -> Judgement:
        """Return what sentences say about a claim."""
        import numpy as np

        asked = self._ids(claim)
        read, left = [], room(asked, LAYOUT)
        for one in map(self._ids, sentences):
            read.append(one[:left])
            left -= len(read[-1])
        made = compose(asked, read, LAYOUT)
        positions = np.arange(len(made.ids), dtype=np.int64)
        first = made.places[0][0] if made.places else len(made.ids)
        types = (positions >= first).astype(np.int64)[None]
        feed = {"ids": np.array([made.ids]), "types": types, "positions": positions}
        (logits,) = self._session.run(["verdict"], feed)
        return Judgement(*softmax(logits[0]))

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids  # type: ignore[no-any-return]


@functools.cache
def judge_model() -> JudgeModel:
    """Return the network that ships, one for the process."""
    return JudgeModel()
