"""Writes the graph of all-MiniLM-L6-v2 with which ONNX Runtime embeds passages.

    python -m training.encoder_graph

The weights stay in the package that carries them: the graph only names them as their file does, and
`qa.models.bert_graph` hands them over. It is made of ONNX Runtime's own fused operators.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from qa.models.bert_graph import GRAPH, SHAPE

MODELS = Path(__file__).resolve().parent.parent / "qa" / "models"
_WIDTH, _WIDE = SHAPE["hidden_size"], SHAPE["intermediate_size"]
_FUSED = "com.microsoft"


class Graph:
    """Nodes and weights, in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, inputs, [name], name, domain=domain, **attributes)
        )
        return name

    def constant(self, name: str, *values: int) -> str:
        """Add a vector of integers, and return its name."""
        self.weights.append(numpy_helper.from_array(np.array(values, dtype=np.int64), name))
        return name

    def weight(self, name: str, *shape: int) -> str:
        """Add a weight that is handed over when the graph is loaded, and return its name."""
        tensor = onnx.TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="model.safetensors")
        self.weights.append(tensor)
        return name

    def linear(self, values: str, name: str, outputs: int, inputs: int) -> str:
        """Add a linear layer."""
        weight = self.weight(f"{name}.weight", outputs, inputs)
        return self.add("Gemm", values, weight, self.weight(f"{name}.bias", outputs), transB=1)

    def normalise(self, values: str, others: str, name: str) -> str:
        """Add the sum of two values, normalised."""
        parts = (self.weight(f"{name}.LayerNorm.{part}", _WIDTH) for part in ("weight", "bias"))
        return self.add(
            "SkipLayerNormalization",
            values,
            others,
            *parts,
            domain=_FUSED,
            epsilon=SHAPE["layer_norm_eps"],
        )

    def layer(self, hidden: str, name: str) -> str:
        """Add a layer of the encoder."""
        query, key, value = (
            self.add(
                "Reshape",
                self.linear(hidden, f"{name}.attention.self.{part}", _WIDTH, _WIDTH),
                "texts",
            )
            for part in ("query", "key", "value")
        )
        heads = SHAPE["num_attention_heads"]
        mixed = self.add(
            "MultiHeadAttention", query, key, value, "", "mask", domain=_FUSED, num_heads=heads
        )
        mixed = self.add("Reshape", mixed, "rows")
        mixed = self.linear(mixed, f"{name}.attention.output.dense", _WIDTH, _WIDTH)
        hidden = self.normalise(mixed, hidden, f"{name}.attention.output")
        inner = f"{name}.intermediate.dense"
        wide = self.add("Gemm", hidden, self.weight(f"{inner}.weight", _WIDE, _WIDTH), transB=1)
        wide = self.add("BiasGelu", wide, self.weight(f"{inner}.bias", _WIDE), domain=_FUSED)
        narrow = self.linear(wide, f"{name}.output.dense", _WIDTH, _WIDE)
        return self.normalise(narrow, hidden, f"{name}.output")


def build() -> onnx.ModelProto:
    """Return the graph.

    It takes ids (texts, tokens), their positions (texts * tokens,) and a mask (texts, tokens) of
    what is no padding, and gives the last layer's rows (texts * tokens, width).
    """
    graph = Graph()
    rows = graph.constant("rows", -1, _WIDTH)
    shape = graph.add("Shape", "ids")
    shape = graph.add("Concat", shape, graph.constant("width", _WIDTH), axis=0)
    graph.nodes.append(helper.make_node("Identity", [shape], ["texts"], "texts"))
    embeddings = {
        part: graph.weight(f"embeddings.{part}_embeddings.weight", SHAPE[size], _WIDTH)
        for part, size in (("word", "vocab_size"), ("position", "max_position_embeddings"))
    }
    words = graph.add("Reshape", graph.add("Gather", embeddings["word"], "ids"), rows)
    places = graph.add("Gather", embeddings["position"], "positions")
    hidden = graph.normalise(words, places, "embeddings")
    for number in range(SHAPE["num_hidden_layers"]):
        hidden = graph.layer(hidden, f"encoder.layer.{number}")
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"]),
        helper.make_tensor_value_info("positions", TensorProto.INT64, ["rows"]),
        helper.make_tensor_value_info("mask", TensorProto.INT32, ["texts", "tokens"]),
    ]
    output = helper.make_tensor_value_info(hidden, TensorProto.FLOAT, ["rows", _WIDTH])
    made = helper.make_graph(graph.nodes, "encoder", inputs, [output], graph.weights)
    operators = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
    return helper.make_model(made, opset_imports=operators, ir_version=9)


def main() -> None:
    """Write the graph into qa/models."""
    onnx.save(build(), MODELS / GRAPH)
    print(f"{GRAPH}: {(MODELS / GRAPH).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
