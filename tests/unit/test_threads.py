"""While a model computes, NumPy's matrix products keep to one thread, and afterwards to what they had."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np  # its BLAS must be loaded before it can be limited
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from qa.models.threads import one_blas_thread


def _threads() -> set[int]:
    return {int(library["num_threads"]) for library in threadpool_info() if _is_blas(library)}


def _is_blas(library: dict[str, Any]) -> bool:
    return bool(library["user_api"] == "blas")


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """Allow BLAS two threads, as on a machine with two cores."""
    assert np.eye(2).shape == (2, 2)
    with threadpool_limits(limits=2, user_api="blas"):
        if _threads() != {2}:
            pytest.skip("this NumPy has a BLAS that cannot be limited")
        yield


def test_one_thread_within_and_the_former_ones_after() -> None:
    """The limit holds within the block, in nested ones too, and ends with the outermost."""
    with one_blas_thread():
        with one_blas_thread():
            assert _threads() == {1}
        assert _threads() == {1}
    assert _threads() == {2}


def test_an_error_lifts_the_limit() -> None:
    """What fails while it computes leaves the process as it was."""
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert _threads() == {2}


def test_the_last_of_several_threads_lifts_the_limit() -> None:
    """One thread that leaves while another still computes does not give that one more threads."""
    entered, leave = threading.Event(), threading.Event()

    def compute() -> None:
        with one_blas_thread():
            entered.set()
            leave.wait(60)

    other = threading.Thread(target=compute)
    with one_blas_thread():
        other.start()
        assert entered.wait(60)
    assert _threads() == {1}
    leave.set()
    other.join()
    assert _threads() == {2}
