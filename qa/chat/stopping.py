"""Stopping an answer while it is made."""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator
from typing import TypeVar, cast

T = TypeVar("T")

# Stops that nobody asked for any more are forgotten when there are more; each is a few bytes.
_MOST = 1_000


class StoppedError(Exception):
    """The visitor does not want the rest."""


class Stop:
    """The wish to stop one question; it may come before the question does."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
        self._asked = threading.Event()

    def __call__(self) -> None:
        """Ask to stop."""
        self._asked.set()
        self._events.put(("stop", None))

    def add(self, item: object) -> None:
        """Have `watch` yield an item besides, from within what makes the others.

        Raises:
            StoppedError: the stop was asked for.
        """
        if self._asked.is_set():
            raise StoppedError
        self._events.put(("item", item))

    def watch(self, items: Iterator[T]) -> Generator[T, None, None]:
        """Yield `items`, which are made in a thread of their own, until they end or the stop is asked for.

        What is at work on an item when the stop comes goes on until that item is there, or it calls `add`; nobody waits
        for it.

        Raises:
            StoppedError: as soon as the stop is asked for.
            Exception: whatever making the items raised.
        """
        threading.Thread(target=self._make, args=(items,), daemon=True).start()
        try:
            while True:
                kind, value = self._events.get()
                if kind == "end":
                    return
                if kind == "stop":
                    raise StoppedError
                if kind == "error":
                    raise cast("Exception", value)
                yield cast("T", value)
        finally:
            self._asked.set()  # also when nobody listens any more

    def _make(self, items: Iterator[T]) -> None:
        try:
            for item in items:
                if self._asked.is_set():
                    break
                self._events.put(("item", item))
            self._events.put(("end", None))
        except Exception as error:  # noqa: BLE001 - it is raised again where the items are used
            self._events.put(("error", error))


class Stops:
    """The stops of the questions at work, by the token that the browser gave each question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: OrderedDict[str, Stop] = OrderedDict()

    def of(self, token: str) -> Stop:
        """Return the stop of a question, whichever comes first, the question or the wish to stop it."""
        with self._lock:
            while len(self._stops) >= _MOST and token not in self._stops:
                self._stops.popitem(last=False)
            return self._stops.setdefault(token, Stop())

    def forget(self, token: str) -> None:
        """Forget the stop of a question that is finished."""
        with self._lock:
            self._stops.pop(token, None)
