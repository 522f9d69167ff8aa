"""Keeps Gradio's own environment variables from opening what the chat keeps closed."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from qa.errors import SettingsError

PORT = 7860

# The chat reads the first two itself; the others open nothing.
_HARMLESS = frozenset(
    {
        "GRADIO_SERVER_NAME",
        "GRADIO_SERVER_PORT",
        "GRADIO_ANALYTICS_ENABLED",
        "GRADIO_TEMP_DIR",
    }
)
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})


def forget_gradio_variables() -> None:
    """Remove the variables with which Gradio shares, serves files, traces, reloads and the like.

    Gradio reads some of them when it is imported and others when an app is launched.
    """
    for name in [name for name in os.environ if name.upper().startswith("GRADIO_")]:
        if name.upper() not in _HARMLESS:
            del os.environ[name]


def port_of_environment() -> int:
    """Return the port that GRADIO_SERVER_PORT names, else the default one.

    Gradio reads the variable too when it is imported, and fails at what is no number.

    Raises:
        SettingsError: it is not a port.
    """
    value = os.environ.get("GRADIO_SERVER_PORT") or str(PORT)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SettingsError(
            f"GRADIO_SERVER_PORT = {value!r} is not a port: give a number from 1 to 65535"
        )
    return int(value)


@contextlib.contextmanager
def without_proxies() -> Iterator[None]:
    """Hide the proxies of the environment: an app that starts asks itself whether it is there."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.lower() in _PROXIES}
    try:
        yield
    finally:
        os.environ.update(hidden)


@contextlib.contextmanager
def without_mcp() -> Iterator[None]:
    """Hide the package mcp: Gradio would load it, a second and 33 MB, for a server of its own."""
    if "mcp" in sys.modules:
        yield
        return
    sys.modules["mcp"] = None  # type: ignore[assignment]  # what the import system takes for absent
    try:
        yield
    finally:
        del sys.modules["mcp"]
