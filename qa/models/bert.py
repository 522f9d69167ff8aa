"""BERT's forward pass in NumPy, so that a question is embedded before torch would be imported.

It reads the same weights as sentence-transformers, and its vectors are the same within rounding.

Source: Devlin et al., "BERT: Pre-training of deep bidirectional transformers for language
understanding", 2019.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.models.low_rank import merged
from qa.models.threads import one_blas_thread
from qa.text import Span

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


_ERF = np.array(
    (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592), dtype=np.float32
)
# Rows computed together: their values fit the processor's cache.
_BLOCK = 32


class Bert:
    """A BERT encoder with mean pooling, from a folder as sentence-transformers saves it."""

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        config = json.loads((folder / "config.json").read_text("utf-8"))
        self._layers, self._heads = (
            int(config["num_hidden_layers"]),
            int(config["num_attention_heads"]),
        )
        self._epsilon = float(config["layer_norm_eps"])
        self._weights: dict[str, Floats] = load_file(str(folder / "model.safetensors"))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        limit = json.loads((folder / "sentence_bert_config.json").read_text("utf-8"))[
            "max_seq_length"
        ]
        self._tokenizer.enable_truncation(int(limit))

    @staticmethod
    def fits(folder: Path) -> bool:
        """Return whether the folder's model is one that this class computes.

        That is BERT with GELU and mean pooling.
        """
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            pooling = json.loads((folder / "1_Pooling" / "config.json").read_text("utf-8"))
        except (OSError, ValueError):
            return False
        files = ("model.safetensors", "tokenizer.json", "sentence_bert_config.json")
        return (
            (config.get("model_type"), config.get("hidden_act")) == ("bert", "gelu")
            and config.get("position_embedding_type", "absolute") == "absolute"
            and [mode for mode, used in pooling.items() if used is True]
            == ["pooling_mode_mean_tokens"]
            and all((folder / name).is_file() for name in files)
        )

    def adapted(self, added: Mapping[str, Floats]) -> Bert:
        """Return the same encoder with products added to its linear layers; see `merged`."""
        other = copy.copy(self)
        other._weights = merged(self._weights, added)  # noqa: SLF001 -- of the same class
        return other

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector per text, shape (len(texts), dimension)."""
        if not texts:
            return np.zeros((0, self.word_table.shape[1]), dtype=np.float32)
        # The texts are concatenated, so that each layer is one product for all, without padding.
        ids = self.ids(texts)
        ends = np.cumsum([len(tokens) for tokens in ids])
        rows = [
            slice(end - len(tokens), end) for end, tokens in zip(ends.tolist(), ids, strict=True)
        ]
        hidden = self._hidden(ids, rows)
        pooled = np.stack([hidden[row].mean(axis=0) for row in rows])
        unit: Floats = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return unit

    def contextual(self, text: str, longest: int) -> tuple[Floats, list[Span]]:
        """Return the last layer's rows of a text's first tokens, and what each token stands for.

        Args:
            text: may hold "[SEP]", which is one token.
            longest: how many tokens are read.

        Returns:
            Shape (tokens, dimension); and the span of characters of each token, an empty one of
            those that the tokenizer adds.
        """
        ids, spans = self.ids_and_spans(text, longest)
        return self._hidden([ids], [slice(0, len(ids))]), spans

    def ids_and_spans(self, text: str, longest: int) -> tuple[list[int], list[Span]]:
        """Return the ids of a text's first tokens, and the characters that each stands for."""
        encoding = self._tokenizer.encode(text)
        return encoding.ids[:longest], encoding.offsets[:longest]

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text's tokens, with special tokens; later tokens are cut off."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def graph_weights(self) -> Iterator[tuple[str, Floats]]:
        """Yield the weights of `BertGraph`: all texts are of the first type, which is added in."""
        types = self._weights["embeddings.token_type_embeddings.weight"]
        for name, weight in self._weights.items():
            if name.startswith("encoder.") or ".LayerNorm." in name or ".word_" in name:
                yield name, weight
            elif ".position_embeddings" in name:
                yield name, weight + types[0]

    @property
    def word_table(self) -> Floats:
        """The input table: shape (vocabulary, dimension)."""
        return self._weights["embeddings.word_embeddings.weight"]

    def word_vectors(self, words: Sequence[str]) -> Floats:
        """Return the mean of each word's rows in the embedding table, as a unit vector.

        The mean of all rows is subtracted first (Mu and Viswanath, "All-but-the-top", 2018). A word
        without tokens, or with one unknown to the model, gets zeros.

        Shape: (len(words), dimension).
        """
        if not words:
            return np.zeros((0, len(self._centre)), dtype=np.float32)
        unknown = self._tokenizer.token_to_id("[UNK]")
        ids = [e.ids for e in self._tokenizer.encode_batch(list(words), add_special_tokens=False)]
        known = np.array([bool(tokens) and unknown not in tokens for tokens in ids])
        starts = np.cumsum([0, *(max(1, len(tokens)) for tokens in ids[:-1])])
        rows = self.rows(np.concatenate([tokens or [0] for tokens in ids]))
        sums = np.add.reduceat(rows - self._centre, starts, axis=0) * known[:, None]
        unit: Floats = sums / np.maximum(
            np.linalg.norm(sums, axis=1, keepdims=True), np.float32(1e-9)
        )
        return unit

    @functools.cached_property
    def _centre(self) -> Floats:
        centre: Floats = self.word_table.mean(axis=0)
        return centre

    def rows(self, ids: Ids) -> Floats:
        """Return some rows of the input table: shape (len(ids), dimension)."""
        rows: Floats = self.word_table[ids]
        return rows

    def _hidden(self, ids: Sequence[Sequence[int]], rows: Sequence[slice]) -> Floats:
        """Return the last layer's rows of all texts, one after another; `rows` is where each is."""
        hidden = self._embed(ids)
        with one_blas_thread():
            for number in range(self._layers):
                hidden = self._layer(hidden, rows, f"encoder.layer.{number}")
        return hidden

    def _embed(self, ids: Sequence[Sequence[int]]) -> Floats:
        words = self.rows(np.concatenate(ids))
        positions = np.concatenate([np.arange(len(tokens)) for tokens in ids])
        places = self._weights["embeddings.position_embeddings.weight"][positions]
        return self._normalise(
            words + places + self._weights["embeddings.token_type_embeddings.weight"][0],
            "embeddings",
        )

    def _layer(self, hidden: Floats, rows: Sequence[slice], name: str) -> Floats:
        query, key, value = (
            self._linear(hidden, f"{name}.attention.self.{part}")
            for part in ("query", "key", "value")
        )
        mixed = np.concatenate([self._attend(query[row], key[row], value[row]) for row in rows])
        mixed = self._linear(mixed, f"{name}.attention.output.dense")
        hidden = self._normalise(hidden + mixed, f"{name}.attention.output")
        wide = _gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        return self._normalise(
            hidden + self._linear(wide, f"{name}.output.dense"), f"{name}.output"
        )

    def _attend(self, query: Floats, key: Floats, value: Floats) -> Floats:
        """Return the attention of one text's tokens to each other, shape (tokens, dimension)."""
        tokens, dimension = query.shape
        size = dimension // self._heads
        query, key, value = (
            x.reshape(tokens, self._heads, size).transpose(1, 0, 2) for x in (query, key, value)
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(size))
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        mixed: Floats = (weights @ value).transpose(1, 0, 2).reshape(tokens, dimension)
        return mixed

    def _linear(self, values: Floats, name: str) -> Floats:
        result: Floats = values @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return result

    def _normalise(self, values: Floats, name: str) -> Floats:
        centred = values - values.mean(axis=-1, keepdims=True)
        scale = np.sqrt(
            (centred * centred).mean(axis=-1, keepdims=True) + np.float32(self._epsilon)
        )
        result: Floats = centred / scale * self._weights[f"{name}.LayerNorm.weight"]
        return result + self._weights[f"{name}.LayerNorm.bias"]


def _gelu(values: Floats) -> Floats:
    """Apply GELU, x times the normal CDF of x, in place, and return the same array.

    Source: Abramowitz and Stegun, "Handbook of mathematical functions", 7.1.26; its error is below
    1.5e-7.
    """
    for start in range(0, len(values), _BLOCK):
        x = values[start : start + _BLOCK]
        z = np.abs(x) * np.float32(0.7071067811865476)
        t = 1 / (1 + np.float32(0.3275911) * z)
        tail = np.full_like(t, _ERF[0])
        for factor in _ERF[1:]:
            tail *= t
            tail += factor
        tail *= t * np.exp(-z * z) / 2
        x *= np.where(x >= 0, 1 - tail, tail)
    return values
