"""What integration tests share: one encoder in memory, one index of the sample articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa.index import Index
from qa.models.encoder import open_encoder
from qa.protocols import Encoder
from qa.settings import Settings
from tests.collection import CORPUS
from tests.server import Server, Start


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


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Return a function that starts a server, which runs until the module's tests are over."""
    servers: list[Server] = []

    def started(**options: Any) -> Server:
        servers.append(Server(tmp_path_factory.mktemp("server") / "chat", **options))
        return servers[-1]

    yield started
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def server(start: Start) -> Server:
    """Return the server that most tests share."""
    return start()
