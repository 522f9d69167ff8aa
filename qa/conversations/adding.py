"""What is on its way into the library: one after the other, while everything else goes on."""

from __future__ import annotations

import queue
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from qa.conversations.library import Library
from qa.conversations.outcomes import Outcome
from qa.conversations.updating import AddingStoppedError, Watch
from qa.errors import QAError

_MAX_WAITING = 20
_MAX_WAITING_BYTES = 100_000_000
# Outcomes that can still be asked for.
_MAX_KEPT = 200
# Seconds after which what is only held for the next one is released.
_REST = 60.0

Add = Callable[..., Outcome]


@dataclass
class Addition:
    """A file, a text or an address that is being added, or was.

    Attributes:
        name: as the visitor knows it.
        add: adds it, given a `watch`; None once that is done.
        size: of what it holds in memory, in bytes.
        outcome: None while it is being added.
        done: articles read or passages embedded so far, `unit` says which.
        total: how many there are; 0 before anything is known.
        unit: `articles` or `passages`.
    """

    name: str
    add: Add | None
    size: int
    outcome: Outcome | None = None
    done: int = 0
    total: int = 0
    unit: str = "articles"
    stopped: bool = False

    def on_article(self, _name: str, done: int, total: int) -> None:
        """Note how many articles have been read, if there are several."""
        self._stop_if_wanted()
        if total > 1:
            self.done, self.total, self.unit = done, total, "articles"

    def on_passage(self, done: int, total: int) -> None:
        """Note how many passages have been embedded, if that says more."""
        self._stop_if_wanted()
        if self.total <= 1 or self.unit == "passages":
            self.done, self.total, self.unit = done, total, "passages"

    def _stop_if_wanted(self) -> None:
        if self.stopped:
            raise AddingStoppedError("stopped: nothing of it was added")


class AddQueue:
    """Adds things in a thread of its own, in the order of their arrival.

    Args:
        library: takes them.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._additions: OrderedDict[str, Addition] = OrderedDict()
        self._waiting: queue.SimpleQueue[Addition] = queue.SimpleQueue()
        self._started = False

    def submit(self, name: str, add: Add, *, size: int = 0) -> str:
        """Take something to add, and return a token that stands for it.

        Args:
            name: as the visitor knows it.
            add: adds it, given a `watch`; see `Library.add`.
            size: of what it holds in memory, in bytes.

        Raises:
            QAError: too many are waiting.
        """
        addition, token = Addition(name, add, size), secrets.token_hex(16)
        with self._lock:
            waiting = [each for each in self._additions.values() if each.outcome is None]
            held = size + sum(each.size for each in waiting)
            if len(waiting) >= _MAX_WAITING or held > _MAX_WAITING_BYTES:
                raise QAError("too many files are being added: add this one again later")
            self._additions[token] = addition
            finished = [t for t, each in self._additions.items() if each.outcome is not None]
            for old in finished[: max(0, len(self._additions) - _MAX_KEPT)]:
                del self._additions[old]
            if not self._started:
                threading.Thread(target=self._work, name="qa-adding", daemon=True).start()
                self._started = True
        self._waiting.put(addition)
        return token

    def addition(self, token: str) -> Addition:
        """Return what a token stands for, as it is now.

        Raises:
            QAError: there is none, or it was added long ago.
        """
        with self._lock:
            if token not in self._additions:
                raise QAError("what became of this file is not known any more: see the list")
            return self._additions[token]

    def stop(self, token: str) -> None:
        """Stop adding something: as soon as a part of it is done, all of it is taken back."""
        self.addition(token).stopped = True

    def _work(self) -> None:
        while True:
            try:
                addition = self._waiting.get(timeout=_REST)
            except queue.Empty:
                self._library.rest()
                continue
            add, addition.add = addition.add, None
            if add:
                watch = Watch(addition.on_article, addition.on_passage)
                addition.outcome = add(watch=watch)
