"""What training adds to the linear layers of a packaged encoder: products of two narrow matrices.

They ship rounded, and are added to the encoder's own weights when these are loaded.

Source: Hu et al., "LoRA: Low-rank adaptation of large language models", 2022.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qa.models.bert import Floats

LEVELS = 31
"""Numbers are rounded to this many steps on each side of zero, of a row's scale."""

SCALE, LEFT, RIGHT = ".scale", ".left", ".right"
"""What follows a name: the scales of its rows, and the two matrices of a product."""


def merged(weights: Mapping[str, Floats], added: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return weights to which products of two matrices are added.

    Args:
        weights: by name; matrices have the shape (out, in).
        added: NAME.left, shape (rank, out), and NAME.right, shape (rank, in), for some names.
    """
    whole = dict(weights)
    for name in added:
        if name.endswith(LEFT):
            base = name.removesuffix(LEFT)
            product = added[name].T @ added[f"{base}{RIGHT}"]
            whole[f"{base}.weight"] = whole[f"{base}.weight"] + product
    return whole


def restored(held: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Return what `training.low_rank` rounded, in float32."""
    whole = {}
    for name, values in held.items():
        if not name.endswith(SCALE):
            scales = held.get(f"{name}{SCALE}")
            given = values.astype(np.float32)
            whole[name] = given if scales is None else given * scales.astype(np.float32)[:, None]
    return whole
