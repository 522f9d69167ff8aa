"""The rewriting of a reader's products into those of 8-bit integers."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="training/requirements.txt is not installed")

from onnx import ModelProto, TensorProto, helper, numpy_helper

from training.integer_products import rewrite, widened

pytestmark = pytest.mark.integration

_NARROW, _WIDE = 64, 1024
_NODES = ("/encoder/layer.0/first/MatMul", "/encoder/layer.0/second/MatMul", "/spans/MatMul")


def _model(rng: np.random.Generator) -> ModelProto:
    """Return a normalisation with one large channel, two layers' products, and a head's."""
    gamma = np.ones(_NARROW, np.float32)
    gamma[7] = 60
    shapes = ((_NARROW, _WIDE), (_WIDE, _NARROW), (_NARROW, 2))
    weights = {
        "reader.gamma": gamma,
        "reader.beta": np.zeros(_NARROW, np.float32),
        **{f"w{n}": rng.normal(size=shape).astype(np.float32) for n, shape in enumerate(shapes)},
    }
    nodes = [
        helper.make_node("LayerNormalization", ["x", "reader.gamma", "reader.beta"], ["n"]),
        helper.make_node("MatMul", ["n", "w0"], ["a"], _NODES[0]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("MatMul", ["b", "w1"], ["c"], _NODES[1]),
        helper.make_node("MatMul", ["c", "w2"], ["y"], _NODES[2]),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "length", _NARROW])
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, "length", 2])
    held = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "reader", [given], [made], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    return model


def _run(model: ModelProto, values: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    result: np.ndarray = session.run(["y"], {"x": values})[0]
    return result


def test_what_integers_multiply_is_near_to_what_floats_do() -> None:
    """A large channel costs the others no precision, and the head stays in 32 bits."""
    rng = np.random.default_rng(1)
    model = _model(rng)
    values = rng.normal(size=(1, 9, _NARROW)).astype(np.float32)
    exact = _run(model, values)
    rewrite(model)
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("MatMulIntegerToFloat") == 1 + 2  # the wide input has two blocks
    assert np.linalg.norm(_run(model, values) - exact) < 0.02 * np.linalg.norm(exact)


def test_the_weights_can_be_had_back() -> None:
    """Training can start from a rewritten graph: each weight comes back but for its rounding."""
    model = _model(np.random.default_rng(2))
    before = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    rewrite(model)
    found = widened(model.graph)
    assert list(found) == list(_NODES)
    for number, name in enumerate(_NODES):
        exact = before[f"w{number}"]
        assert np.abs(found[name] - exact).max() <= np.abs(exact).max() / 63 / 2 + 1e-6
