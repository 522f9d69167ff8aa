"""Stopping what is at work."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from qa.chat.stopping import Stop, StoppedError, Stops


def test_items_pass_in_their_order() -> None:
    """Without a stop all items come, in the order in which they were made."""
    assert list(Stop().watch(iter(range(100)))) == list(range(100))


def test_a_failure_passes() -> None:
    """What making the items raised is raised where they are used, after those that were made."""

    def fail() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    items = Stop().watch(fail())
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

    stop = Stop()
    items = stop.watch(stuck())
    assert next(items) == 1
    stop()
    with pytest.raises(StoppedError):
        next(items)
    never.set()


def test_what_nobody_uses_is_not_made() -> None:
    """After the user of the items is gone no more than the one at work is made."""
    made = []
    go = threading.Semaphore(1)

    def count() -> Iterator[int]:
        for number in range(100):
            go.acquire(timeout=30)
            made.append(number)
            yield number

    items = Stop().watch(count())
    next(items)
    items.close()
    for _ in range(100):
        go.release()
    for thread in threading.enumerate():
        if thread.daemon and "_make" in thread.name:
            thread.join(30)
    assert len(made) <= 2


def test_stops_are_known_by_their_tokens() -> None:
    """The same token has the same stop until it is forgotten, and unused ones do not pile up."""
    stops = Stops()
    first = stops.of("a")
    assert stops.of("a") is first
    stops.forget("a")
    assert stops.of("a") is not first
    for number in range(5_000):
        stops.of(str(number))
    assert len(stops._stops) <= 1_000


def test_the_maker_can_add_items_and_hears_of_the_stop() -> None:
    """What is added comes between the items; after the stop adding raises, which ends the making."""
    stop, ended = Stop(), threading.Event()

    def make() -> Iterator[str]:
        yield "one"
        try:
            for _ in range(1000):
                stop.add("between")
                threading.Event().wait(0.01)
        finally:
            ended.set()

    items = stop.watch(make())
    assert [next(items), next(items)] == ["one", "between"]
    stop()
    with pytest.raises(StoppedError):
        list(items)
    assert ended.wait(5)
