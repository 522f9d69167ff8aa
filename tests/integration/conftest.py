"""What integration tests share: one encoder in memory, one index of the sample articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.encoder import Encoder
from qa.index import Index
from qa.settings import Settings
from tests.collection import CORPUS


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """Return one encoder for all tests: loading it takes seconds."""
    return Encoder()


@pytest.fixture
def shared_encoder(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    """Let every index that a test opens use the one encoder."""
    monkeypatch.setattr("qa.index.index.Encoder", lambda name: encoder if name == encoder.name else Encoder(name))
    return encoder


@pytest.fixture(scope="session")
def corpus_index(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an index of the sample articles, for tests that only read it."""
    folder = tmp_path_factory.mktemp("corpus") / "index"
    index = Index.open(Settings(index=folder), create=True)
    index.encoder = encoder
    assert index.update([CORPUS]).refused == ()
    return folder


@pytest.fixture
def corpus(corpus_index: Path, shared_encoder: Encoder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make the index of the sample articles the one that QA_INDEX names, and return it."""
    monkeypatch.setenv("QA_INDEX", str(corpus_index))
    monkeypatch.chdir(tmp_path)
    return corpus_index
