"""Converts a trained judge into the form that ships.

    python -m training.export_judge DIR/judge.safetensors [--out FOLDER]

`judge.onnx` holds the network (see `judge_model.py`) with one 8-bit number for each weight and one
scale for each row of a matrix; ONNX Runtime widens them once, when the graph is loaded. The
embeddings of words, which training leaves as they are, stay in the packaged encoder's file.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from safetensors.numpy import load_file

from qa.models.judge_model import GRAPH
from training.encoder_graph import MODELS, Graph

Arrays = Mapping[str, np.ndarray]

_LARGEST = 127
# The encoder's weights by their names in `judge_model.Judge`.
_ENCODER = "encoder."


class JudgeGraph(Graph):
    """A graph that holds its weights, in 8 bits where they are matrices.

    Args:
        arrays: the judge's parameters by their names in `judge_model.Judge`.
    """

    def __init__(self, arrays: Arrays) -> None:
        super().__init__(mask="")
        self._arrays = arrays

    def parameter(self, name: str, *shape: int) -> str:
        """Add a weight, and return the name of its values."""
        array = self._arrays[name if name in self._arrays else _ENCODER + name]
        if array.shape != shape:
            raise ValueError(f"{name} has the shape {array.shape}, not {shape}")
        if array.ndim == 1:
            self.weights.append(numpy_helper.from_array(array.astype(np.float32), name))
            return name
        scale = np.abs(array).max(axis=1, keepdims=True) / _LARGEST
        levels = np.round(array / np.where(scale == 0, 1, scale)).astype(np.int8)
        self.weights.append(numpy_helper.from_array(levels, f"{name}/levels"))
        self.weights.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}/scale"))
        widened = self.add("Cast", f"{name}/levels", to=TensorProto.FLOAT)
        return self.add("Mul", widened, f"{name}/scale")


def build(arrays: Arrays) -> onnx.ModelProto:
    """Return the graph: ids, types (1, tokens) and positions (tokens,) -> verdict (1, 3)."""
    graph = JudgeGraph(arrays)
    hidden = graph.encoder("types")
    width = arrays["pooled.weight"].shape[0]
    first = graph.add("Gather", hidden, graph.constant("first", 0), axis=0)
    pooled = graph.add("Tanh", graph.linear(first, "pooled", width, width))
    verdict = graph.linear(pooled, "verdict", len(arrays["verdict.bias"]), width)
    graph.nodes[-1].output[0] = verdict = "verdict"
    inputs = {"ids": ("one", "tokens"), "types": ("one", "tokens"), "positions": ("tokens",)}
    return graph.model("judge", inputs, verdict)


def main() -> None:
    """Write the graph."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, default=MODELS)
    options = parser.parse_args()
    onnx.save(build(load_file(options.weights)), options.out / GRAPH)
    print(f"{GRAPH}: {(options.out / GRAPH).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
