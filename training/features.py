"""Examples as token ids: one window each, batches of like length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.base import Layout
from training.sources import Example, Span

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

WINDOW = 288
QUESTION = 40
TITLE = 24


@dataclass(frozen=True, slots=True)
class Feature:
    """One window of an example as the encoder takes it.

    Attributes:
        ids: question, title and context as the layout has it, such as [CLS] question [SEP] title [SEP] context [SEP].
        context: position of the context's first token.
        offsets: for each token of the context, its span in the context's text.
        start: position of the answer's first token; 0, the place of [CLS], where there is no answer.
        end: position of the answer's last token, or 0.
    """

    ids: tuple[int, ...]
    context: int
    offsets: tuple[Span, ...]
    start: int
    end: int

    def span(self, start: int, end: int) -> Span:
        """Return the characters that tokens `start` to `end` cover, both inclusive positions in `ids`."""
        return self.offsets[start - self.context][0], self.offsets[end - self.context][1]


class Encoder:
    """Turns examples into features, in the layout of one encoder."""

    def __init__(self, tokenizer: Tokenizer, layout: Layout, window: int = WINDOW) -> None:
        self._tokenizer = tokenizer
        self.layout = layout
        self._window = window - len(layout.closing)

    def train(self, example: Example, rng: random.Random) -> Feature | None:
        """Return one window of an example, placed at random around its answer; None where the answer is too long."""
        before, context = self._encode(example)
        tokens = _tokens(context.offsets, representative(example)) if example.answers else None
        room = self._window - len(before)
        if example.answers and (tokens is None or tokens[1] - tokens[0] >= room):
            return None
        first = _place(len(context.ids), room, tokens, rng)
        return self._feature(before, context, slice(first, first + room), tokens)

    def windows(self, example: Example, stride: int) -> Iterator[Feature]:
        """Yield overlapping windows that cover the whole context, without targets."""
        before, context = self._encode(example)
        room = self._window - len(before)
        first = 0
        while True:
            yield self._feature(before, context, slice(first, first + room), None)
            if first + room >= len(context.ids):
                return
            first += max(1, room - stride)

    def _encode(self, example: Example) -> tuple[list[int], Encoding]:
        """Return the ids before the context's, and the context's encoding."""
        layout, context = self.layout, example.context
        asked, titled = (
            [token + layout.shift for token in self._tokens_of(text).ids[:most]]
            for text, most in ((example.question, QUESTION), (context.title, TITLE))
        )
        before = [*layout.opening, *asked, *layout.between]
        return before + ([*titled, *layout.closing] if titled else []), self._tokens_of(context.text)

    def _tokens_of(self, text: str) -> Encoding:
        return self._tokenizer.encode(text, add_special_tokens=False)

    def _feature(self, before: list[int], context: Encoding, window: slice, tokens: tuple[int, int] | None) -> Feature:
        by = len(before) - window.start
        start, end = (tokens[0] + by, tokens[1] + by) if tokens else (0, 0)
        read = (one + self.layout.shift for one in context.ids[window])
        ids = (*before, *read, *self.layout.closing)
        return Feature(ids, len(before), tuple(context.offsets[window]), start, end)


def representative(example: Example) -> Span:
    """Return the answer that shares most characters with the others; of equals, the shortest."""
    return max(example.answers, key=lambda a: (sum(_shared(a, b) for b in example.answers), a[0] - a[1]))


def _shared(one: Span, two: Span) -> float:
    """Return the overlap of two spans in characters, over their union."""
    common = max(0, min(one[1], two[1]) - max(one[0], two[0]))
    return common / (one[1] - one[0] + two[1] - two[0] - common)


def _tokens(offsets: Sequence[Span], answer: Span) -> tuple[int, int] | None:
    """Return the first and last token that touch an answer."""
    touched = [i for i, (start, end) in enumerate(offsets) if start < answer[1] and end > answer[0]]
    return (touched[0], touched[-1]) if touched else None


def _place(length: int, room: int, tokens: tuple[int, int] | None, rng: random.Random) -> int:
    """Return the first context token of a window that holds `tokens` whole."""
    last = max(0, length - room)
    low, high = (max(0, tokens[1] - room + 1), min(last, tokens[0])) if tokens else (0, last)
    return rng.randint(min(low, high), high)


def padded(features: Sequence[Feature], pad: int) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    """Return ids, mask (1 but on padding) and inside (1 on the context's tokens), rows as long as the longest."""
    places = range(max(len(feature.ids) for feature in features))
    ids = [[*feature.ids, *([pad] * (len(places) - len(feature.ids)))] for feature in features]
    mask = [[int(at < len(feature.ids)) for at in places] for feature in features]
    inside = [[int(0 <= at - feature.context < len(feature.offsets)) for at in places] for feature in features]
    return ids, mask, inside


def batches(lengths: Sequence[int], size: int, rng: random.Random, pool: int = 50) -> list[list[int]]:
    """Return the indices of `lengths` in batches of like length, in an order that `rng` decides.

    Only within a pool of some batches are examples sorted, so that each batch stays a random mixture.
    """
    order = rng.sample(range(len(lengths)), len(lengths))
    made = []
    for at in range(0, len(order), size * pool):
        alike = sorted(order[at : at + size * pool], key=lambda i: lengths[i])
        made += [alike[i : i + size] for i in range(0, len(alike), size)]
    rng.shuffle(made)
    return made
