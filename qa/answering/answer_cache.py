"""Keeps the answers to questions until the articles change."""

from __future__ import annotations

import pickle
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from qa.types import Answer, Article, Found, Hit, StreamEvent

# Answers are mostly text, which the fastest compression makes a third.
_LEVEL = 1
# What an entry takes beside its bytes and its key's.
_OVERHEAD = 500

# Articles may be long, and the index has them: of those that were found, the ids are kept.
_Kept = list[StreamEvent | tuple[tuple[Hit, ...], tuple[str, ...]]]
Answering = Generator[StreamEvent, None, Answer]


class Snapshot(Protocol):
    """What is needed of one state of the index; see `qa.index.Snapshot`."""

    @property
    def generation(self) -> str:
        """A token of this state."""

    def articles(self, article_ids: Iterable[str]) -> Mapping[str, Article]:
        """Return id -> article."""


class AnswerCache:
    """The answers of one pipeline to questions that stand alone. Safe to use from several threads.

    Nothing of a conversation is kept but the question as it was understood, so whoever asks the
    same gets the same answer. All is dropped when a question meets another state of the articles.

    Args:
        limit: bytes that all entries may take; those that were used least recently are dropped.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, bytes] = OrderedDict()
        self._generation = ""
        self.size = 0

    def through(
        self, snapshot: Snapshot, key: Hashable, answering: Answering, lap: Callable[[str], None]
    ) -> Answering:
        """Yield what happens, or happened before, while a question is answered; return the answer.

        Args:
            snapshot: the state of the articles.
            key: all that the answer depends on, but for the articles.
            answering: answers the question; not started where the answer is known.
            lap: called with "cache" where it is.
        """
        generation = snapshot.generation
        if (known := self._get(generation, key)) is not None:
            *before, last = _restored(known, snapshot)
            yield from before
            assert isinstance(last, Answer)  # noqa: S101 - as it was put
            lap("cache")
            return last
        events: list[StreamEvent] = []
        while True:
            try:
                event = next(answering)
            except StopIteration as end:
                answer: Answer = end.value
                break
            events.append(event)
            yield event
        if snapshot.generation == generation:  # no write was finished meanwhile
            self._put(generation, key, [*events, answer])
        return answer

    def _get(self, generation: str, key: Hashable) -> _Kept | None:
        with self._lock:
            if generation != self._generation:
                self._entries.clear()
                self.size, self._generation = 0, generation
            kept = self._entries.get(key)
            if kept is None:
                return None
            self._entries.move_to_end(key)
        found: _Kept = pickle.loads(zlib.decompress(kept))  # noqa: S301 - our own bytes
        return found

    def _put(self, generation: str, key: Hashable, events: Sequence[StreamEvent]) -> None:
        known: _Kept = [
            (event.hits, tuple(event.articles)) if isinstance(event, Found) else event
            for event in events
        ]
        kept = zlib.compress(pickle.dumps(known, pickle.HIGHEST_PROTOCOL), _LEVEL)
        with self._lock:
            # Those who asked later may have met a newer state already.
            if generation != self._generation or key in self._entries:
                return
            self._entries[key] = kept
            self.size += _taken(key, kept)
            while self.size > self._limit:
                self.size -= _taken(*self._entries.popitem(last=False))


def _restored(known: _Kept, snapshot: Snapshot) -> Iterator[StreamEvent]:
    for event in known:
        if isinstance(event, tuple):
            yield Found(event[0], snapshot.articles(event[1]))
        else:
            yield event


def _taken(key: Hashable, kept: bytes) -> int:
    return len(kept) + len(repr(key)) + _OVERHEAD
