"""The reader of many languages: multilingual-e5-small, adapted at low rank, with heads.

The encoder's own weights stay as they are packaged, in 4 bits; what is trained are a product of two
narrow matrices for each of its linear layers, which is added to it (Hu et al., "LoRA: Low-rank
adaptation of large language models", 2022), and the reader's heads. So what ships is small.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.low_rank import PARTS
from training.model import Batch, Output

LAYERS, HEADS, WIDTH, WIDE = 12, 12, 384, 1536
EPSILON = 1e-12
ADAPTED = tuple(PARTS.values())
"""The linear layers of each layer."""

_DROPOUT = 0.1
_LOW = -1e4

Weights = Mapping[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]


class Adapted(nn.Module):
    """A linear layer with frozen weights, to which the product of two narrow matrices is added."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weights: Weights, name: str, rank: int) -> None:
        super().__init__()
        weight = torch.tensor(weights[f"{name}.weight"])
        out, into = weight.shape
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("bias", torch.tensor(weights[f"{name}.bias"]), persistent=False)
        self.a = nn.Parameter(torch.empty(rank, into).uniform_(-1, 1) / into**0.5)
        self.b = nn.Parameter(torch.zeros(out, rank))

    def forward(self, rows: Tensor) -> Tensor:
        """Return the rows' products, shape (..., out)."""
        added = functional.linear(functional.linear(rows, self.a), self.b)
        return functional.linear(rows, self.weight, self.bias) + added


class Normalised(nn.Module):
    """A frozen layer normalisation."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weights: Weights, name: str) -> None:
        super().__init__()
        self.register_buffer("weight", torch.tensor(weights[f"{name}.weight"]), persistent=False)
        self.register_buffer("bias", torch.tensor(weights[f"{name}.bias"]), persistent=False)

    def forward(self, rows: Tensor) -> Tensor:
        """Return the normalised rows, of the same shape."""
        return functional.layer_norm(rows, (WIDTH,), self.weight, self.bias, EPSILON)


class Layer(nn.Module):
    """A layer of BERT."""

    def __init__(self, weights: Weights, name: str, rank: int) -> None:
        super().__init__()
        parts = (Adapted(weights, f"{name}.{part}", rank) for part in ADAPTED)
        self.query, self.key, self.value, self.mixed, self.wide, self.narrow = parts
        self.after_attention = Normalised(weights, f"{name}.attention.output.LayerNorm")
        self.after = Normalised(weights, f"{name}.output.LayerNorm")
        self.drop = nn.Dropout(_DROPOUT)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return the next rows, shape (batch, length, width)."""
        size = (*hidden.shape[:2], HEADS, -1)
        query, key, value = (
            part(hidden).view(size).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = self.mixed(mixed.transpose(1, 2).reshape(hidden.shape))
        hidden = self.after_attention(hidden + self.drop(mixed))
        wide = functional.gelu(self.wide(hidden))
        rows: Tensor = self.after(hidden + self.drop(self.narrow(wide)))
        return rows


class AdaptedEncoder(nn.Module):
    """A packaged BERT, frozen, with products of two narrow matrices added to its linear layers.

    Args:
        weights: under BERT's names, without the input table.
        words: the rows of the input table that ids stand for, shape (rows, width).
        layers: how many it has.
        rank: of what is added to each linear layer.
    """

    words: Tensor
    places: Tensor

    def __init__(self, weights: Weights, words: Tensor, layers: int, rank: int) -> None:
        super().__init__()
        self.register_buffer("words", words, persistent=False)
        places = weights["embeddings.position_embeddings.weight"]
        types = weights["embeddings.token_type_embeddings.weight"]
        self.register_buffer("places", torch.tensor(places + types[0]), persistent=False)
        self.first = Normalised(weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(
            Layer(weights, f"encoder.layer.{number}", rank) for number in range(layers)
        )
        self.drop = nn.Dropout(_DROPOUT)

    def hidden(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the last layer's rows, shape (batch, length, width); inputs (batch, length)."""
        rows = self.words[ids].float() + self.places[: ids.shape[1]]
        hidden: Tensor = self.drop(self.first(rows))
        for layer in self.layers:
            hidden = layer(hidden, mask[:, None, None, :])
        return hidden


class LanguageReader(AdaptedEncoder):
    """Scores each token of a context as start and end of the answer, and the no-answer outcome.

    Args:
        weights: of multilingual-e5-small, under BERT's names, without its input table.
        words: the rows of the input table that the ids of batches stand for, shape (rows, width).
        rank: of what is added to each linear layer.
        frozen: the lowest layers to which nothing is added: each makes an example cheaper.
    """

    def __init__(self, weights: Weights, words: Tensor, rank: int, frozen: int = 0) -> None:
        super().__init__(weights, words, LAYERS, rank)
        for layer in self.layers[:frozen]:
            layer.requires_grad_(requires_grad=False)
        self.spans = nn.Linear(WIDTH, 2)
        self.pair = nn.Sequential(
            nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Dropout(0.1), nn.Linear(WIDTH, 3)
        )

    def forward(self, batch: Batch) -> Output:
        """Return the logits of a batch, in float32."""
        hidden = self.hidden(batch.ids, batch.mask)
        pair = self.pair(hidden[:, 0]).float()
        spans = self.spans(hidden).float().masked_fill(~batch.inside.unsqueeze(-1), _LOW)
        start = torch.cat([pair[:, :1], spans[:, 1:, 0]], dim=1)
        end = torch.cat([pair[:, 1:2], spans[:, 1:, 1]], dim=1)
        return Output(start, end, pair[:, 2])
