"""Converts trained weights into the form that ships, in qa/models.

    python -m training.export WEIGHTS

The encoder and its heads become an ONNX graph whose layers multiply 8-bit integers
(`integer_products.py`). One scale for a whole tensor of activations would cost a tenth of F1, since
a few activations are far larger than the others. Only 7 of the weights' 8 bits are used, which also
compresses into a smaller wheel. The word embeddings stay outside the graph, in 4 bits with one
scale for each block of 32: only the rows of a question's and a passage's tokens are ever decoded.
The digests of both files go into the reader's manifest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path

import onnx
import torch
from safetensors.numpy import save
from torch import Tensor, nn

from qa.models.quantised_table import QuantisedTable
from qa.models.reader_manifest import GRAPH, NAME, WORDS
from training import model
from training.integer_products import rewrite

MODELS = Path(__file__).resolve().parent.parent / "qa" / "models"
# MPNet numbers positions from the id of its padding token plus one.
_FIRST_POSITION = 2


class Graph(nn.Module):
    """The exported network: word vectors (1, length, width) -> span and pair logits.

    Span logits have shape (length, 2), pair logits (3,).
    """

    def __init__(self, reader: model.Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return start and end logits of each token, and the no-answer and answerable logits."""
        embeddings, encoder = self.reader.encoder.embeddings, self.reader.encoder.encoder
        places = embeddings.position_embeddings.weight[
            _FIRST_POSITION : _FIRST_POSITION + words.shape[1]
        ]
        hidden = encoder(embeddings.LayerNorm(words + places))[0]
        return self.reader.spans(hidden)[0], self.reader.pair(hidden[:, 0])[0]


def export(reader: model.Reader, folder: Path) -> None:
    """Write `reader.onnx` and `reader-words.safetensors` into a folder."""
    table = reader.encoder.embeddings.word_embeddings.weight.detach().numpy()
    (folder / WORDS).write_bytes(save(QuantisedTable.quantise(table).tensors))
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / GRAPH
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
        exported = onnx.load(whole)
    rewrite(exported)
    onnx.save(exported, folder / GRAPH)


def main() -> None:
    """Write the weights and their digests."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, default=MODELS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    export(model.restored(options.weights, "mpnet"), options.out)
    digests = {
        name: hashlib.sha256((options.out / name).read_bytes()).hexdigest()
        for name in (GRAPH, WORDS)
    }
    manifest = json.loads((MODELS / NAME).read_text(encoding="utf-8")) | {"weights": digests}
    (options.out / NAME).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(digests, indent=2))


if __name__ == "__main__":
    main()
