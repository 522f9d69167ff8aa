"""Where the chat listens."""

from __future__ import annotations

from typing import Any

import pytest

from qa.chat import serving
from qa.errors import QAError, SettingsError
from qa.settings import Settings


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what the app is launched with; nothing listens."""
    values: dict[str, Any] = {}
    monkeypatch.setattr(serving, "launch", lambda _app, **options: values.update(options))
    for name in ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    return values


def test_only_this_machine_reaches_the_chat(launched: dict[str, Any]) -> None:
    """Without any wish the chat listens at 127.0.0.1:7860."""
    serving.serve(Settings())
    assert launched == {"host": "127.0.0.1", "port": 7860}


def test_the_environment_moves_the_chat(launched: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradio's own variables are honoured, and arguments come before them."""
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")  # noqa: S104 - nothing listens in this test
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7999")
    serving.serve(Settings())
    assert launched == {"host": "0.0.0.0", "port": 7999}  # noqa: S104 - the same
    serving.serve(Settings(), host="127.0.0.1", port=8000)
    assert launched == {"host": "127.0.0.1", "port": 8000}


@pytest.mark.parametrize("port", ["web", "-1", "0", "65536", "7860.5"])
def test_what_is_not_a_port_is_refused(port: str, launched: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that cannot be is named, before anything is launched."""
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    with pytest.raises(SettingsError, match=f"GRADIO_SERVER_PORT = '{port}' is not a port"):
        serving.serve(Settings())
    assert launched == {}


def test_a_taken_port_is_said_plainly() -> None:
    """When the port cannot be had the error says which, and what to do."""

    class Taken:
        def queue(self, **_options: Any) -> Taken:
            return self

        def launch(self, **_options: Any) -> None:
            raise OSError("Cannot find empty port")

    with pytest.raises(QAError, match=r"127\.0\.0\.1:7860, perhaps .* --port"):
        serving.launch(Taken(), host="127.0.0.1", port=7860)  # type: ignore[arg-type]
