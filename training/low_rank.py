"""From what is trained at low rank to what ships, and back.

The product of a layer's two matrices is decomposed, so that its parts can be rounded alike, and its
smallest parts be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.models.low_rank import LEFT, LEVELS, RIGHT, SCALE, restored

Floats = NDArray[np.float32]

PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mixed": "attention.output.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
}
"""What `training.language_model.Layer` calls its linear layers, and what BERT does."""

# Smaller tensors are not worth rounding.
_SMALL = 4_000


def exported(trained: Mapping[str, Floats], rank: int) -> dict[str, NDArray[Any]]:
    """Return the tensors that ship: large ones rounded, small ones in half precision.

    All are contiguous: safetensors writes an array's memory, whatever the order of its numbers.
    """
    held: dict[str, NDArray[Any]] = {}
    for name, values in _renamed(trained, rank):
        if values.size > _SMALL:
            scales = (np.abs(values).max(axis=1) / LEVELS).astype(np.float16)
            held[name + SCALE] = scales
            divisors = np.where(scales == 0, 1, scales).astype(np.float32)[:, None]
            rounded = np.clip(np.round(values / divisors), -LEVELS, LEVELS)
            held[name] = np.ascontiguousarray(rounded, dtype=np.int8)
        else:
            held[name] = np.ascontiguousarray(values, dtype=np.float16)
    return held


def _renamed(trained: Mapping[str, Floats], rank: int) -> Iterator[tuple[str, Floats]]:
    """Yield the heads by their names, and the two parts of each product by those of the encoder."""
    for name, values in trained.items():
        if not name.endswith((".a", ".b")):
            yield name, values.astype(np.float32)
        elif name.endswith(".a"):
            _, number, part, _ = name.split(".")
            other = trained[name.removesuffix("a") + "b"].astype(np.float32)
            left, right = balanced(other, values.astype(np.float32), rank)
            whole = f"encoder.layer.{number}.{PARTS[part]}"
            yield whole + LEFT, left
            yield whole + RIGHT, right


def unexported(held: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Return parameters by their names in training, from tensors that ship."""
    whole = restored(held)
    names = {bert: name for name, bert in PARTS.items()}
    made = {name: value for name, value in whole.items() if not name.endswith((LEFT, RIGHT))}
    for name, left in whole.items():
        if name.endswith(LEFT):
            base = name.removesuffix(LEFT)
            number, _, part = base.removeprefix("encoder.layer.").partition(".")
            layer = f"layers.{number}.{names[part]}"
            made |= {f"{layer}.b": left.T, f"{layer}.a": whole[f"{base}{RIGHT}"]}
    return made


def balanced(b: Floats, a: Floats, rank: int) -> tuple[Floats, Floats]:
    """Return two matrices whose product is the nearest of this rank to b @ a.

    Shapes: b (out, r), a (r, in); what is returned (rank, out) and (rank, in), to be multiplied as
    left.T @ right.
    """
    q, upper = np.linalg.qr(b)
    u, sizes, v = np.linalg.svd(upper @ a, full_matrices=False)
    root = np.sqrt(sizes[:rank])[:, None]
    return (q @ u[:, :rank]).T * root, v[:rank] * root
