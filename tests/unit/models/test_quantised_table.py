"""An embedding table in 4 bits gives back rows close to those that went in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qa.models.quantised_table import BLOCK, QuantisedTable


@given(
    arrays(
        np.float32, (3, 2 * BLOCK), elements=st.floats(-100, 100, width=32, allow_subnormal=False)
    )
)
def test_each_number_is_within_half_a_level(table: np.ndarray) -> None:
    """The error is at most half the distance of two levels of the block, and of the scale's rounding."""
    decoded = QuantisedTable.quantise(table).rows([2, 0, 1])
    assert decoded.shape == table.shape
    largest = np.abs(table[[2, 0, 1]]).reshape(3, 2, BLOCK).max(axis=2).repeat(BLOCK, axis=1)
    assert (np.abs(decoded - table[[2, 0, 1]]) <= largest * (0.5 / 7 + 0.01) + 1e-6).all()


def test_what_is_stored_is_read() -> None:
    """The tensors of a table make the same table; others are refused."""
    table = QuantisedTable.quantise(np.linspace(-1, 1, 4 * BLOCK, dtype=np.float32).reshape(2, -1))
    assert table.packed.nbytes == 4 * BLOCK // 2
    assert (QuantisedTable.load(table.tensors).rows([1]) == table.rows([1])).all()
    with pytest.raises(KeyError):
        QuantisedTable.load({"rows": table.packed})
