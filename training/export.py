"""Put trained weights into the form that ships: `python training/export.py WEIGHTS` writes into qa/models.

The encoder and its heads become an ONNX graph with 8-bit weights, one scale to each block of 128 in a row; activations
are quantised in such blocks too. One scale to a whole tensor of activations would cost a tenth of F1, since a few of
them are far larger than the others. Of the 8 bits 7 are used, which packs into a smaller wheel. The table of words
stays outside of the graph, as 8-bit rows with a scale each, so that neither file is too large for a repository.
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
import onnx
import torch
from onnx import numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from safetensors.numpy import save
from torch import Tensor, nn

from training import model

MODELS = Path(__file__).resolve().parent.parent / "qa" / "models"
# MPNet counts positions from the id of its padding token on.
_FIRST_POSITION = 2
_BLOCK = 128
# ONNX Runtime's name for products of 8-bit integers.
_INTEGER_PRODUCTS = 4
ZERO_POINT = 128


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


def export(reader: model.Reader, folder: Path) -> None:
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
        quantiser = MatMulNBitsQuantizer(
            onnx.load(whole), bits=8, block_size=_BLOCK, is_symmetric=True, accuracy_level=_INTEGER_PRODUCTS
        )
    quantiser.process()
    narrow(quantiser.model.model.graph)
    onnx.save(quantiser.model.model, folder / "reader.onnx")


def narrow(graph: onnx.GraphProto) -> None:
    """Leave 7 of the 8 bits of each quantised weight."""
    held = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "MatMulNBits":
            weights, scale = (held[name] for name in node.input[1:3])
            signed = numpy_helper.to_array(weights).astype(np.int16) - ZERO_POINT
            halved = np.clip(np.round(signed / 2), -ZERO_POINT // 2, ZERO_POINT // 2 - 1) + ZERO_POINT
            weights.CopyFrom(numpy_helper.from_array(halved.astype(np.uint8), weights.name))
            scale.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(scale) * 2, scale.name))


def main() -> None:
    """Write the files, and what their digests are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, default=MODELS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    export(model.restored(options.weights, "mpnet"), options.out)
    for name in ("reader.onnx", "reader-words.safetensors"):
        content = (options.out / name).read_bytes()
        print(json.dumps({"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}))


if __name__ == "__main__":
    main()
