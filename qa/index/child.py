"""How a module of this package is run in a process of its own."""

from __future__ import annotations

import os
import sys
from typing import Any


def child(module: str, *arguments: str, **variables: str) -> dict[str, Any]:
    """Return the arguments for `subprocess` that run a module.

    Args:
        module: its full name.
        arguments: of its command line.
        variables: of its environment, beside those of this process.
    """
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)  # noqa: PTH100 - as text
    return {
        "args": [sys.executable, "-P", "-m", module, *arguments],
        "env": {**os.environ, **variables, "PYTHONPATH": paths},
        "start_new_session": True,  # Ctrl-C is not for it
    }
