"""Converts a trained judge into the form that ships: what it adds to the reader's graph.

    python -m training.export_judge WEIGHTS [--out FOLDER]

`judge.onnx` is the reader's graph with the products of low rank and the judge's heads. It holds
these only, in 16 bits: for the reader's own weights it names the places where they lie in
reader.onnx, which has to be in the same folder, so that the package holds them once.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

from qa.models.reader_manifest import GRAPH
from training.export import MODELS

JUDGE = "judge.onnx"
# Smaller weights of the reader are copied.
_SHARED_BYTES = 4096
# The modules of a layer by their names in `judge_model.Layer`, and in the reader's graph.
_MODULES = {
    **{name: f"attention/attn/{name}" for name in "qkvo"},
    "wide": "intermediate/dense",
    "narrow": "output/dense",
}

Arrays = Mapping[str, np.ndarray]


def export(arrays: Arrays, frozen: int, folder: Path) -> None:
    """Write judge.onnx into the folder that holds reader.onnx.

    Args:
        arrays: the judge's parameters by their names in `judge_model.Judge`.
        frozen: how many of the lowest layers have nothing added.
        folder: where both lie.
    """
    model = onnx.load(folder / GRAPH)
    graph = model.graph
    _share(graph, (folder / GRAPH).read_bytes())
    last = _top(graph)
    for head in [n for n in graph.node if n.name.startswith(("/spans", "/pair", "/Gather_"))]:
        graph.node.remove(head)
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    layers = sorted({int(name.split(".")[1]) for name in arrays if name.startswith("layers.")})
    for layer in layers:
        for module, place in _MODULES.items():
            pair = [arrays[f"layers.{layer}.{module}.{part}"] for part in ("down", "up")]
            _adapt(graph, f"/encoder/layer.{layer + frozen}/{place}", *pair)
    _add_heads(graph, arrays, last)
    onnx.save(model, folder / JUDGE)


def _top(graph: onnx.GraphProto) -> str:
    """Return the name of the hidden states that the heads read."""
    (spans,) = (node for node in graph.node if node.name.startswith("/spans/MatMul"))
    return str(spans.input[0])


def _share(graph: onnx.GraphProto, whole: bytes) -> None:
    """Replace large weights by their places in the reader's file."""
    for tensor in graph.initializer:
        raw = tensor.raw_data
        if len(raw) >= _SHARED_BYTES:
            offset = whole.find(raw)
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", GRAPH), ("offset", offset), ("length", len(raw))):
                tensor.external_data.add(key=key, value=str(value))


def _adapt(graph: onnx.GraphProto, name: str, down: np.ndarray, up: np.ndarray) -> None:
    """Add a product of low rank to the one of a module."""
    at, product = next(
        (at, node) for at, node in enumerate(graph.node) if node.name.startswith(f"{name}/MatMul")
    )
    out = product.output[0]
    product.output[0] = f"{out}_base"
    added = [
        *_half(graph, f"{name}/down", down.T),
        *_half(graph, f"{name}/up", up.T),
        helper.make_node("MatMul", [product.input[0], f"{name}/down"], [f"{name}/lower"]),
        helper.make_node("MatMul", [f"{name}/lower", f"{name}/up"], [f"{name}/added"]),
        helper.make_node("Add", [f"{out}_base", f"{name}/added"], [out]),
    ]
    for by, node in enumerate(added, start=1):
        graph.node.insert(at + by, node)


def _half(graph: onnx.GraphProto, name: str, array: np.ndarray) -> Iterator[onnx.NodeProto]:
    """Add a weight in 16 bits; yield the node that widens it, once, when the graph is loaded."""
    half = np.ascontiguousarray(array, dtype=np.float16)
    graph.initializer.append(numpy_helper.from_array(half, f"{name}/half"))
    yield helper.make_node("Cast", [f"{name}/half"], [name], to=TensorProto.FLOAT)


def _add_heads(graph: onnx.GraphProto, arrays: Arrays, hidden: str) -> None:
    """Add the heads: verdicts (1, 3), and evidence of each token (1, length, 1)."""
    graph.initializer.append(numpy_helper.from_array(np.array(0, dtype=np.int64), "judge/first"))
    for head in ("pooled", "verdict", "evidence"):
        graph.node.extend(_half(graph, f"judge/{head}", arrays[f"{head}.weight"].T))
        bias = arrays[f"{head}.bias"].astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(bias, f"judge/{head}/bias"))
    steps = [
        ("Gather", [hidden, "judge/first"], "judge/cls"),
        ("Gemm", ["judge/cls", "judge/pooled", "judge/pooled/bias"], "judge/dense"),
        ("Tanh", ["judge/dense"], "judge/tanh"),
        ("Gemm", ["judge/tanh", "judge/verdict", "judge/verdict/bias"], "verdict"),
        ("MatMul", [hidden, "judge/evidence"], "judge/scores"),
        ("Add", ["judge/scores", "judge/evidence/bias"], "evidence"),
    ]
    for kind, inputs, output in steps:
        attributes: dict[str, Any] = {"axis": 1} if kind == "Gather" else {}
        graph.node.append(helper.make_node(kind, inputs, [output], **attributes))
    del graph.output[:]
    graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        for name in ("verdict", "evidence")
    )


def main() -> None:
    """Write the graph."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--frozen", type=int, default=6, help="as in `train_judge`")
    parser.add_argument("--out", type=Path, default=MODELS)
    options = parser.parse_args()
    export(load_file(options.weights), options.frozen, options.out)
    print(f"{JUDGE}: {(options.out / JUDGE).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
