"""Questions to try, for a visitor who does not know the collection yet."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from qa.chat.opening import Answerer
from qa.index import Entry

WANTED = 4
# A question that was made, not listed, is asked once before it is offered: more would make the first visitor wait.
_MOST_ASKED = 8
_LONGEST_TITLE = 80
_LISTED = re.compile(r"^\s*(?:[-*]|\d{1,2}\.)\s+(.{3,160}\?)\s*$", re.MULTILINE)


class Examples:
    """The example questions of a pipeline, found once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: tuple[Answerer, list[str]] | None = None

    def of(self, pipeline: Answerer) -> list[str]:
        """Return up to four questions, see `find`."""
        with self._lock:
            if self._found is None or self._found[0] is not pipeline:
                self._found = (pipeline, find(pipeline))
            return self._found[1]


def find(pipeline: Answerer) -> list[str]:
    """Return up to four questions: those listed in the README of an indexed folder, as they stand.

    Where none are, there is one about each of the newest articles, if that has an answer.
    """
    if listed := list(dict.fromkeys(_listed(pipeline.index.store.roots()))):
        return listed[:WANTED]
    few = itertools.islice(_about(pipeline.index.catalogue()), _MOST_ASKED)
    return list(itertools.islice((question for question in few if not pipeline.answer(question).abstained), WANTED))


def _listed(roots: Iterable[Path]) -> Iterator[str]:
    for root in roots:
        readme = root / "README.md"
        if readme.is_file():
            yield from _LISTED.findall(readme.read_text(encoding="utf-8", errors="replace"))


def _about(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in sorted(entries, key=lambda entry: entry.published, reverse=True):
        if 0 < len(entry.title) <= _LONGEST_TITLE:
            yield f"What is reported in “{entry.title}”?"
