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


def test_files_that_were_once_a_crash_are_not_any_more() -> None:
    """A feed whose titles are damaged, and a PDF file that draws letters nowhere, are read or refused."""
    results = fuzz_inputs.Tally()
    for number, (name, data) in enumerate(fuzz_inputs.inputs(2_401, 3)):
        if number in {332, 2_400}:
            fuzz_inputs._try(results, str(number), name, data)
    assert (results.faults, results.read + results.refused) == ([], 2)
