"""Which threads compute: one for NumPy's matrix products, a few for the windows that are read."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_lock = threading.Lock()
_limits: list[int] = []
"""The limit of each BLAS before the first of those computing now lowered it."""
_computing: list[int] = []
"""The identifiers of the threads that compute now."""


# A question has a few windows to read. Each on cores of its own costs less than all on all of them,
# one after the other: threads that share one wait for each other.
_WINDOWS_AT_ONCE = 4


def threads_of_window() -> int:
    """Return how many threads read one window."""
    return max(1, _cores() // _WINDOWS_AT_ONCE)


@functools.cache
def window_readers() -> ThreadPoolExecutor:
    """Return the threads that read windows, of all questions in the order in which they came."""
    count = max(1, _cores() // threads_of_window())
    return ThreadPoolExecutor(count, thread_name_prefix="qa-reader")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS work on one thread within the block, and restore the process's limit after it.

    The products for one question are too small to share: threads that wait for each other make
    them take ten times as long on a busy machine. How many threads there are also changes the last
    bits of a score; with one, neither the environment nor the number of cores does.

    OpenBLAS has one limit for the whole process. Blocks that overlap in several threads share it:
    the first to enter lowers it, the last to leave restores it.
    """
    with _lock:
        if not _computing:
            _limits[:] = [library.num_threads for library in _libraries()]
            _set_limits([1] * len(_limits))
        _computing.append(threading.get_ident())
    try:
        yield
    finally:
        with _lock:
            _computing.remove(threading.get_ident())
            if not _computing:
                _set_limits(_limits)
                _release()


def _set_limits(limits: Sequence[int]) -> None:
    _release()
    for library, limit in zip(_libraries(), limits, strict=True):
        library.set_num_threads(limit)


def _release() -> None:
    """Let any thread set a limit: threadpoolctl ignores all but the first that did."""
    for library in _libraries():
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


@functools.cache
def _libraries() -> Sequence[Any]:
    """Return the controllers of NumPy's BLAS; finding them takes milliseconds."""
    import numpy as np  # noqa: F401 - loads its BLAS
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas").lib_controllers  # type: ignore[no-any-return]
