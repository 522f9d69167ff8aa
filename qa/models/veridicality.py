"""Verbs that deny what they tell of, as `training.veridicality` learned them."""

from __future__ import annotations

import functools
import json
from importlib import resources

FILE = "veridicality.json"


@functools.cache
def denying() -> frozenset[str]:
    """Return the stems of verbs like "deny" and "refuse": what they tell of did not happen."""
    held = json.loads(resources.files("qa.models").joinpath(FILE).read_text("utf-8"))
    return frozenset(held["denying"])
