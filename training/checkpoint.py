"""Checkpoints of a training run, so that a killed run resumes."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from training.schedule import Progress


class Average:
    """Exponential moving average of a reader's parameters (Polyak and Juditsky, 1992)."""

    def __init__(self, reader: nn.Module, decay: float) -> None:
        self._live = dict(reader.named_parameters())
        self._decay = decay
        self.values = {name: value.detach().clone() for name, value in self._live.items()}

    def update(self, updates: int) -> None:
        """Move towards the live parameters, faster in the first updates."""
        decay = min(self._decay, (1 + updates) / (10 + updates))
        live = [value.detach() for value in self._live.values()]
        torch._foreach_lerp_(list(self.values.values()), live, 1 - decay)


@dataclass(frozen=True, slots=True)
class Run:
    """The state that a checkpoint holds."""

    reader: nn.Module
    optimiser: torch.optim.Optimizer
    average: Average
    progress: Progress
    digest: str

    def save(self, path: Path) -> None:
        """Write the state atomically."""
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            torch.save(self._state(), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def load(self, path: Path) -> None:
        """Restore the state from a checkpoint.

        Raises:
            ValueError: the checkpoint was written for other data or another order of it.
        """
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["digest"] != self.digest:
            raise ValueError(
                f"{path} was written for other data or settings: give another --out, or remove it"
            )
        self.reader.load_state_dict(state["reader"])
        self.optimiser.load_state_dict(state["optimiser"])
        for name, value in state["average"].items():
            self.average.values[name].copy_(value)
        for name, value in state["progress"].items():
            setattr(self.progress, name, value)
        restore_random(state["random"])

    def _state(self) -> dict[str, Any]:
        return {
            "digest": self.digest,
            "reader": self.reader.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.values,
            "progress": asdict(self.progress),
            "random": random_state(),
        }


def random_state() -> list[Tensor]:
    """Return the state of torch's random generators: the CPU's, then each GPU's."""
    return [
        torch.get_rng_state(),
        *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []),
    ]


def restore_random(states: list[Tensor]) -> None:
    """Restore the generators' state that `random_state` returned."""
    torch.set_rng_state(states[0])
    if torch.cuda.is_available() and len(states) > 1:
        torch.cuda.set_rng_state_all(states[1:])
