"""The reader: an encoder, a span head, and a no-answer outcome read from [CLS].

The no-answer logits compete with the tokens in the two softmaxes (as in Devlin et al., 2019, for
SQuAD 2.0), so that a span's score minus theirs is comparable across passages. They come from a
layer of their own and not from the span head applied to [CLS]: whether a text answers at all is a
judgement about the pair, not about one token. A third output of that layer is trained as a binary
classifier (answerable or not), which gives [CLS] a direct signal from each example and the
evaluation a second opinion.
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
    """Padded features: ids, attention mask and context mask (batch, length), targets (batch,)."""

    ids: Tensor
    mask: Tensor
    inside: Tensor
    start: Tensor
    end: Tensor


@dataclass(frozen=True, slots=True)
class Output:
    """Logits: start and end (batch, length) with no-answer at position 0, answerable (batch,)."""

    start: Tensor
    end: Tensor
    answerable: Tensor


class Reader(nn.Module):
    """Scores each token of a context as start and end of the answer, and the no-answer outcome."""

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        # Any: the parts of an encoder depend on the base.
        self.encoder: Any = encoder
        self._typed = getattr(encoder.config, "type_vocab_size", 0) > 1
        self.spans = nn.Linear(width, 2)
        self.pair = nn.Sequential(
            nn.Linear(width, width), nn.Tanh(), nn.Dropout(0.1), nn.Linear(width, 3)
        )

    def forward(self, batch: Batch) -> Output:
        """Return the logits of a batch, in float32."""
        # Token types, 1 from the context on, for an encoder that has them.
        types = {"token_type_ids": batch.inside.cummax(1).values} if self._typed else {}
        hidden = self.encoder(
            input_ids=batch.ids, attention_mask=batch.mask, **types
        ).last_hidden_state
        pair = self.pair(hidden[:, 0]).float()
        spans = self.spans(hidden).float().masked_fill(~batch.inside.bool().unsqueeze(-1), _LOW)
        start = torch.cat([pair[:, :1], spans[:, 1:, 0]], dim=1)
        end = torch.cat([pair[:, 1:2], spans[:, 1:, 1]], dim=1)
        return Output(start, end, pair[:, 2])


def loss(output: Output, batch: Batch) -> Tensor:
    """Return the mean cross-entropy of start, end and (at half weight) answerability."""
    spans = functional.cross_entropy(output.start, batch.start) + functional.cross_entropy(
        output.end, batch.end
    )
    answerable = functional.binary_cross_entropy_with_logits(
        output.answerable, (batch.start > 0).float()
    )
    return spans / 2 + _ANSWERABLE_WEIGHT * answerable


def collate(features: Sequence[Feature], pad: int, device: str = "cpu") -> Batch:
    """Pad features to the longest of them."""
    targets = [feature.start for feature in features], [feature.end for feature in features]
    return Batch(
        *(torch.tensor(values, device=device) for values in (*padded(features, pad), *targets))
    )


def fresh(base: str, frozen: int = 0) -> Reader:
    """Return a reader on a base's encoder, with untrained heads.

    The word embeddings are frozen: they are a fifth of MPNet, training meets few of the rows, and
    the others would no longer fit the layers above. So are the lowest `frozen` layers, which hardly
    depend on the task (Lee et al., 2019); the time saved in the backward pass buys more examples.
    Attention has no dropout: on a CPU, drawing the mask takes as long as the attention itself.
    """
    # In bf16 on a CPU, eager attention is the fastest at these lengths.
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
    # MPNet's layers share one table of relative positions: training it would send gradients down
    # to the lowest layer.
    if frozen and hasattr(encoder.encoder, "relative_attention_bias"):
        encoder.encoder.relative_attention_bias.requires_grad_(requires_grad=False)
    return Reader(encoder)


def restored(weights: Path, base: str) -> Reader:
    """Return a reader with weights that `save` wrote, in evaluation mode."""
    config = AutoConfig.from_pretrained(
        folder(base), local_files_only=True, attn_implementation="eager"
    )
    reader = Reader(AutoModel.from_config(config, add_pooling_layer=False))  # type: ignore[no-untyped-call]
    load(reader, weights)
    return reader.eval()


def load(reader: Reader, weights: Path) -> None:
    """Load weights that `save` wrote into a reader."""
    reader.load_state_dict(load_file(weights))


def save(parameters: dict[str, Tensor], path: Path) -> None:
    """Write parameters as a safetensors file, atomically."""
    partial = path.with_suffix(".partial")
    save_file(
        {name: value.detach().cpu().contiguous() for name, value in parameters.items()}, partial
    )
    partial.replace(path)
