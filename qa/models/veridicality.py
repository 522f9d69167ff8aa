"""Verbs that leave open, or deny, what they tell of, as `training.veridicality` learned them."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources

FILE = "veridicality.json"


@dataclass(frozen=True, slots=True)
class Veridicality:
    """Stems of verbs.

    Attributes:
        denying: what they tell of did not happen: "refuse", "deny".
        open: what they tell of may or may not have happened: "hope", "demand".
    """

    denying: frozenset[str]
    open: frozenset[str]


@functools.cache
def veridicality() -> Veridicality:
    """Return the verbs that ship."""
    held = json.loads(resources.files("qa.models").joinpath(FILE).read_text("utf-8"))
    return Veridicality(frozenset(held["denying"]), frozenset(held["open"]))
