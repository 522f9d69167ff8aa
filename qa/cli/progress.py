"""Progress of long operations, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qa.errors import one_line

_SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress(verb: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show progress on standard error: a bar on a terminal, otherwise a line now and then.

    Yields a function to call with (name of the current item, items done, items in all).
    """
    if not sys.stderr.isatty():
        yield _Lines(verb)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn(verb),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, total: bar.update(
            task, description=name, completed=done, total=total
        )


class _Lines:
    """Progress as plain lines, at most one in ten seconds."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._next = time.monotonic() + _SECONDS_BETWEEN_LINES

    def __call__(self, name: str, done: int, total: int) -> None:
        if time.monotonic() >= self._next:
            print(
                f"{self._verb}: {done} of {total}, now {one_line(name)}",
                file=sys.stderr,
                flush=True,
            )
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES
