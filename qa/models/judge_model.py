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
from importlib import resources
from typing import TYPE_CHECKING

from qa.errors import ModelError
from qa.models.encoder import PACKAGED, Encoder
from qa.models.judge_input import LAYOUT, compose, room

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # for where it was imported before `qa`
        encoder = Encoder(PACKAGED)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Threads that spin while they wait would slow down whatever else the machine does.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._words = encoder.word_table()  # the session does not copy it
        value = onnxruntime.OrtValue.ortvalue_from_numpy(self._words)
        options.add_external_initializers([WORDS], [value])
        try:
            self._session = onnxruntime.InferenceSession(
                resources.files("qa.models").joinpath(GRAPH).read_bytes(),
                options,
                providers=["CPUExecutionProvider"],
            )
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            reason = str(error).strip().partition("\n")[0]
            raise ModelError(
                f"the judge's weights cannot be loaded ({reason}): install the package again"
            ) from error
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
        return Judgement(*_softmax(logits[0]))

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids  # type: ignore[no-any-return]


def _softmax(logits: NDArray[np.float32]) -> list[float]:
    import numpy as np

    powers = np.exp(logits.astype(np.float64) - logits.max())
    return [float(one) for one in powers / powers.sum()]


@functools.cache
def judge_model() -> JudgeModel:
    """Return the network that ships, one for the process."""
    return JudgeModel()
