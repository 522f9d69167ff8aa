"""What small networks on the packaged encoder share: the encoder, adapted, and their training."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from qa.models.bert_graph import SHAPE
from qa.models.encoder import packaged
from training.language_model import AdaptedEncoder
from training.schedule import Schedule
from training.train import computes_bf16

WIDTH: int = SHAPE["hidden_size"]

_Example = TypeVar("_Example")


@dataclass(frozen=True, slots=True)
class Run:
    """How long and how fast a network learns.

    Attributes:
        epochs: how often each example is seen.
        batch: examples in a batch.
        rate: the highest learning rate.
    """

    epochs: int
    batch: int
    rate: float


class PackagedEncoder(AdaptedEncoder):
    """The packaged encoder, frozen, with products of two narrow matrices added.

    Args:
        rank: of what is added to each linear layer.
    """

    def __init__(self, rank: int) -> None:
        bert = packaged().adapted({})
        weights = dict(bert.graph_weights())
        types = "embeddings.token_type_embeddings.weight"
        # `graph_weights` has added the type of all texts to the places.
        weights[types] = np.zeros((1, len(weights["embeddings.LayerNorm.bias"])), np.float32)
        super().__init__(weights, torch.tensor(bert.word_table), SHAPE["num_hidden_layers"], rank)
        self.bert = bert

    def read(self, ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Return the last layer's rows, shape (texts, tokens, WIDTH), and which are no padding."""
        rows = [torch.tensor(tokens) for tokens in ids]
        mask = pad_sequence([torch.ones(len(one), dtype=torch.bool) for one in rows], True)
        return self.hidden(pad_sequence(rows, batch_first=True), mask), mask


def fit(
    network: nn.Module,
    examples: Sequence[_Example],
    loss_of: Callable[[Sequence[_Example]], Tensor],
    run: Run,
) -> None:
    """Train what a network may learn, and leave it ready to be used.

    Args:
        network: with some parameters that require gradients.
        examples: in any order.
        loss_of: returns the mean loss of a batch.
        run: how.
    """
    chance = random.Random(0)  # noqa: S311 - no secret
    taught = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(taught, lr=run.rate, weight_decay=0.01)
    schedule = Schedule(run.epochs * -(-len(examples) // run.batch), run.rate)
    step = 0
    network.train()
    for _ in range(run.epochs):
        order = sorted(range(len(examples)), key=lambda _: chance.random())
        for at in range(0, len(order), run.batch):
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate_at(step)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=computes_bf16()):
                loss = loss_of([examples[i] for i in order[at : at + run.batch]])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(taught, 1.0)
            optimiser.step()
            step += 1
    network.eval()
