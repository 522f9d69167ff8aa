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
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from qa.models import e5
from qa.models.reader_manifest import LANGUAGE_WEIGHTS, LANGUAGES
from training.language_data import WINDOW, layout
from training.low_rank import exported

Floats = NDArray[np.float32]

MODELS = Path(__file__).resolve().parent.parent / "qa" / "models"


def trained(weights: Path) -> dict[str, Floats]:
    """Return the averaged parameters of a finished run, or of a checkpoint (`.pt`)."""
    if weights.suffix != ".pt":
        return load_file(weights)
    import torch  # noqa: PLC0415 -- only a checkpoint needs it

    state = torch.load(weights, map_location="cpu", weights_only=True)
    return {name: value.numpy() for name, value in state["average"].items()}


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
