"""The walls around unit tests stand."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys

import pytest
import pytest_socket

from qa.models.encoder import Encoder
from qa.settings import settings_file


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
    assert {name for name in os.environ if name.startswith("QA_")} <= {"QA_CONFIG", "QA_DATASETS"}
    assert settings_file() is None


def test_telemetry_is_off_whatever_the_environment_says() -> None:
    """`import qa` overrides every switch of a library's telemetry, and imports none of them itself."""
    script = "import os, sys, qa; print(*(os.environ[name] for name in sys.argv[1:]), 'onnxruntime' in sys.modules)"
    switches = {
        "ORT_DISABLE_TELEMETRY": "1",
        "ANONYMIZED_TELEMETRY": "False",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", script, *switches],
        env={**os.environ, **dict.fromkeys(switches, "maybe")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [*switches.values(), "False"]
