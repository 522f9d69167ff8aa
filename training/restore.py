"""Converts the shipped weights back into the form that training starts from.

    python -m training.restore WEIGHTS

The quantisation error remains; a few hundred updates make up for it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.numpy import load_file

from qa.models.quantised_table import QuantisedTable
from qa.models.reader_manifest import GRAPH, WORDS
from training import model
from training.export import MODELS
from training.integer_products import widened

Arrays = dict[str, np.ndarray]


def restored(folder: Path) -> Arrays:
    """Return an exported reader's parameters in float32, by their names in `model.Reader`.

    Raises:
        ValueError: a weight of the graph has a name that `export.py` does not give.
    """
    graph = onnx.load(folder / GRAPH).graph
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    # Biases and embeddings keep their names; the weights of products are named after their node.
    found = {
        name.removeprefix("reader."): value
        for name, value in held.items()
        if name.startswith("reader.") and "Transposed" not in name
    }
    for name, weight in widened(graph).items():
        found[_parameter(name)] = weight.T
    table = QuantisedTable.load(load_file(folder / WORDS))
    found["encoder.embeddings.word_embeddings.weight"] = table.rows(range(len(table.packed)))
    return found


def _parameter(node: str) -> str:
    """Return the parameter of a node such as `/encoder/layer.0/.../q/MatMul_quant`.

    The last part but one is the module; for the heads it holds the full name.
    """
    path = node.removeprefix("/").rsplit("/", 1)[0].split("/")
    if path[0] not in {"encoder", "spans", "pair"}:
        raise ValueError(f"{node} is not a product of an exported reader")
    return ".".join(["encoder", *path] if path[0] == "encoder" else path[-1:]) + ".weight"


def main() -> None:
    """Write the weights; parameters that the graph lacks are the base's."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path, help="the file to write")
    parser.add_argument(
        "--models", type=Path, default=MODELS, help="the folder with the exported reader"
    )
    options = parser.parse_args()
    reader = model.fresh("mpnet")
    arrays = {
        name: torch.tensor(np.ascontiguousarray(value))
        for name, value in restored(options.models).items()
    }
    absent, unknown = reader.load_state_dict(arrays, strict=False)
    print("as in the base:", *absent)
    if unknown:
        raise ValueError(f"not parameters of a reader: {', '.join(unknown)}")
    options.weights.parent.mkdir(parents=True, exist_ok=True)
    model.save(dict(reader.named_parameters()), options.weights)


if __name__ == "__main__":
    main()
