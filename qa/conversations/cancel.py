"""Cancelling a question while it is being answered."""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator
from typing import TypeVar, cast

T = TypeVar("T")

# Tokens whose question never arrives are dropped, oldest first, beyond this many.
_MAX_TOKENS = 1_000


class QuestionCancelledError(Exception):
    """The question was cancelled."""


class CancelToken:
    """Cancellation token for one question; may be set before the question arrives."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Cancel the question."""
        self._cancelled.set()
        self._events.put(("cancelled", None))

    def watch(
        self, items: Iterator[T], pause: float | None = None
    ) -> Generator[T | None, None, None]:
        """Yield `items`, produced in a thread of their own, until they end or are cancelled.

        Nobody waits for the item being produced when the question is cancelled; the producer stops
        (a generator is closed) as soon as that item is complete.

        Args:
            items: what to produce.
            pause: seconds after an item; if no other comes by then, None is yielded once.

        Raises:
            QuestionCancelledError: as soon as the question is cancelled.
            Exception: whatever producing the items raised.
        """
        threading.Thread(target=self._produce, args=(items,), daemon=True).start()
        timeout = None
        try:
            while True:
                try:
                    kind, value = self._events.get(timeout=timeout)
                except queue.Empty:
                    timeout = None
                    yield None
                    continue
                if kind == "end":
                    return
                if kind == "cancelled":
                    raise QuestionCancelledError
                if kind == "error":
                    raise cast("Exception", value)
                timeout = pause
                yield cast("T", value)
        finally:
            self._cancelled.set()  # also when the consumer has gone

    def _produce(self, items: Iterator[T]) -> None:
        try:
            for item in items:
                if self._cancelled.is_set():
                    break
                self._events.put(("item", item))
            if isinstance(items, Generator):
                items.close()
            self._events.put(("end", None))
        except Exception as error:  # noqa: BLE001 - raised again by the consumer
            self._events.put(("error", error))


class CancelTokens:
    """The cancellation tokens of the questions in progress, by the key the client gave each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: OrderedDict[str, CancelToken] = OrderedDict()

    def get(self, key: str) -> CancelToken:
        """Return the token of a question; it is created by the question or by its cancellation."""
        with self._lock:
            while len(self._tokens) >= _MAX_TOKENS and key not in self._tokens:
                self._tokens.popitem(last=False)
            return self._tokens.setdefault(key, CancelToken())

    def discard(self, key: str) -> None:
        """Forget the token of a finished question."""
        with self._lock:
            self._tokens.pop(key, None)
