"""What is added to the encoder of many languages, and the heads over it, by hand."""

from __future__ import annotations

import numpy as np

from qa.models.language_spans import scores
from qa.models.low_rank import merged, restored


def test_a_product_is_added_to_a_matrix() -> None:
    """The two narrow matrices of a name are multiplied and added to its weights; others stay."""
    weights = {"a.weight": np.eye(2, 3, dtype=np.float32), "a.bias": np.ones(2, np.float32)}
    added = {
        "a.left": np.array([[1, 2]], np.float32),
        "a.right": np.array([[0, 3, 1]], np.float32),
    }
    whole = merged(weights, added)
    assert whole["a.weight"].tolist() == [[1, 3, 1], [0, 7, 2]]
    assert whole["a.bias"].tolist() == [1, 1]
    assert weights["a.weight"].tolist() == [[1, 0, 0], [0, 1, 0]]


def test_rounded_rows_have_their_scales() -> None:
    """Whole numbers are multiplied by the scale of their row; what has no scale is only widened."""
    held: dict[str, np.ndarray] = {
        "a.left": np.array([[2, -31], [4, 0]], np.int8),
        "a.left.scale": np.array([0.5, 0.25], np.float16),
        "spans.bias": np.array([1.5], np.float16),
    }
    whole = restored(held)
    assert whole["a.left"].tolist() == [[1.0, -15.5], [1.0, 0.0]]
    assert whole["spans.bias"].dtype == np.float32
    assert sorted(whole) == ["a.left", "spans.bias"]


def test_the_heads_by_hand() -> None:
    """Each token has a start and an end logit; the first one's row gives the three of the whole."""
    weights = {
        "spans.weight": np.array([[1, 0], [0, 1]], np.float32),
        "spans.bias": np.array([0, 1], np.float32),
        "pair.0.weight": np.array([[1, 0], [0, 0]], np.float32),
        "pair.0.bias": np.zeros(2, np.float32),
        "pair.3.weight": np.array([[1, 0], [2, 0], [0, 1]], np.float32),
        "pair.3.bias": np.array([0, 0, 5], np.float32),
    }
    spans, pair = scores(np.array([[0.5, 7], [3, 4]], np.float32), weights)
    assert spans.tolist() == [[0.5, 8], [3, 5]]
    assert np.allclose(pair, [np.tanh(0.5), 2 * np.tanh(0.5), 5])
