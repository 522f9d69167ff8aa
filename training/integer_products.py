"""Makes the layers of a reader's graph multiply 8-bit integers, as any processor does fast.

    python -m training.integer_products FROM.onnx TO.onnx

Each token's row of an input gets one scale, each column of the weights another, so that ONNX
Runtime multiplies whole matrices of integers. With scales for blocks of 128 (`MatMulNBits`) it
takes twice the processor time where the processor has only AVX2: more than for 32 bits.

A few channels of a normalised input are far larger than all others, at every token, and would leave
these few levels. They are multiplied in 32 bits, and added (Dettmers et al., "LLM.int8()", 2022);
the normalisation's own weights tell which ones they are. In the wide layer they differ from text to
text: there a scale is for a block of 512.

Weights have 7 bits: the products of two neighbours with 8 bits fit into the 16 bits in which AVX2
adds them.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

Floats = NDArray[np.float32]

OUTLIERS = 16
"""Channels of a normalised input that are multiplied in 32 bits."""

BLOCK = 512
"""Channels with a scale of their own, of an input that was not normalised."""

_LARGEST, _ZERO = 127, 128
_LARGEST_WEIGHT = 63
_FUSED = "com.microsoft"
_LAYER = "/encoder/layer."


class IntegerProducts:
    """Rewrites one graph.

    Args:
        graph: of an exported reader; it is changed by `rewrite`.
    """

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._held = {tensor.name: tensor for tensor in graph.initializer}
        self._made = {node.output[0]: node for node in graph.node}
        self._width: dict[str, int] = {}
        self._quantised: dict[str, tuple[NDArray[np.int64], int]] = {}
        """Inputs that have been quantised -> their channels that are not, and their blocks."""

    def rewrite(self) -> None:
        """Replace each product of the layers."""
        values: dict[str, NDArray[Any]] = {
            "integer/one": np.array(1, np.float32),
            "integer/zero": np.array(_ZERO, np.uint8),
            "integer/largest": np.array(_LARGEST, np.float32),
        }
        for name, value in values.items():
            self._hold(name, value)
        nodes = [made for node in self._graph.node for made in self._rewritten(node)]
        del self._graph.node[:], self._graph.initializer[:]
        self._graph.node.extend(nodes)
        self._graph.initializer.extend(self._held.values())

    def _rewritten(self, node: NodeProto) -> Iterator[NodeProto]:
        weight = self._weight(node)
        if weight is None:
            yield node
            return
        if not node.name.startswith(_LAYER):
            name = self._hold(f"{node.name}/weight", weight)
            yield helper.make_node("MatMul", [node.input[0], name], node.output, node.name)
            return
        if node.input[0] not in self._quantised:
            self._width[node.input[0]] = len(weight)
            yield from self._quantise(node.input[0])
        yield from self._product(node, weight)

    def _weight(self, node: NodeProto) -> Floats | None:
        """Return the weights (in, out) of a product, which the graph no longer holds; else None."""
        if node.op_type == "MatMulNBits":
            levels, scale = (numpy_helper.to_array(self._held.pop(i)) for i in node.input[1:3])
            weight = (levels.astype(np.float32) - _ZERO) * scale.reshape(*levels.shape[:2], 1)
            return np.ascontiguousarray(weight.reshape(len(levels), -1).T)
        if node.op_type == "MatMul" and node.input[1] in self._held:
            kept: Floats = numpy_helper.to_array(self._held.pop(node.input[1]))
            return kept
        return None

    def _quantise(self, name: str) -> Iterator[NodeProto]:
        """Yield what makes 8 bits of an input (1, tokens, width): a scale for each token and block.

        A block is `BLOCK` channels, or all of a narrower input.
        """
        large = self._large(name)
        width, source, made = self._width[name], name, f"{name}/integer"
        blocks = max(1, width // BLOCK) if not len(large) else 1
        self._quantised[name] = large, blocks
        if len(large):
            mask = np.ones(width, np.float32)
            mask[large] = 0
            source, at = f"{made}/small", self._hold(f"{made}/at", large)
            yield helper.make_node("Mul", [name, self._hold(f"{made}/mask", mask)], [source])
            yield helper.make_node("Gather", [name, at], [f"{made}/large"], axis=2)
        rows = self._hold(f"{made}/shape", np.array([-1, width // blocks], np.int64))
        yield helper.make_node("Reshape", [source, rows], [f"{made}/rows"])
        yield helper.make_node("Abs", [f"{made}/rows"], [f"{made}/abs"])
        yield helper.make_node("ReduceMax", [f"{made}/abs"], [f"{made}/most"], axes=[1], keepdims=0)
        yield helper.make_node("Div", [f"{made}/most", "integer/largest"], [f"{made}/scale"])
        yield helper.make_node("Shape", [f"{made}/scale"], [f"{made}/count"])
        yield helper.make_node("Expand", ["integer/zero", f"{made}/count"], [f"{made}/zeros"])
        yield helper.make_node(
            "QuantizeLinear",
            [f"{made}/rows", f"{made}/scale", f"{made}/zeros"],
            [f"{made}/levels"],
            axis=0,
        )
        for part, wide in (("levels", width), ("scale", blocks)):
            back = self._hold(f"{made}/{part}/shape", np.array([1, -1, wide], np.int64))
            yield helper.make_node("Reshape", [f"{made}/{part}", back], [f"{made}/{part}/all"])
            parts = [f"{made}/{part}/{block}" for block in range(blocks)]
            yield helper.make_node("Split", [f"{made}/{part}/all"], parts, axis=2)

    def _large(self, name: str) -> NDArray[np.int64]:
        """Return the channels of an input that are far larger than the others."""
        before = self._made.get(name)
        if before is None or before.op_type != "LayerNormalization":
            return np.zeros(0, np.int64)
        gamma, beta = (np.abs(numpy_helper.to_array(self._held[i])) for i in before.input[1:3])
        return np.sort(np.argsort(-(gamma + beta))[:OUTLIERS]).astype(np.int64)

    def _product(self, node: NodeProto, weight: Floats) -> Iterator[NodeProto]:
        """Yield what multiplies an input with weights."""
        made, output = f"{node.input[0]}/integer", node.output[0]
        large, blocks = self._quantised[node.input[0]]
        small = weight.copy()
        small[large] = 0
        sums = []
        for block, part in enumerate(np.split(small, blocks)):
            scale = np.abs(part).max(axis=0) / _LARGEST_WEIGHT
            scale = np.where(scale == 0, 1, scale).astype(np.float32)
            name = f"{node.name}/{block}"
            levels = self._hold(f"{name}/levels", np.round(part / scale).astype(np.int8))
            held = [levels, "integer/one", self._hold(f"{name}/scale", scale), "integer/zero"]
            yield helper.make_node(
                "MatMulIntegerToFloat",
                [f"{made}/levels/{block}", *held],
                [f"{name}/whole"],
                name,
                domain=_FUSED,
            )
            sums.append(f"{name}/scaled")
            yield helper.make_node("Mul", [f"{name}/whole", f"{made}/scale/{block}"], sums[-1:])
        if len(large):
            rest = self._hold(f"{node.name}/large", np.ascontiguousarray(weight[large]))
            sums.append(f"{node.name}/rest")
            yield helper.make_node("MatMul", [f"{made}/large", rest], sums[-1:])
        yield helper.make_node("Sum", sums, [output], node.name)

    def _hold(self, name: str, value: NDArray[Any]) -> str:
        self._held[name] = numpy_helper.from_array(value, name)
        return name


def rewrite(model: onnx.ModelProto) -> None:
    """Replace each product of the layers of an exported reader."""
    IntegerProducts(model.graph).rewrite()
    if all(opset.domain != _FUSED for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid(_FUSED, 1))


def widened(graph: onnx.GraphProto) -> dict[str, Floats]:
    """Return the weights (in, out) of each product of a rewritten graph, by its node's name."""
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found = {}
    for node in graph.node:
        if node.op_type == "MatMul" and f"{node.name}/weight" in held:
            found[node.name] = held[f"{node.name}/weight"]
        if node.op_type == "Sum" and f"{node.name}/0/levels" in held:
            names = itertools.takewhile(
                lambda name: f"{name}/levels" in held,
                (f"{node.name}/{block}" for block in itertools.count()),
            )
            parts = [held[f"{n}/levels"] * held[f"{n}/scale"] for n in names]
            found[node.name] = np.concatenate(parts).astype(np.float32)
            if f"{node.name}/large" in held:
                source = next(n.input[0] for n in graph.node if n.output[0] == node.input[-1])
                at = held[f"{source.removesuffix('/large')}/at"]
                found[node.name][at] = held[f"{node.name}/large"]
    return found


def main() -> None:
    """Rewrite a graph."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    loaded = onnx.load(options.source)
    rewrite(loaded)
    onnx.save(loaded, options.target)


if __name__ == "__main__":
    main()
