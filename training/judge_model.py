"""The judge: the reader's network, its upper layers adapted at low rank, with heads of its own.

The reader's weights stay as they ship, in 8 bits; the judge adds products of rank 16 to those of
its upper layers (Hu et al., "LoRA", 2021). So both share what the package holds. The lower layers
are run by ONNX Runtime, exactly as in the product; only what is adapted is run by torch.

Heads: the verdict (supported, contradicted, neither) is read from [CLS], and for each token, how
likely it is part of a sentence that decides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx.utils import Extractor
from safetensors.numpy import load_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from qa.models.quantised_table import QuantisedTable
from qa.models.reader_manifest import GRAPH, WORDS
from training.base import folder
from training.export import MODELS
from training.judge_data import JudgeFeature
from training.judge_sources import SUPPORTED, UNSUPPORTED
from training.restore import Arrays, restored

LAYERS, HEADS = 12, 12
_EPSILON = 1e-5
_BUCKETS, _FARTHEST = 32, 128
_EVIDENCE_WEIGHT = 0.4
_VERDICTS = 3
_LOW = -1e4


class Trunk:
    """The reader's embeddings and lowest layers, as shipped."""

    def __init__(self, frozen: int, threads: int) -> None:
        self._table = QuantisedTable.load(load_file(MODELS / WORDS))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            cut(frozen).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def hidden(self, ids: Sequence[int]) -> np.ndarray:
        """Return the hidden states of one input: shape (length, width)."""
        found: np.ndarray = self._session.run(None, {"words": self._table.rows(ids)[None]})[0][0]
        return found


def boundary(frozen: int) -> str:
    """Return the name of the tensor above the lowest layers in the reader's graph."""
    layer = f"/encoder/layer.{frozen - 1}/output" if frozen else ""
    return f"{layer}/LayerNorm/LayerNormalization_output_0"


def cut(frozen: int) -> onnx.ModelProto:
    """Return the reader's graph up to its lowest layers."""
    whole = onnx.load(MODELS / GRAPH)
    # What the extractor asks about shapes, the graph does not hold.
    whole.graph.value_info.append(
        onnx.helper.make_tensor_value_info(boundary(frozen), onnx.TensorProto.FLOAT, None)
    )
    part: onnx.ModelProto = Extractor(whole).extract_model(["words"], [boundary(frozen)])
    return part


@dataclass(frozen=True, slots=True)
class JudgeBatch:
    """Padded hidden states (batch, length, width), mask (batch, length), and targets.

    Attributes:
        hidden: what the trunk returned; without one, the tokens' ids (batch, length).
        mask: 1 for tokens, 0 for padding.
        types: 0 for the claim and around it, 1 for the pieces.
        labels: shape (batch,).
        pieces: (pieces, length): each row averages the tokens of one piece.
        owner: the row of the batch that holds each piece.
        evidence: whether each piece decides.
    """

    hidden: Tensor
    mask: Tensor
    types: Tensor
    labels: Tensor
    pieces: Tensor
    owner: Tensor
    evidence: Tensor


class Adapted(nn.Module):
    """A linear layer that is frozen, plus a trainable product of low rank."""

    def __init__(self, weight: Tensor, bias: Tensor, rank: int) -> None:
        super().__init__()
        out, width = weight.shape
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("bias", bias, persistent=False)
        self.down = nn.Parameter(torch.randn(rank, width) / math.sqrt(width))
        self.up = nn.Parameter(torch.zeros(out, rank))

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output."""
        base = functional.linear(x, self.weight, self.bias)  # type: ignore[arg-type]
        return base + functional.linear(functional.linear(x, self.down), self.up)


class Layer(nn.Module):
    """One of MPNet's layers, adapted."""

    def __init__(self, arrays: Arrays, prefix: str, rank: int) -> None:
        super().__init__()

        def held(name: str) -> Tensor:
            return torch.tensor(np.ascontiguousarray(arrays[f"{prefix}.{name}"]))

        def adapted(name: str) -> Adapted:
            return Adapted(held(f"{name}.weight"), held(f"{name}.bias"), rank)

        self.q, self.k, self.v, self.o = (adapted(f"attention.attn.{name}") for name in "qkvo")
        self.wide, self.narrow = adapted("intermediate.dense"), adapted("output.dense")
        for name, at in (("first", "attention.LayerNorm"), ("second", "output.LayerNorm")):
            for part in ("weight", "bias"):
                self.register_buffer(f"{name}_{part}", held(f"{at}.{part}"), persistent=False)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Return the layer's output; attention adds `bias` (batch, heads, length, length)."""
        shape = (*x.shape[:2], HEADS, x.shape[2] // HEADS)
        q, k, v = (one(x).view(shape).transpose(1, 2) for one in (self.q, self.k, self.v))
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = self._normal("first", self.o(seen.transpose(1, 2).reshape(x.shape)) + x)
        return self._normal("second", self.narrow(functional.gelu(self.wide(x))) + x)

    def _normal(self, name: str, x: Tensor) -> Tensor:
        weight, bias = getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias")
        return functional.layer_norm(x, x.shape[-1:], weight, bias, _EPSILON)


class Judge(nn.Module):
    """The adapted upper layers and the heads."""

    def __init__(self, frozen: int, rank: int) -> None:
        super().__init__()
        arrays = restored(MODELS)
        self.layers = nn.ModuleList(
            Layer(arrays, f"encoder.encoder.layer.{at}", rank) for at in range(frozen, LAYERS)
        )
        biases = torch.tensor(arrays["encoder.encoder.relative_attention_bias.weight"])
        self.register_buffer("biases", biases, persistent=False)
        width = biases.new_tensor(arrays["pair.0.weight"])
        self.pooled = nn.Linear(*width.shape)
        self.pooled.load_state_dict({"weight": width, "bias": torch.tensor(arrays["pair.0.bias"])})
        self.verdict = nn.Linear(width.shape[0], _VERDICTS)
        self.evidence = nn.Linear(width.shape[0], 1)

    def forward(self, batch: JudgeBatch) -> tuple[Tensor, Tensor]:
        """Return the logits of the verdicts (batch, 3), and of the pieces (pieces,)."""
        x = batch.hidden
        bias = self._position_bias(x.shape[1])
        bias = bias + (1 - batch.mask[:, None, None, :]) * _LOW
        for layer in self.layers:
            x = layer(x, bias)
        pooled = functional.dropout(torch.tanh(self.pooled(x[:, 0])), 0.1, self.training)
        scores = self.evidence(x).squeeze(-1)[batch.owner]
        return self.verdict(pooled), (scores * batch.pieces).sum(1)

    def _position_bias(self, length: int) -> Tensor:
        """Return MPNet's attention bias by relative position: shape (1, heads, length, length)."""
        at = torch.arange(length, device=self.verdict.weight.device)
        behind = at[:, None] - at[None, :]
        half, exact = _BUCKETS // 2, _BUCKETS // 4
        apart = behind.abs()
        far = exact + (
            (apart.clamp(min=1) / exact).log() / math.log(_FARTHEST / exact) * (half - exact)
        ).long().clamp(max=half - 1 - exact)
        bucket = (behind < 0) * half + torch.where(apart < exact, apart, far)
        biases: Tensor = self.biases  # type: ignore[assignment]
        return biases[bucket].permute(2, 0, 1)[None]


class SmallJudge(nn.Module):
    """MiniLM, trained as a whole, with the same heads: a fifth of the time for each sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder: Any = AutoModel.from_pretrained(
            folder("minilm"),
            add_pooling_layer=False,
            attention_probs_dropout_prob=0.0,
            local_files_only=True,
        )
        self.encoder.embeddings.word_embeddings.requires_grad_(requires_grad=False)
        width = self.encoder.config.hidden_size
        self.pooled = nn.Linear(width, width)
        self.verdict = nn.Linear(width, _VERDICTS)
        self.evidence = nn.Linear(width, 1)

    def forward(self, batch: JudgeBatch) -> tuple[Tensor, Tensor]:
        """Return the logits of the verdicts (batch, 3), and of the pieces (pieces,)."""
        x = self.encoder(
            input_ids=batch.hidden, attention_mask=batch.mask, token_type_ids=batch.types
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


def collate(
    features: Sequence[JudgeFeature], trunk: Trunk | None, device: str = "cpu"
) -> JudgeBatch:
    """Pad features to the longest of them, after running the trunk on them if there is one."""
    longest = max(len(feature.ids) for feature in features)
    rows = [
        trunk.hidden(feature.ids) if trunk else np.array(feature.ids, dtype=np.int64)
        for feature in features
    ]
    hidden = np.zeros((len(features), longest, *rows[0].shape[1:]), dtype=rows[0].dtype)
    mask = np.zeros((len(features), longest), dtype=np.float32)
    types = np.zeros((len(features), longest), dtype=np.int64)
    for at, (feature, row) in enumerate(zip(features, rows, strict=True)):
        hidden[at, : len(row)], mask[at, : len(row)] = row, 1
        types[at, feature.places[0][0] : len(row)] = 1
    told = [
        (row, place, decides)
        for row, feature in enumerate(features)
        for place, decides in zip(feature.places, feature.evidence or (), strict=False)
    ]
    pieces = np.zeros((len(told), longest), dtype=np.float32)
    for at, (_, (start, end), _) in enumerate(told):
        pieces[at, start:end] = 1 / max(end - start, 1)
    return JudgeBatch(
        torch.tensor(hidden, device=device),
        torch.tensor(mask, device=device),
        torch.tensor(types, device=device),
        torch.tensor([feature.label for feature in features], device=device),
        torch.tensor(pieces, device=device),
        torch.tensor([row for row, *_ in told], dtype=torch.long, device=device),
        torch.tensor([float(decides) for *_, decides in told], device=device),
    )


assert UNSUPPORTED == _VERDICTS  # noqa: S101 -- the column that `loss` appends
