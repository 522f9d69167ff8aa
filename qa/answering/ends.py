"""Runs streams and generators to their end."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from qa.types import Answer, Partial, Statement, StreamEvent


def last(stream: Iterator[StreamEvent]) -> Answer:
    """Return the answer that a stream ends with."""
    *_, answer = stream
    if not isinstance(answer, Answer):
        raise TypeError("a stream ends with its answer")
    return answer


def returned(composing: Generator[Partial | Statement, None, Answer]) -> Answer:
    """Return the value of a generator."""
    while True:
        try:
            next(composing)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
