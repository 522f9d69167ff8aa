"""The environment cannot open what the chat keeps closed."""

from __future__ import annotations

import os

import pytest

from qa.chat.environment import forget_gradio_variables, without_proxies


def test_gradio_reads_none_of_its_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that share, serve files, move or reload the app are gone; ours stay."""
    opening = ("SHARE", "ALLOWED_PATHS", "ROOT_PATH", "WATCH_DIRS", "MCP_SERVER", "HOT_RELOAD")
    for name in opening:
        monkeypatch.setenv(f"GRADIO_{name}", "true")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7999")
    forget_gradio_variables()
    assert not {f"GRADIO_{name}" for name in opening} & os.environ.keys()
    assert os.environ["GRADIO_SERVER_PORT"] == "7999"


def test_proxies_are_hidden_only_while_the_chat_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """In either spelling; a chat model's proxy is there again afterwards."""
    proxies = {"HTTP_PROXY": "http://192.0.2.1:3128", "all_proxy": "socks5://192.0.2.1:1080"}
    for name, address in proxies.items():
        monkeypatch.setenv(name, address)
    with without_proxies():
        assert not proxies.keys() & os.environ.keys()
    assert proxies.items() <= os.environ.items()
