"""Encodes examples as windows of token ids, and batches windows of similar length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.models.reader_manifest import TokenLayout, reader_manifest
from training.sources import Example, Span

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer


@dataclass(frozen=True, slots=True)
class Feature:
    """One window of an example, as the encoder takes it.

    Attributes:
        ids: the input, for example [CLS] question [SEP] title [SEP] context [SEP].
        context: position of the context's first token.
        offsets: for each token of the context, its span in the context's text.
        start: position of the answer's first token; 0, the position of [CLS], if there is none.
        end: position of the answer's last token, or 0.
    """

    ids: tuple[int, ...]
    context: int
    offsets: tuple[Span, ...]
    start: int
    end: int

    def span(self, start: int, end: int) -> Span:
        """Return the characters that the tokens `start` to `end` cover, inclusive positions."""
        return self.offsets[start - self.context][0], self.offsets[end - self.context][1]


class Encoder:
    """Encodes examples in the layout of one base encoder."""

    def __init__(
        self, tokenizer: Tokenizer, layout: TokenLayout, window: int | None = None
    ) -> None:
        self._tokenizer = tokenizer
        self.layout = layout
        self._lengths = lengths = reader_manifest()
        self._window = (window or lengths.window) - len(layout.closing)

    def train(self, example: Example, rng: random.Random) -> Feature | None:
        """Return a random window around an example's answer; None if the answer is too long."""
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
        """Return the ids before the context, and the encoded context."""
        layout, context = self.layout, example.context
        asked, titled = (
            [token + layout.shift for token in self._tokens_of(text).ids[:most]]
            for text, most in (
                (example.question, self._lengths.question),
                (context.title, self._lengths.title),
            )
        )
        before = [*layout.opening, *asked, *layout.between]
        return before + ([*titled, *layout.closing] if titled else []), self._tokens_of(
            context.text
        )

    def _tokens_of(self, text: str) -> Encoding:
        return self._tokenizer.encode(text, add_special_tokens=False)

    def _feature(
        self, before: list[int], context: Encoding, window: slice, tokens: tuple[int, int] | None
    ) -> Feature:
        by = len(before) - window.start
        start, end = (tokens[0] + by, tokens[1] + by) if tokens else (0, 0)
        read = (one + self.layout.shift for one in context.ids[window])
        ids = (*before, *read, *self.layout.closing)
        return Feature(ids, len(before), tuple(context.offsets[window]), start, end)


def representative(example: Example) -> Span:
    """Return the answer that overlaps most with the others; among equals, the shortest."""
    return max(
        example.answers, key=lambda a: (sum(_shared(a, b) for b in example.answers), a[0] - a[1])
    )


def _shared(one: Span, two: Span) -> float:
    """Return the Jaccard similarity of two spans, in characters."""
    common = max(0, min(one[1], two[1]) - max(one[0], two[0]))
    return common / (one[1] - one[0] + two[1] - two[0] - common)


def _tokens(offsets: Sequence[Span], answer: Span) -> tuple[int, int] | None:
    """Return the first and last token that overlap an answer."""
    touched = [i for i, (start, end) in enumerate(offsets) if start < answer[1] and end > answer[0]]
    return (touched[0], touched[-1]) if touched else None


def _place(length: int, room: int, tokens: tuple[int, int] | None, rng: random.Random) -> int:
    """Return the first context token of a random window that contains `tokens`."""
    last = max(0, length - room)
    low, high = (max(0, tokens[1] - room + 1), min(last, tokens[0])) if tokens else (0, last)
    return rng.randint(min(low, high), high)


def padded(
    features: Sequence[Feature], pad: int
) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    """Return ids, attention mask and context mask, padded to the longest row."""
    places = range(max(len(feature.ids) for feature in features))
    ids = [[*feature.ids, *([pad] * (len(places) - len(feature.ids)))] for feature in features]
    mask = [[int(at < len(feature.ids)) for at in places] for feature in features]
    inside = [
        [int(0 <= at - feature.context < len(feature.offsets)) for at in places]
        for feature in features
    ]
    return ids, mask, inside


def batches(
    lengths: Sequence[int], size: int, rng: random.Random, pool: int = 50
) -> list[list[int]]:
    """Return the indices of `lengths` in shuffled batches of similar length.

    Examples are sorted only within a pool of batches, so that each batch stays a random sample.
    """
    order = rng.sample(range(len(lengths)), len(lengths))
    made = []
    for at in range(0, len(order), size * pool):
        alike = sorted(order[at : at + size * pool], key=lambda i: lengths[i])
        made += [alike[i : i + size] for i in range(0, len(alike), size)]
    rng.shuffle(made)
    return made
