"""What a test may cost where cost is the point: the thread's own processor time, to which a busy machine adds nothing."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block takes this thread more than so many seconds of processor time."""
    begin = time.thread_time()
    yield
    taken = time.thread_time() - begin
    assert taken < seconds, f"took {taken:.2f} s of processor time, of at most {seconds:g} s"
