"""The trained reader's network: a question and a text -> how likely each token begins or ends the answer.

MPNet with a span head and a no-answer outcome, trained by this project (see `qa/models/README.md`), run by ONNX Runtime
with 8-bit weights. Nothing is imported or loaded before the first text is read.

Sources: Song et al., "MPNet: Masked and permuted pre-training for language understanding", 2020; Devlin et al., "BERT",
2019, section 4.3, for the no-answer outcome.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from qa.encoder import PACKAGED, Encoder
from qa.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A text is read in windows of so many tokens with its question and title, as in training; neighbouring ones share some.
_WINDOW = 288
_QUESTION = 40
_TITLE = 24
_STRIDE = 96
# MPNet's vocabulary is BERT's, which the packaged tokenizer has, after four tokens of its own.
_SHIFT = 4
_OPENING, _BETWEEN, _CLOSING = [0], [2, 2], [2]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network says of one window of a text.

    Attributes:
        offsets: where each token lies in the text, shape (tokens, 2), end exclusive.
        start: logits of each token as the answer's first, shape (tokens,).
        end: logits of each token as the answer's last, shape (tokens,).
        none: the logit that the window holds no answer, to be compared with the sum of a start and an end.
        answerable: a second opinion: the logit that it holds one.
    """

    offsets: NDArray[np.int64]
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    none: float
    answerable: float


class SpanModel:
    """The network and its tokenizer, loaded on first use. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def read(self, question: str, text: str, title: str = "") -> Iterator[Reading]:
        """Yield a reading of each window of `text`; none for a text without tokens.

        Args:
            question: standing for itself.
            text: where the answer is looked for.
            title: of the text's article: it tells what the text is about, and holds no answers.

        Raises:
            ModelError: the weights are not there, or damaged.
        """
        with self._lock:
            network = self._network
        before = network.before(question, title)
        encoding = network.tokens(text)
        room = _WINDOW - len(before) - len(_CLOSING)
        for first in _starts(len(encoding.ids), room):
            window = slice(first, first + room)
            yield network.reading(before, encoding.ids[window], encoding.offsets[window])

    @functools.cached_property
    def _network(self) -> _Network:
        return _Network()


class _Network:
    """The loaded graph, the table of words, and the tokenizer."""

    def __init__(self) -> None:
        import onnxruntime
        from safetensors.numpy import load

        folder = resources.files("qa.models")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Threads that spin while they wait are 3 % faster alone, and a third slower beside another program or visitor.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            graph = folder.joinpath("reader.onnx").read_bytes()
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
            table = load(folder.joinpath("reader-words.safetensors").read_bytes())
            self._rows, self._scale = table["rows"], table["scale"]
        except Exception as error:  # ONNX Runtime's and safetensors' errors have no base of their own
            reason = str(error).strip().partition("\n")[0]
            raise ModelError(f"the reader's weights cannot be loaded ({reason}): install the package again") from error
        self._tokenizer = Encoder(PACKAGED).tokenizer

    def tokens(self, text: str) -> Any:
        """Return the encoding of a text, without special tokens."""
        return self._tokenizer.encode(text, add_special_tokens=False)

    def before(self, question: str, title: str) -> list[int]:
        """Return the ids that come before a text's: those of its question and, if it has one, of its title."""
        asked, titled = (
            [token + _SHIFT for token in self.tokens(text).ids[:most]]
            for text, most in ((question, _QUESTION), (title, _TITLE))
        )
        return [*_OPENING, *asked, *_BETWEEN, *([*titled, *_CLOSING] if titled else [])]

    def reading(self, before: list[int], context: list[int], offsets: list[tuple[int, int]]) -> Reading:
        """Return what the network says of one window."""
        import numpy as np

        ids = [*before, *(token + _SHIFT for token in context), *_CLOSING]
        words = self._rows[ids].astype(np.float32) * self._scale[ids]
        spans, pair = self._session.run(["spans", "pair"], {"words": words[None]})
        inside = spans[len(before) : len(before) + len(context)]
        none = float(pair[0] + pair[1])
        return Reading(np.array(offsets, dtype=np.int64), inside[:, 0], inside[:, 1], none, float(pair[2]))


def _starts(length: int, room: int) -> Iterator[int]:
    """Yield where the windows over `length` tokens begin."""
    first = 0
    while first < length:
        yield first
        if first + room >= length:
            return
        first += room - _STRIDE
