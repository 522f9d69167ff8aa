"""What integration tests share: one encoder in memory, one index of the sample articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.index import Index
from qa.models.encoder import open_encoder
from qa.protocols import Encoder
from qa.settings import Settings
from tests.collection import CORPUS


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """Return the packaged encoder, which all indexes of this process share."""
    return open_encoder()


@pytest.fixture(scope="session")
def corpus_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an index of the sample articles, for tests that only read it."""
    folder = tmp_path_factory.mktemp("corpus") / "index"
    assert Index.open(Settings(index=folder), create=True).update([CORPUS]).refused == ()
    return folder


@pytest.fixture
def corpus(corpus_index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make the index of the sample articles the one that QA_INDEX names, and return it."""
    monkeypatch.setenv("QA_INDEX", str(corpus_index))
    monkeypatch.chdir(tmp_path)
    return corpus_index
