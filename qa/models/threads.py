"""Keeps NumPy's matrix products on one thread while a model computes."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator, Sequence
from typing import Any

_lock = threading.Lock()
_limits: list[int] = []
"""The limit of each BLAS before the first of those computing now lowered it."""
_computing: list[int] = []
"""The identifiers of the threads that compute now."""


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
