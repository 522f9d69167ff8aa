"""Writes the graphs of the encoders with which ONNX Runtime embeds passages.

    python -m training.encoder_graph

The weights stay in the packages that carry them: a graph only names them as BERT does, and
`qa.models.bert_graph` hands them over. It is made of ONNX Runtime's own fused operators.
`export_judge.py` makes a graph of the same layers that holds weights of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper, numpy_helper

from qa.models import e5
from qa.models.bert_graph import GRAPH, SHAPE
from qa.models.judge_model import WORDS

MODELS = Path(__file__).resolve().parent.parent / "qa" / "models"
_WIDTH, _WIDE = SHAPE["hidden_size"], SHAPE["intermediate_size"]
_FUSED = "com.microsoft"


class Graph:
    """Nodes and weights, in the order in which they are added.

    Args:
        mask: the input that says what is no padding; "" if there is none.
    """

    def __init__(self, mask: str = "mask") -> None:
        self.mask = mask
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

    def parameter(self, name: str, *shape: int) -> str:
        """Add a weight of the layers, and return its name."""
        return self.weight(name, *shape)

    def linear(self, values: str, name: str, outputs: int, inputs: int) -> str:
        """Add a linear layer."""
        weight = self.parameter(f"{name}.weight", outputs, inputs)
        return self.add("Gemm", values, weight, self.parameter(f"{name}.bias", outputs), transB=1)

    def normalise(self, values: str, others: str, name: str) -> str:
        """Add the sum of two values, normalised."""
        parts = (self.parameter(f"{name}.LayerNorm.{part}", _WIDTH) for part in ("weight", "bias"))
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
        seen = ("", self.mask) if self.mask else ()
        mixed = self.add(
            "MultiHeadAttention", query, key, value, *seen, domain=_FUSED, num_heads=heads
        )
        mixed = self.add("Reshape", mixed, "rows")
        mixed = self.linear(mixed, f"{name}.attention.output.dense", _WIDTH, _WIDTH)
        hidden = self.normalise(mixed, hidden, f"{name}.attention.output")
        inner = f"{name}.intermediate.dense"
        wide = self.add("Gemm", hidden, self.parameter(f"{inner}.weight", _WIDE, _WIDTH), transB=1)
        wide = self.add("BiasGelu", wide, self.parameter(f"{inner}.bias", _WIDE), domain=_FUSED)
        narrow = self.linear(wide, f"{name}.output.dense", _WIDTH, _WIDE)
        return self.normalise(narrow, hidden, f"{name}.output")

    def encoder(
        self, types: str = "", *, given: str = "", layers: int = SHAPE["num_hidden_layers"]
    ) -> str:
        """Add the encoder, and return the name of its output: rows (texts * tokens, width).

        It takes `ids` (texts, tokens) and `positions` (texts * tokens,). Where `types` names no
        input, all tokens are of the type that is in the weights of the positions. Where `given`
        names an input, that holds the rows of the input table, in place of `ids`.
        """
        rows = self.constant("rows", -1, _WIDTH)
        shape = self.add("Shape", self.mask if given else "ids")
        shape = self.add("Concat", shape, self.constant("width", _WIDTH), axis=0)
        self.nodes.append(helper.make_node("Identity", [shape], ["texts"], "texts"))
        words = given or self._looked_up(rows)
        table = "embeddings.position_embeddings.weight"
        places = self.parameter(table, SHAPE["max_position_embeddings"], _WIDTH)
        places = self.add("Gather", places, "positions")
        if types:
            table = self.parameter("embeddings.token_type_embeddings.weight", 2, _WIDTH)
            marks = self.add("Reshape", self.add("Gather", table, types), rows)
            places = self.add("Add", places, marks)
        hidden = self.normalise(words, places, "embeddings")
        for number in range(layers):
            hidden = self.layer(hidden, f"encoder.layer.{number}")
        return hidden

    def _looked_up(self, rows: str) -> str:
        words = self.weight(WORDS, SHAPE["vocab_size"], _WIDTH)
        return self.add("Reshape", self.add("Gather", words, "ids"), rows)

    def model(
        self, name: str, inputs: Mapping[str, Sequence[str | int]], *outputs: str
    ) -> ModelProto:
        """Return the graph; `inputs` are 64-bit integers, but for mask and words."""
        kinds = {self.mask: TensorProto.INT32, "words": TensorProto.FLOAT}
        taken = [
            helper.make_tensor_value_info(one, kinds.get(one, TensorProto.INT64), list(shape))
            for one, shape in inputs.items()
        ]
        given = [helper.make_tensor_value_info(one, TensorProto.FLOAT, None) for one in outputs]
        made = helper.make_graph(self.nodes, name, taken, given, self.weights)
        operators = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(made, opset_imports=operators, ir_version=9)


def build() -> ModelProto:
    """Return the graph.

    It takes ids (texts, tokens), their positions (texts * tokens,) and a mask (texts, tokens) of
    what is no padding, and gives the last layer's rows (texts * tokens, width).
    """
    graph = Graph()
    inputs = {
        "ids": ("texts", "tokens"),
        "positions": ("rows",),
        "mask": ("texts", "tokens"),
    }
    return graph.model("encoder", inputs, graph.encoder())


def build_e5() -> ModelProto:
    """Return the graph of multilingual-e5-small: it takes rows of the input table, not ids."""
    graph = Graph()
    inputs = {
        "words": ("rows", _WIDTH),
        "positions": ("rows",),
        "mask": ("texts", "tokens"),
    }
    return graph.model("encoder", inputs, graph.encoder(given="words", layers=e5.LAYERS))


def main() -> None:
    """Write the graphs into qa/models."""
    for name, graph in ((GRAPH, build()), (e5.GRAPH, build_e5())):
        onnx.save(graph, MODELS / name)
        print(f"{name}: {(MODELS / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
