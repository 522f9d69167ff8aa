"""Mutated files of every format: no crash, no hang, and each is read or refused with a reason."""

from __future__ import annotations

from benchmarks import fuzz_inputs

COUNT = 1_000


def test_any_file_is_read_or_refused() -> None:
    """Whatever is wrong with a file, it gives articles that can be stored, or a reason, and soon."""
    found = fuzz_inputs.tally(COUNT, seed=2)
    assert [fault for result in found.values() for fault in result.faults] == []
    assert sum(result.read + result.refused for result in found.values()) == COUNT
    assert all(result.read and result.refused for result in found.values())
