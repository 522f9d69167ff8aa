"""Training the reader of many languages: its layers, its batches, and that a killed run resumes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from evals import languages
from training import language_model, nearest
from training.language_data import held_out_articles
from training.language_model import ADAPTED, Adapted, LanguageReader
from training.train import Log, resumed
from training.train_languages import Data, LanguageTrainer

pytestmark = pytest.mark.integration

WIDTH = 12


def test_an_untrained_layer_is_the_packaged_one() -> None:
    """Before training nothing is added; after a step only the two narrow matrices have changed."""
    weights = {"x.weight": np.eye(3, 4, dtype=np.float32), "x.bias": np.ones(3, np.float32)}
    layer = Adapted(weights, "x", rank=2)
    rows = torch.arange(4.0)[None]
    assert layer(rows).tolist() == [[1.0, 2.0, 3.0]]
    assert sorted(name for name, _ in layer.named_parameters()) == ["a", "b"]
    layer(rows).sum().backward()
    assert layer.b.grad is not None
    assert layer.b.grad.abs().sum() > 0


def test_a_batch_is_padded() -> None:
    """Rows are filled up; only the context's tokens can answer; stages follow one another."""
    ids = np.array([5, 6, 7, 5, 6], dtype=np.int32)
    places = np.array([[1, 3, 2, 2], [1, 2, 0, 0]])
    stages, starts = np.array([1, 0], dtype=np.uint8), np.array([0, 3, 5])
    words = np.zeros((8, 2), dtype=np.float32)
    data = Data(stages, starts, ids, places, 1, words, {}, "")
    batch = data.batch((0, 1), "cpu")
    assert batch.ids[:, :4].tolist() == [[5, 6, 7, 1], [5, 6, 1, 1]]
    assert batch.mask.sum(1).tolist() == [3, 2]
    assert batch.inside[:, :4].tolist() == [[False, True, True, False], [False, True, False, False]]
    assert (batch.start.tolist(), batch.end.tolist()) == ([2, 0], [2, 0])
    assert data.order(2, 0, epochs=2) == [(1,), (0,), (0,)]


def tiny(monkeypatch: pytest.MonkeyPatch) -> Data:
    """Return training data for a network of one narrow layer."""
    monkeypatch.setattr(language_model, "LAYERS", 1)
    monkeypatch.setattr(language_model, "HEADS", 2)
    monkeypatch.setattr(language_model, "WIDTH", WIDTH)
    generator = np.random.default_rng(5)

    def numbers(*size: int) -> np.ndarray:
        return generator.normal(size=size).astype(np.float32)

    weights = {
        "embeddings.position_embeddings.weight": numbers(16, WIDTH),
        "embeddings.token_type_embeddings.weight": numbers(2, WIDTH),
    }
    for name in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        weights[f"{name}.LayerNorm.weight"] = np.ones(WIDTH, np.float32)
        weights[f"{name}.LayerNorm.bias"] = np.zeros(WIDTH, np.float32)
    for name in ADAPTED:
        into = 24 if name == "output.dense" else WIDTH
        out = 24 if name == "intermediate.dense" else WIDTH
        weights[f"encoder.layer.0.{name}.weight"] = numbers(out, into)
        weights[f"encoder.layer.0.{name}.bias"] = numbers(out)
    count, length = 24, 6
    ids = generator.integers(2, 9, size=count * length).astype(np.int32)
    places = np.tile([2, 5, 3, 4], (count, 1))
    starts = np.arange(0, count * length + 1, length)
    stages = np.ones(count, dtype=np.uint8)
    return Data(stages, starts, ids, places, 1, numbers(9, WIDTH), weights, "digest")


def options_of(folder: Path) -> argparse.Namespace:
    """Return the options of a short run."""
    given = {
        "out": folder,
        "epochs": 1,
        "minutes": None,
        "seed": 1,
        "batch": 4,
        "rate": 1e-2,
        "average": 0.9,
        "device": "cpu",
        "precision": "fp32",
        "checkpoint_minutes": 10.0,
        "log_every": 100,
    }
    return argparse.Namespace(**given)


def trained(data: Data, options: argparse.Namespace) -> dict[str, float]:
    """Train to the end, from the checkpoint if there is one; return sums of the parameters."""
    options.out.mkdir(exist_ok=True)
    torch.manual_seed(options.seed)
    reader = LanguageReader(data.weights, torch.from_numpy(data.words), 2)
    run = resumed(reader, data.digest, options)
    order = data.order(options.batch, options.seed, options.epochs)
    LanguageTrainer(run, data, order, options, Log(options.out / "log.jsonl")).finish()
    run.save(options.out / "checkpoint.pt")
    return {name: float(value.sum()) for name, value in run.average.values.items()}


def test_a_killed_run_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after three of six updates and started again, a run ends as one that was not stopped; the encoder's own weights are in no checkpoint."""
    data, whole = tiny(monkeypatch), options_of(tmp_path / "whole")
    expected = trained(data, whole)
    cut = options_of(tmp_path / "cut")
    cut.checkpoint_minutes = 0.0
    step, left = LanguageTrainer._step, [3]

    def stopping(self: LanguageTrainer, indices: tuple[int, ...]) -> float:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return step(self, indices)

    with monkeypatch.context() as stopped:
        stopped.setattr(LanguageTrainer, "_step", stopping)
        with pytest.raises(KeyboardInterrupt):
            trained(data, cut)
    state = torch.load(cut.out / "checkpoint.pt", weights_only=True)
    assert (state["progress"]["updates"], set(state["reader"])) == (3, set(expected))
    assert trained(data, cut) == pytest.approx(expected)


def test_the_answer_is_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss on what is always the same place falls."""
    data, options = tiny(monkeypatch), options_of(tmp_path)
    options.epochs, options.log_every = 20, 60
    trained(data, options)
    first, last = (json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines())
    assert (first["updates"], last["updates"]) == (60, 120)
    assert last["loss"] < first["loss"]


def test_frozen_layers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is added to a frozen layer; the heads are still trained."""
    data = tiny(monkeypatch)
    reader = LanguageReader(data.weights, torch.from_numpy(data.words), 2, frozen=1)
    taught = {name for name, value in reader.named_parameters() if value.requires_grad}
    assert taught
    assert all(name.startswith(("spans", "pair")) for name in taught)


def test_the_french_articles_asked_about_teach_nothing(datasets: Path) -> None:
    """Those that the evaluation asks about are those that training leaves out."""
    left_out = held_out_articles(datasets / "train/languages", languages.FRENCH)
    assert left_out == set(languages.HELD_OUT)
    assert languages.FRENCH not in nearest.SETS
