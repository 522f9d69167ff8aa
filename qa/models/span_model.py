"""The trained reader's network: question and text -> logits of each token as answer start or end.

MPNet with a span head and a no-answer outcome, trained by this project (see `qa/models/README.md`)
and run by ONNX Runtime with 8-bit weights. Nothing is imported or loaded before the first text is
read.

Sources: Song et al., "MPNet: Masked and permuted pre-training for language understanding", 2020;
Devlin et al., "BERT", 2019, section 4.3, for the no-answer outcome.
"""

from __future__ import annotations

import functools
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from qa.models.encoder import PACKAGED, Encoder
from qa.models.quantised_table import QuantisedTable
from qa.models.reader_manifest import GRAPH, WORDS, ReaderManifest, reader_manifest
from qa.models.sessions import load_session, unreadable
from qa.models.threads import threads_of_window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class WindowLogits:
    """The network's output for one window of a text.

    Attributes:
        offsets: each token's characters in the text, shape (tokens, 2), end exclusive.
        start: logits that a token is the answer's first, shape (tokens,).
        end: logits that a token is the answer's last, shape (tokens,).
        no_answer: logit that the window holds no answer; compare it with the sum of a start and an
            end logit.
        answerable: logit of a second head that the window holds an answer.
    """

    offsets: NDArray[np.int64]
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    no_answer: float
    answerable: float


class SpanModel:
    """A network and its tokenizer, loaded on first use. Safe to use from several threads.

    Args:
        network: loads it; by default the network that reads English.
    """

    def __init__(self, network: Callable[[], Network] | None = None) -> None:
        self._lock = threading.Lock()
        self._load = network or _Network

    def read(self, question: str, text: str, title: str = "") -> Iterator[WindowLogits]:
        """Yield the logits of each window of `text`; nothing for a text without tokens.

        Args:
            question: must be understandable on its own.
            text: where the answer is sought.
            title: of the text's article; it says what the text is about and holds no answers.

        Raises:
            ModelError: the weights are missing or damaged.
        """
        with self._lock:
            network = self._network
        prefix = network.prefix(question, title)
        encoding = network.tokenize(text)
        for window in network.windows(len(encoding.ids), len(prefix)):
            yield network.logits(prefix, encoding.ids[window], encoding.offsets[window])

    @functools.cached_property
    def _network(self) -> Network:
        return self._load()


class Network(ABC):
    """A loaded network and its tokenizer.

    Args:
        manifest: of the network.
        tokenizer: of the encoder.
    """

    def __init__(self, manifest: ReaderManifest, tokenizer: Any) -> None:
        self._manifest = manifest
        self._tokenizer = tokenizer

    @abstractmethod
    def scores(self, ids: list[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return each token's start and end logits, and those of the whole.

        Shapes: (tokens, 2); (3,), of no answer as start and as end, and answerable.
        """

    def tokenize(self, text: str) -> Any:
        """Return the encoding of a text, without special tokens."""
        return self._tokenizer.encode(text, add_special_tokens=False)

    def prefix(self, question: str, title: str) -> list[int]:
        """Return the ids before the text's: the question and, if there is one, the title."""
        layout = self._manifest.layout
        asked, titled = (
            [token + layout.shift for token in self.tokenize(text).ids[:most]]
            for text, most in ((question, self._manifest.question), (title, self._manifest.title))
        )
        before = [*layout.opening, *asked, *layout.between]
        return [*before, *titled, *layout.closing] if titled else before

    def windows(self, length: int, prefix: int) -> Iterator[slice]:
        """Yield the overlapping windows that cover `length` tokens of text behind a prefix."""
        room = self._manifest.window - prefix - len(self._manifest.layout.closing)
        for first in range(0, length, room - self._manifest.stride):
            yield slice(first, first + room)
            if first + room >= length:
                return

    def logits(
        self, prefix: list[int], context: list[int], offsets: list[tuple[int, int]]
    ) -> WindowLogits:
        """Return the network's output for one window."""
        import numpy as np

        layout = self._manifest.layout
        ids = [*prefix, *(token + layout.shift for token in context), *layout.closing]
        spans, pair = self.scores(ids)
        inside = spans[len(prefix) : len(prefix) + len(context)]
        no_answer = float(pair[0] + pair[1])
        return WindowLogits(
            np.array(offsets, dtype=np.int64), inside[:, 0], inside[:, 1], no_answer, float(pair[2])
        )


class _Network(Network):
    """The loaded graph and the table of word vectors."""

    def __init__(self) -> None:
        from safetensors.numpy import load

        what = "the reader's weights"
        try:
            manifest = reader_manifest()
            words = load(resources.files("qa.models").joinpath(WORDS).read_bytes())
            self._words = QuantisedTable.load(words)
        except Exception as error:  # safetensors' errors have no base class of their own
            raise unreadable(what, error) from error
        self._session = load_session(GRAPH, what, threads=threads_of_window())
        super().__init__(manifest, Encoder(PACKAGED).tokenizer)

    def scores(self, ids: list[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        words = self._words.rows(ids)
        spans, pair = self._session.run(["spans", "pair"], {"words": words[None]})
        return spans, pair
