"""Splits a chat model's text into sentences while it streams."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.errors import ModelError
from qa.text import Span, sentence_spans, words
from qa.types import Partial

_LEADING_MARKERS = re.compile(r"(?:\[\d+\]\s*)+")
_WORD_FOLLOWS = re.compile(r"[^\s\[]\S*\s")
_ENDED = re.compile(r"(?:[.!?][”\"’')]*(?:\s*\[\d+\]|\s)|\[\d+\][.!?])\s*$")
_REPEATS = "the chat model repeats itself"
# "He did not.": so short a sentence may occur twice in an answer.
_MAX_REPEATABLE_WORDS = 3
_MAX_SENTENCE_CHARS = 2_000
# This many words that repeat a pattern of at most this period are a loop.
_LOOP_WORDS, _MAX_PERIOD = 60, 20


def sentences(pieces: Iterator[str]) -> Iterator[str | Partial]:
    """Yield the sentences of streamed text, each as soon as the next one starts.

    A sentence includes the markers that follow it. After each piece, the incomplete sentence is
    yielded as a `Partial`.

    Raises:
        ModelError: the stream failed, or the text loops, or a sentence does not end. All complete
            sentences have been yielded before.
    """
    text = ""
    try:
        for piece in pieces:
            text += piece
            _check_progress(text)
            spans = _cited_spans(text)
            # The last one may grow, and so may the one before it while only markers follow.
            growing = 1 if spans and _WORD_FOLLOWS.match(text, spans[-1][0]) else 2
            for start, end in spans[:-growing]:
                yield text[start:end]
            text = text[spans[-growing][0] :] if len(spans) > growing else text
            yield Partial(text.strip())
    except ModelError:
        spans = _cited_spans(text)
        for start, end in spans if _ENDED.search(text) else spans[:-1]:
            yield text[start:end]
        raise
    for start, end in _cited_spans(text):
        yield text[start:end]


def without_repetition(written: Iterator[str | Partial]) -> Iterator[str | Partial]:
    """Yield sentences until one of more than a few words is repeated.

    Raises:
        ModelError: a sentence was repeated.
    """
    seen: set[tuple[str, ...]] = set()
    for sentence in written:
        if isinstance(sentence, Partial):
            yield sentence
            continue
        key = tuple(words(sentence))
        if len(key) > _MAX_REPEATABLE_WORDS and key in seen:
            raise ModelError(_REPEATS)
        seen.add(key)
        yield sentence


def _check_progress(text: str) -> None:
    """Raise an error if the text loops, or its sentence does not end."""
    tail = text[-_MAX_SENTENCE_CHARS:].split()[-_LOOP_WORDS:]
    looping = len(tail) == _LOOP_WORDS and any(
        tail[period:] == tail[:-period] for period in range(1, _MAX_PERIOD + 1)
    )
    if looping or len(text) > 2 * _MAX_SENTENCE_CHARS:
        raise ModelError(_REPEATS if looping else "the chat model does not come to an end")


def _cited_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of `text`, each with the markers behind its full stop."""
    spans: list[Span] = []
    for start, end in sentence_spans(text, longest=len(text)):
        markers = _LEADING_MARKERS.match(text, start, end)
        rest = markers.end() if markers and spans else start
        if rest > start:
            spans[-1] = spans[-1][0], len(text[:rest].rstrip())
        if rest < end:
            spans.append((rest, end))
    return spans
