"""The command line where its output goes somewhere that takes less than text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration


def run(folder: Path, *arguments: str, out: int | None = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Run `qa ARGUMENTS` in a process of its own, whose output knows only ASCII."""
    return subprocess.run(
        [sys.executable, "-m", "qa", *arguments, "--index", str(folder)],
        check=False,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )


def test_letters_that_the_output_does_not_know_are_escaped(corpus_index: Path) -> None:
    """An output in ASCII gets escapes, and with --json still the same values."""
    assert "Liss\\xf6" in run(corpus_index, "search", "Lissö").stdout
    hits = json.loads(run(corpus_index, "search", "Lissö", "--json").stdout)
    assert any("Lissö" in hit["passage"]["text"] for hit in hits)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(corpus_index: Path) -> None:
    """Output that cannot be written is an error on one line, with the exit code of an error."""
    with Path("/dev/full").open("w") as full:
        done = run(corpus_index, "articles", out=full.fileno())
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].endswith("No space left on device")
    assert "Traceback" not in done.stderr
