"""An embedding table in 4 bits: blocks with a scale each, decoded row by row as needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Numbers that share a scale.
BLOCK = 32
_LARGEST = 7


@dataclass(frozen=True, slots=True)
class QuantisedTable:
    """A table of float numbers, stored in 4.5 bits each.

    Attributes:
        packed: two numbers per byte, the first in the low half, each plus 8; shape
            (rows, width / 2).
        scales: float16, one per block: shape (rows, width / BLOCK).
    """

    packed: NDArray[np.uint8]
    scales: NDArray[np.float16]

    @classmethod
    def quantise(cls, table: NDArray[np.float32]) -> QuantisedTable:
        """Return a table, shape (rows, width), rounded to the nearest of 15 levels of its block."""
        import numpy as np

        blocks = table.astype(np.float32).reshape(len(table), -1, BLOCK)
        scales = (np.abs(blocks).max(axis=2) / _LARGEST).astype(np.float16)
        divisors = np.where(scales == 0, 1, scales).astype(np.float32)
        levels = np.clip(np.round(blocks / divisors[:, :, None]), -_LARGEST, _LARGEST)
        halves = (levels.reshape(len(table), -1) + 8).astype(np.uint8)
        packed = (halves[:, 0::2] | (halves[:, 1::2] << 4)).astype(np.uint8)
        return cls(packed, scales)

    @classmethod
    def load(cls, tensors: Mapping[str, NDArray[Any]]) -> QuantisedTable:
        """Return the table that `tensors` wrote.

        Raises:
            KeyError: it is something else.
        """
        return cls(tensors["packed"], tensors["scales"])

    @property
    def tensors(self) -> dict[str, NDArray[Any]]:
        """What to store."""
        return {"packed": self.packed, "scales": self.scales}

    def rows(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Return some rows as float32: shape (len(ids), width)."""
        import numpy as np

        packed = self.packed[list(ids)]
        levels = np.empty((len(packed), 2 * packed.shape[1]), dtype=np.float32)
        levels[:, 0::2] = packed & 15
        levels[:, 1::2] = packed >> 4
        levels -= 8
        scales = self.scales[list(ids)].astype(np.float32)
        return levels * np.repeat(scales, BLOCK, axis=1)
