"""Converts the trained reader of many languages into the form that ships, in qa/models.

    python -m training.export_languages WEIGHTS [--rank N]

WEIGHTS is what `training.train_languages` writes, at its end or, for a first look, its checkpoint.

The product of a layer's two matrices is decomposed, so that its parts can be rounded alike, and its
smallest parts be left out. The digest goes into the manifest, qa/models/reader-languages.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from qa.models import e5
from qa.models.language_spans import LEFT, LEVELS, RIGHT, SCALE, restored
from qa.models.reader_manifest import LANGUAGE_WEIGHTS, LANGUAGES
from training.language_data import WINDOW, layout

Floats = NDArray[np.float32]

MODELS = Path(__file__).resolve().parent.parent / "qa" / "models"
# What `training.language_model.Layer` calls its linear layers, and what BERT does.
_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mixed": "attention.output.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
}
# Smaller tensors are not worth rounding.
_SMALL = 4_000


def trained(weights: Path) -> dict[str, Floats]:
    """Return the averaged parameters of a finished run, or of a checkpoint (`.pt`)."""
    if weights.suffix != ".pt":
        return load_file(weights)
    import torch  # noqa: PLC0415 -- only a checkpoint needs it

    state = torch.load(weights, map_location="cpu", weights_only=True)
    return {name: value.numpy() for name, value in state["average"].items()}


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
        if name.startswith(("spans.", "pair.")):
            yield name, values.astype(np.float32)
        elif name.endswith(".a"):
            _, number, part, _ = name.split(".")
            other = trained[name.removesuffix("a") + "b"].astype(np.float32)
            left, right = balanced(other, values.astype(np.float32), rank)
            whole = f"encoder.layer.{number}.{_PARTS[part]}"
            yield whole + LEFT, left
            yield whole + RIGHT, right


def unexported(held: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Return parameters by their names in training, from tensors that ship."""
    whole = restored(held)
    names = {bert: name for name, bert in _PARTS.items()}
    made = {name: value for name, value in whole.items() if name.startswith(("spans.", "pair."))}
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


def manifest(digest: str, calibration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest: the layout of the input, the digest, and the calibration given."""
    at = layout(e5.tokenizer())
    return {
        "base": "multilingual-e5-small",
        "tokens": {"window": WINDOW, "question": 40, "title": 24, "stride": 96}
        | {"longest_answer": 30},
        "layout": {
            "shift": at.shift,
            "opening": at.opening,
            "between": at.between,
            "closing": at.closing,
            "pad": at.pad,
        },
        "weights": {LANGUAGE_WEIGHTS: digest},
        "calibration": calibration,
    }


def main() -> None:
    """Write the weights and the manifest, which keeps its calibration."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--rank", type=int, default=32)
    options = parser.parse_args()
    content = save(exported(trained(options.weights), options.rank))
    (MODELS / LANGUAGE_WEIGHTS).write_bytes(content)
    place = MODELS / LANGUAGES
    fitted = {"weights": {"margin": 0.3}, "bias": 0.0, "threshold": 0.5}
    if place.exists():
        fitted = json.loads(place.read_text(encoding="utf-8"))["calibration"]
    made = manifest(hashlib.sha256(content).hexdigest(), fitted)
    place.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    print(f"{LANGUAGE_WEIGHTS}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
