"""What programs need is loaded when the first of them asks: the chat starts as fast as without."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration

_LATER = ("argon2", "mcp", "prometheus_client", "qa.server.rest", "qa.server.mcp", "qa.client")
_LOADED = f"import sys, qa.chat.serving; print([m for m in {_LATER!r} if m in sys.modules])"
_COMMAND = "import sys, qa.cli; print([m for m in sys.modules if m.split('.')[0] == 'starlette'])"


@pytest.mark.parametrize("code", [_LOADED, _COMMAND])
def test_nothing_is_loaded_before_it_is_asked_for(code: str) -> None:
    """Neither by the chat, nor, of the whole server, by the command line."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600
    )
    assert done.stdout.strip() == "[]", done.stderr
