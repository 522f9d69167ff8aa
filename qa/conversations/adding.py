"""Files on their way into the library: one after the other, while everything else goes on."""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass

from qa.conversations.library import FileOutcome, Library
from qa.errors import QAError

_MAX_WAITING = 20
_MAX_WAITING_BYTES = 100_000_000
# Outcomes that can still be asked for.
_MAX_KEPT = 200
_LOW_PRIORITY = 5


class AddingStoppedError(QAError):
    """A visitor has stopped the adding of a file."""


@dataclass
class AddedFile:
    """A file that is being added, or was.

    Attributes:
        name: as the visitor knows it.
        line: the outcome; None while it is being added.
        done: articles read or passages embedded so far, `unit` says which.
        total: how many there are; 0 before anything is known.
        unit: `articles` or `passages`.
    """

    name: str
    data: bytes
    visitor: str
    line: FileOutcome | None = None
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
    """Adds files in a thread of its own, of low priority, in the order of their arrival.

    Args:
        library: takes the files.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._files: OrderedDict[str, AddedFile] = OrderedDict()
        self._waiting: queue.SimpleQueue[AddedFile] = queue.SimpleQueue()
        self._started = False

    def submit(self, name: str, data: bytes, visitor: str) -> str:
        """Take a file to add, and return a token that stands for it.

        Raises:
            QAError: too many are waiting.
        """
        file, token = AddedFile(name, data, visitor), secrets.token_hex(16)
        with self._lock:
            waiting = [f for f in self._files.values() if f.line is None]
            size = len(data) + sum(len(f.data) for f in waiting)
            if len(waiting) >= _MAX_WAITING or size > _MAX_WAITING_BYTES:
                raise QAError("too many files are being added: add this one again later")
            self._files[token] = file
            finished = [t for t, f in self._files.items() if f.line is not None]
            for old in finished[: max(0, len(self._files) - _MAX_KEPT)]:
                del self._files[old]
            if not self._started:
                threading.Thread(target=self._work, name="qa-adding", daemon=True).start()
                self._started = True
        self._waiting.put(file)
        return token

    def file(self, token: str) -> AddedFile:
        """Return the file that a token stands for, as it is now.

        Raises:
            QAError: there is none, or it was added long ago.
        """
        with self._lock:
            if token not in self._files:
                raise QAError("what became of this file is not known any more: see the list")
            return self._files[token]

    def stop(self, token: str) -> None:
        """Stop adding a file: as soon as a part of it is done, the parts before are taken back."""
        self.file(token).stopped = True

    def _work(self) -> None:
        if sys.platform == "linux":  # where it applies to a thread and not to the whole process
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOW_PRIORITY)
        while True:
            file = self._waiting.get()
            file.line = self._library.add(
                file.name,
                file.data,
                visitor=file.visitor,
                on_article=file.on_article,
                on_passage=file.on_passage,
            )
            file.data = b""
