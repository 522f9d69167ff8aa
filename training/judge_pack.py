"""The judge's training data and first weights in one small file (see `pack_judge.py`).

It holds each sentence once, the weights with one 8-bit number for each, and of the embeddings of
words only the rows that occur.
"""

from __future__ import annotations

import io
import json
import lzma
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.models.judge_input import LAYOUT
from training.judge_data import JudgeData, JudgeFeature

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

# The evidence of a piece where none is known.
_UNKNOWN = 2
_LARGEST = 127
WORDS = "encoder.embeddings.word_embeddings.weight"
"""The weight of which only some rows are packed."""


class PackedFeatures(Sequence[JudgeFeature]):
    """The features of a packed file, composed when they are asked for."""

    def __init__(self, arrays: Arrays) -> None:
        self._tokens = arrays["tokens"].astype(np.int64)
        self._starts = np.concatenate([[0], np.cumsum(arrays["lengths"], dtype=np.int64)])
        self._first = np.concatenate([[0], np.cumsum(arrays["counts"], dtype=np.int64)])
        self._pieces, self._decisive = arrays["pieces"], arrays["evidence"]
        self._labels = arrays["labels"]
        special = (*LAYOUT.opening, *LAYOUT.between, *LAYOUT.closing)
        self._opening, self._between, self._closing = (
            np.searchsorted(arrays["rows"], [one]) for one in special
        )

    def __len__(self) -> int:
        return len(self._labels)

    def sizes(self) -> list[int]:
        """Return the number of tokens of each feature."""
        lengths = np.diff(self._starts)[self._pieces]
        total = np.concatenate([[0], np.cumsum(lengths)])
        return (total[self._first[1:]] - total[self._first[:-1]] + 3).tolist()  # type: ignore[no-any-return]

    def __getitem__(self, at: Any) -> Any:
        first, end = self._first[at], self._first[at + 1]
        parts = [
            self._tokens[self._starts[p] : self._starts[p + 1]] for p in self._pieces[first:end]
        ]
        ids = [self._opening, parts[0], self._between]
        places, length = [], 2 + len(parts[0])
        for part in parts[1:]:
            places.append((length, length + len(part)))
            length += len(part)
        told = self._decisive[first + 1 : end]
        known = not len(told) or told[0] != _UNKNOWN
        return JudgeFeature(
            np.concatenate([*ids, *parts[1:], self._closing]),  # type: ignore[arg-type]
            tuple(places),
            int(self._labels[at]),
            tuple((told == 1).tolist()) if known else (),
        )


def pack(data: JudgeData, weights: Arrays, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arrays of a packed file."""
    known: dict[bytes, int] = {}
    tokens: list[NDArray[np.uint16]] = []

    def piece(ids: Sequence[int]) -> int:
        key = array("H", ids).tobytes()
        if key not in known:
            known[key] = len(tokens)
            tokens.append(np.frombuffer(key, dtype=np.uint16))
        return known[key]

    pieces, evidence, counts = [], [], []
    for feature in data.features:
        claim = feature.ids[1 : feature.places[0][0] - 1]
        held = [claim, *(feature.ids[start:end] for start, end in feature.places)]
        pieces += [piece(ids) for ids in held]
        told = feature.evidence or [_UNKNOWN] * len(feature.places)
        evidence += [0, *(int(one) for one in told)]
        counts.append(len(held))
    flat = np.concatenate(tokens)
    rows = np.unique(np.concatenate([flat, [*LAYOUT.opening, *LAYOUT.closing, LAYOUT.pad]]))
    return {
        "rows": rows.astype(np.uint16),
        "tokens": np.searchsorted(rows, flat).astype(np.uint16),
        "lengths": np.array([len(one) for one in tokens], dtype=np.uint16),
        "pieces": np.array(pieces, dtype=np.uint32),
        "evidence": np.array(evidence, dtype=np.uint8),
        "counts": np.array(counts, dtype=np.uint8),
        "labels": np.array([f.label for f in data.features], dtype=np.uint8),
        "first": np.array(data.first),
        "config": np.array(json.dumps({**config, "vocab_size": len(rows)})),
        **_levelled({**weights, WORDS: weights[WORDS][rows]}),
    }


def _levelled(weights: Arrays) -> dict[str, NDArray[Any]]:
    """Return weights in 8 bits with one scale for each row, vectors in 16."""
    made: dict[str, NDArray[Any]] = {}
    for name, value in weights.items():
        if value.ndim == 1:
            made[f"weight/{name}"] = value.astype(np.float16)
            continue
        scale = np.abs(value).max(axis=1, keepdims=True) / _LARGEST
        made[f"weight/{name}"] = np.round(value / np.where(scale == 0, 1, scale)).astype(np.int8)
        made[f"scale/{name}"] = scale.astype(np.float32)
    return made


def weights(arrays: Arrays) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a packed file."""
    made = {}
    for name in (key.removeprefix("weight/") for key in arrays if key.startswith("weight/")):
        value = arrays[f"weight/{name}"].astype(np.float32)
        made[name] = value * arrays.get(f"scale/{name}", np.float32(1))
    return made


def unpack(file: Path) -> dict[str, Any]:
    """Return the arrays of a packed file."""
    with np.load(io.BytesIO(lzma.decompress(file.read_bytes()))) as held:
        return dict(held)


def write(arrays: Arrays, file: Path) -> None:
    """Write arrays as `unpack` reads them."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    file.write_bytes(lzma.compress(stream.getvalue(), preset=2))
