"""Cancelling a question in progress."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from qa.conversations.cancel import CancelToken, CancelTokens, QuestionCancelledError


def test_items_pass_in_their_order() -> None:
    """Without a stop all items come, in the order in which they were made."""
    assert list(CancelToken().watch(iter(range(100)))) == list(range(100))


def test_a_failure_passes() -> None:
    """What making the items raised is raised where they are used, after those that were made."""

    def fail() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    items = CancelToken().watch(fail())
    assert next(items) == 1
    with pytest.raises(KeyError, match="two"):
        next(items)


def test_nobody_waits_for_what_is_stopped() -> None:
    """The stop ends the wait although the next item is never made."""
    never = threading.Event()

    def stuck() -> Iterator[int]:
        yield 1
        never.wait(30)
        yield 2

    token = CancelToken()
    items = token.watch(stuck())
    assert next(items) == 1
    token.cancel()
    with pytest.raises(QuestionCancelledError):
        next(items)
    never.set()


def test_what_nobody_uses_is_not_made() -> None:
    """Once the consumer is gone, only the item in progress is still produced."""
    made = []
    go = threading.Semaphore(1)

    def count() -> Iterator[int]:
        for number in range(100):
            go.acquire(timeout=30)
            made.append(number)
            yield number

    items = CancelToken().watch(count())
    next(items)
    items.close()
    for _ in range(100):
        go.release()
    for thread in threading.enumerate():
        if thread.daemon and "_produce" in thread.name:
            thread.join(30)
    assert len(made) <= 2


def test_stops_are_known_by_their_tokens() -> None:
    """The same token has the same stop until it is forgotten, and unused ones do not pile up."""
    tokens = CancelTokens()
    first = tokens.get("a")
    assert tokens.get("a") is first
    tokens.discard("a")
    assert tokens.get("a") is not first
    for number in range(5_000):
        tokens.get(str(number))
    assert len(tokens._tokens) <= 1_000


def test_a_generator_is_closed_when_it_is_cancelled() -> None:
    """What produces the items is told: after the cancellation a generator ends within its next item."""
    token, closed, go = CancelToken(), threading.Event(), threading.Event()

    def produce() -> Iterator[int]:
        try:
            yield 1
            go.wait(30)
            yield 2
            pytest.fail("nobody wants a third")
        finally:
            closed.set()

    items = token.watch(produce())
    assert next(items) == 1
    token.cancel()
    with pytest.raises(QuestionCancelledError):
        next(items)
    assert not closed.is_set()
    go.set()
    assert closed.wait(60)


def test_a_pause_is_told_once() -> None:
    """None tells that no item came for a while, once after each item."""
    go = threading.Event()

    def produce() -> Iterator[int]:
        yield 1
        go.wait(30)
        yield 2

    told = []
    for item in CancelToken().watch(produce(), pause=0.01):
        told.append(item)
        if item is None:
            go.set()
    assert told[:3] == [1, None, 2]  # the end may be another pause away
