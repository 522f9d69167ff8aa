"""The reader: an encoder, a span head, and a no-answer outcome read from [CLS].

The no-answer logits compete with the tokens inside the two softmaxes (as in Devlin et al., 2019, for SQuAD 2.0), so
that a span's score minus theirs compares across passages. They come from a layer of their own rather than from the
span head applied to [CLS]: whether a text answers at all is a judgement about the pair, not about one token. A third
output of that layer is trained as a plain yes/no (answerable or not), which gives [CLS] a direct signal from each
example, and the evaluation a second opinion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, PreTrainedModel

from training.base import folder
from training.features import Feature, padded

_LOW = -1e4
_ANSWERABLE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded features: ids, mask and inside (1 on the context's tokens) are [batch, length], the targets [batch]."""

    ids: Tensor
    mask: Tensor
    inside: Tensor
    start: Tensor
    end: Tensor


@dataclass(frozen=True, slots=True)
class Output:
    """Logits: start and end are [batch, length] with no-answer at position 0, answerable is [batch]."""

    start: Tensor
    end: Tensor
    answerable: Tensor


class Reader(nn.Module):
    """Scores every token of a context as start and end of the answer, and the chance that there is none."""

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        # Any: which parts an encoder has depends on the base.
        self.encoder: Any = encoder
        self._typed = getattr(encoder.config, "type_vocab_size", 0) > 1
        self.spans = nn.Linear(width, 2)
        self.pair = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Dropout(0.1), nn.Linear(width, 3))

    def forward(self, batch: Batch) -> Output:
        """Return the logits of a batch, in float32."""
        hidden = self.encoder(input_ids=batch.ids, attention_mask=batch.mask, **self._types(batch)).last_hidden_state
        pair = self.pair(hidden[:, 0]).float()
        spans = self.spans(hidden).float().masked_fill(~batch.inside.bool().unsqueeze(-1), _LOW)
        start = torch.cat([pair[:, :1], spans[:, 1:, 0]], dim=1)
        end = torch.cat([pair[:, 1:2], spans[:, 1:, 1]], dim=1)
        return Output(start, end, pair[:, 2])

    def _types(self, batch: Batch) -> dict[str, Tensor]:
        """Return the token types (1 from the context on) for an encoder that has them."""
        return {"token_type_ids": batch.inside.cummax(1).values} if self._typed else {}


def loss(output: Output, batch: Batch) -> Tensor:
    """Return the mean cross-entropy of start, end and (at half weight) answerability."""
    spans = functional.cross_entropy(output.start, batch.start) + functional.cross_entropy(output.end, batch.end)
    answerable = functional.binary_cross_entropy_with_logits(output.answerable, (batch.start > 0).float())
    return spans / 2 + _ANSWERABLE_WEIGHT * answerable


def collate(features: Sequence[Feature], pad: int, device: str = "cpu") -> Batch:
    """Pad features to the longest of them."""
    targets = [feature.start for feature in features], [feature.end for feature in features]
    return Batch(*(torch.tensor(values, device=device) for values in (*padded(features, pad), *targets)))


def fresh(base: str, frozen: int = 0) -> Reader:
    """Return a reader on a base's encoder, its heads untrained.

    The table of words stays as it is: it is a fifth of MPNet, few of its rows are met, and those that are not
    would be left behind by the layers above them. So do the lowest `frozen` layers, whose work hardly depends on the
    task (Lee et al., 2019) and whose share of the backward pass buys more examples. Attention weights have no dropout:
    on a CPU drawing them takes as long as attending.
    """
    # Eager attention is the faster one in bf16 on a CPU at these lengths.
    encoder = AutoModel.from_pretrained(
        folder(base),
        attn_implementation="eager",
        add_pooling_layer=False,
        attention_probs_dropout_prob=0.0,
        local_files_only=True,
    )
    encoder.embeddings.requires_grad_(requires_grad=frozen == 0)
    encoder.embeddings.word_embeddings.requires_grad_(requires_grad=False)
    for layer in encoder.encoder.layer[:frozen]:
        layer.requires_grad_(requires_grad=False)
    # MPNet's layers share one table of relative positions: learning it would send gradients down to the lowest.
    if frozen and hasattr(encoder.encoder, "relative_attention_bias"):
        encoder.encoder.relative_attention_bias.requires_grad_(requires_grad=False)
    return Reader(encoder)


def restored(weights: Path, base: str) -> Reader:
    """Return a reader with the weights of a file that `save` wrote, ready to read."""
    config = AutoConfig.from_pretrained(folder(base), local_files_only=True, attn_implementation="eager")
    reader = Reader(AutoModel.from_config(config, add_pooling_layer=False))  # type: ignore[no-untyped-call]
    load(reader, weights)
    return reader.eval()


def load(reader: Reader, weights: Path) -> None:
    """Give a reader the weights of a file that `save` wrote."""
    reader.load_state_dict(load_file(weights))


def save(parameters: dict[str, Tensor], path: Path) -> None:
    """Write parameters as a safetensors file, whole or not at all."""
    partial = path.with_suffix(".partial")
    save_file({name: value.detach().cpu().contiguous() for name, value in parameters.items()}, partial)
    partial.replace(path)
