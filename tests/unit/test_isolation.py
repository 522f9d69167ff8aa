"""The walls around unit tests stand."""

from __future__ import annotations

import importlib
import os
import socket
import sys

import pytest
import pytest_socket

from qa.encoder import Encoder


def test_no_socket_opens() -> None:
    """A unit test that reaches for the network fails."""
    with (
        pytest.warns(UserWarning, match="socket"),
        pytest.raises(pytest_socket.SocketBlockedError),
        socket.socket(socket.AF_INET),
    ):
        pass


@pytest.mark.parametrize("name", ["torch", "sentence_transformers"])
def test_no_model_library_imports(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit test that would wait for a model's libraries fails at once."""
    monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ImportError, match="a unit test imported"):
        importlib.import_module(name)


def test_no_model_loads() -> None:
    """The packaged encoder refuses to load, even where its libraries are in memory already."""
    with pytest.raises(pytest.fail.Exception, match="loaded a model"):
        Encoder().encode(["a text"])


def test_no_settings_leak_in() -> None:
    """Settings in the environment of whoever runs the tests do not reach a unit test."""
    assert {name for name in os.environ if name.startswith("QA_")} <= {"QA_DATASETS"}
