"""Widens a sentence by the one beside it, where both are short and of one paragraph."""

from __future__ import annotations

from collections.abc import Collection

from qa.text import Span, sentence_spans

# The most words of two sentences that are told together.
_SHORT_PAIR = 60


def with_next(text: str, span: Span, told: Collection[Span] = ()) -> Span:
    """Return the span of a sentence and of the next one, unless that is among those told."""
    after = next((each for each in sentence_spans(text) if each[0] >= span[1]), None)
    if after is None or after in told:
        return span
    return _together(text, span, after) or span


def with_previous(text: str, span: Span) -> Span | None:
    """Return the span of a sentence and of the one before it; None where they do not belong."""
    before = [each for each in sentence_spans(text) if each[1] <= span[0]]
    return _together(text, before[-1], span) if before else None


def _together(text: str, first: Span, second: Span) -> Span | None:
    both = first[0], second[1]
    words = text[slice(*both)]
    apart = text[first[1] : second[0]].strip() or "\n\n" in words
    balanced = words.count("“") == words.count("”") and words.count('"') % 2 == 0
    return None if apart or not balanced or len(words.split()) > _SHORT_PAIR else both
