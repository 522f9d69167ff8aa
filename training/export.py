"""Put trained weights into the form that ships: `python training/export.py WEIGHTS` writes into qa/models.

The encoder and its heads become an ONNX graph with 8-bit weights, one scale to each output channel (activations are
quantised as they come); the table of words stays outside of the graph, as 8-bit rows with a scale each, so that
neither file is too large to be kept in a repository.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import save
from torch import Tensor, nn

from training import model

MODELS = Path(__file__).resolve().parent.parent / "qa" / "models"
# MPNet counts positions from the id of its padding token on.
_FIRST_POSITION = 2


class Graph(nn.Module):
    """What is exported: word vectors [1, length, width] -> span logits [length, 2] and pair logits [3]."""

    def __init__(self, reader: model.Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return the start and end logits of every token, and the two of no answer with that of answerability."""
        embeddings, encoder = self.reader.encoder.embeddings, self.reader.encoder.encoder
        places = embeddings.position_embeddings.weight[_FIRST_POSITION : _FIRST_POSITION + words.shape[1]]
        hidden = encoder(embeddings.LayerNorm(words + places))[0]
        return self.reader.spans(hidden)[0], self.reader.pair(hidden[:, 0])[0]


def quantised(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a table [rows, width] as int8 with one float32 scale [rows, 1] for each row."""
    scale = np.abs(table).max(axis=1, keepdims=True).astype(np.float32) / 127
    scale[scale == 0] = 1.0
    return np.round(table / scale).astype(np.int8), scale


def export(reader: model.Reader, folder: Path, *, narrow: bool) -> None:
    """Write `reader.onnx` and `reader-words.safetensors` into a folder."""
    table = reader.encoder.embeddings.word_embeddings.weight.detach().numpy()
    rows, scale = quantised(table)
    (folder / "reader-words.safetensors").write_bytes(save({"rows": rows, "scale": scale}))
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / "reader.onnx"
        torch.onnx.export(
            Graph(reader).eval(),
            (torch.zeros(1, 64, table.shape[1]),),
            str(whole),
            input_names=["words"],
            output_names=["spans", "pair"],
            dynamic_axes={"words": {1: "length"}, "spans": {0: "length"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(
            whole, folder / "reader.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=narrow
        )


def main() -> None:
    """Write the files, and what their digests are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, default=MODELS)
    parser.add_argument("--wide", action="store_true", help="all 8 bits, which processors without VNNI add up wrongly")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    export(model.restored(options.weights, "mpnet"), options.out, narrow=not options.wide)
    for name in ("reader.onnx", "reader-words.safetensors"):
        content = (options.out / name).read_bytes()
        print(json.dumps({"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}))


if __name__ == "__main__":
    main()
