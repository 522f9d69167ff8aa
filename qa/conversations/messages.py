"""What visitors are told of an error: where things lie on the server is nobody's business."""

from __future__ import annotations

import os
import re
from pathlib import Path

# An absolute path with at least one folder; an address such as https://... is none.
_PATH = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:\\|[/\\])(?:[^\s/\\'\":;,()]+[/\\])+")


def told(error: Exception | str) -> str:
    """Return the message of an error with the last part of each path only."""
    text = str(error)
    # These may have spaces in them, which the pattern takes for the end of a path.
    for folder in {os.getcwd(), os.path.expanduser("~")} - {"/"}:  # noqa: PTH109, PTH111 - as text
        text = text.replace(f"{Path(folder)}{os.sep}", "")
    return _PATH.sub("", text)
