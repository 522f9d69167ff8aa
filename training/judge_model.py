"""The judge's network: MiniLM, trained as a whole but for the word embeddings, with two heads.

The verdict (supported, contradicted, neither) is read from [CLS], and for each token, how likely it
is part of a sentence that decides. The embeddings of words stay those of the packaged model, so
that what ships (see `export_judge.py`) is the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, BertConfig, BertModel

from training.base import folder
from training.judge_data import JudgeFeature
from training.judge_sources import SUPPORTED, UNSUPPORTED

_EVIDENCE_WEIGHT = 0.4
_VERDICTS = 3


@dataclass(frozen=True, slots=True)
class JudgeBatch:
    """Padded token ids (batch, length), their mask, and targets.

    Attributes:
        ids: the tokens.
        mask: 1 for tokens, 0 for padding.
        types: 0 for the claim and around it, 1 for the pieces.
        labels: shape (batch,).
        pieces: (pieces, length): each row averages the tokens of one piece.
        owner: the row of the batch that holds each piece.
        evidence: whether each piece decides.
    """

    ids: Tensor
    mask: Tensor
    types: Tensor
    labels: Tensor
    pieces: Tensor
    owner: Tensor
    evidence: Tensor


class Judge(nn.Module):
    """The encoder and the heads.

    Args:
        config: of the encoder, for one whose weights the caller loads; None for the packaged one.
    """

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        if config is None:
            self.encoder: Any = AutoModel.from_pretrained(
                folder("minilm"),
                add_pooling_layer=False,
                attention_probs_dropout_prob=0.0,
                local_files_only=True,
            )
        else:
            made = BertConfig(**{**config, "attention_probs_dropout_prob": 0.0})
            self.encoder = BertModel(made, add_pooling_layer=False)
        self.encoder.embeddings.word_embeddings.requires_grad_(requires_grad=False)
        width = self.encoder.config.hidden_size
        self.pooled = nn.Linear(width, width)
        self.verdict = nn.Linear(width, _VERDICTS)
        self.evidence = nn.Linear(width, 1)

    def forward(self, batch: JudgeBatch) -> tuple[Tensor, Tensor]:
        """Return the logits of the verdicts (batch, 3), and of the pieces (pieces,)."""
        x = self.encoder(
            input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=batch.types
        ).last_hidden_state
        pooled = functional.dropout(torch.tanh(self.pooled(x[:, 0])), 0.1, self.training)
        scores = self.evidence(x).squeeze(-1)[batch.owner]
        return self.verdict(pooled), (scores * batch.pieces).sum(1)


def loss(verdicts: Tensor, pieces: Tensor, batch: JudgeBatch) -> Tensor:
    """Return the cross-entropy of verdicts, and that of evidence at a lower weight.

    The label "unsupported" stands for either of contradicted and neither.
    """
    logs = verdicts.float().log_softmax(1)
    unsupported = torch.logsumexp(logs[:, SUPPORTED + 1 :], 1, keepdim=True)
    chosen = torch.cat([logs, unsupported], 1).gather(1, batch.labels[:, None])
    value = -chosen.mean()
    if len(pieces):
        told = functional.binary_cross_entropy_with_logits(pieces.float(), batch.evidence)
        value = value + _EVIDENCE_WEIGHT * told
    return value


def collate(features: Sequence[JudgeFeature], device: str = "cpu") -> JudgeBatch:
    """Pad features to the longest of them."""
    longest = max(len(feature.ids) for feature in features)
    ids = np.zeros((len(features), longest), dtype=np.int64)
    mask = np.zeros((len(features), longest), dtype=np.int64)
    types = np.zeros((len(features), longest), dtype=np.int64)
    for at, feature in enumerate(features):
        length = len(feature.ids)
        ids[at, :length], mask[at, :length] = np.asarray(feature.ids), 1
        types[at, feature.places[0][0] : length] = 1
    told = [
        (row, place, decides)
        for row, feature in enumerate(features)
        for place, decides in zip(feature.places, feature.evidence or (), strict=False)
    ]
    starts, ends = np.array([place for _, place, _ in told], dtype=np.int64).reshape(-1, 2).T
    at_token = np.arange(longest)
    inside = (at_token >= starts[:, None]) & (at_token < ends[:, None])
    pieces = (inside / np.maximum(ends - starts, 1)[:, None]).astype(np.float32)
    return JudgeBatch(
        torch.tensor(ids, device=device),
        torch.tensor(mask, device=device),
        torch.tensor(types, device=device),
        torch.tensor([feature.label for feature in features], device=device),
        torch.tensor(pieces, device=device),
        torch.tensor([row for row, *_ in told], dtype=torch.long, device=device),
        torch.tensor([float(decides) for *_, decides in told], device=device),
    )


assert UNSUPPORTED == _VERDICTS  # noqa: S101 -- the column that `loss` appends
