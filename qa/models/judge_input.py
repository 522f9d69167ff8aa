"""The judge's input: a claim, and the pieces of what it cites, as token ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from qa.models.reader_manifest import TokenLayout

LAYOUT = TokenLayout(shift=0, opening=(101,), between=(102,), closing=(102,), pad=0)
"""MiniLM's special tokens around a claim and the pieces behind it."""
CLAIM = 80
"""Longest claim in tokens; the rest of it is cut off."""
WINDOW = 288
"""Longest input in tokens."""


@dataclass(frozen=True, slots=True)
class JudgeInput:
    """One input.

    Attributes:
        ids: [CLS] claim [SEP] pieces [SEP].
        places: of each piece, its first token and the one after its last.
    """

    ids: tuple[int, ...]
    places: tuple[tuple[int, int], ...]


def room(claim: Sequence[int], layout: TokenLayout, window: int = WINDOW) -> int:
    """Return how many tokens the pieces may have beside a claim of some tokens."""
    around = len(layout.opening) + len(layout.between) + len(layout.closing)
    return window - around - min(len(claim), CLAIM)


def compose(
    claim: Sequence[int], pieces: Iterable[Sequence[int]], layout: TokenLayout
) -> JudgeInput:
    """Return the input for a claim and pieces, all as ids of the packaged tokenizer."""
    ids = [*layout.opening, *(token + layout.shift for token in claim[:CLAIM]), *layout.between]
    places = []
    for piece in pieces:
        places.append((len(ids), len(ids) + len(piece)))
        ids += (token + layout.shift for token in piece)
    return JudgeInput((*ids, *layout.closing), tuple(places))


def tokens(tokenizer: Any, text: str) -> list[int]:
    """Return a text's ids, without special tokens."""
    return tokenizer.encode(text, add_special_tokens=False).ids  # type: ignore[no-any-return]
