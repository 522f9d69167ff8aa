"""Damaged files of an index: every command says so, none ends by a signal, and the cure works.

A few damages are tried here; `python -m benchmarks.damage` tries each of every file, and prints a
table.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.damage import PASSAGE_TOKENS, Harness

# Other such tests wait: this one takes whole cores, or ends processes.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("alone")]

# Each ended the process with a signal, or with a traceback, before the files were verified.
_TRIED = [
    ("articles.sqlite", "flipped"),
    ("chroma/*/data_level0.bin", "random"),
    ("chroma/*/header.bin", "random"),
    ("chroma/chroma.sqlite3", "flipped"),
]


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """Return an index with a saved graph, to damage."""
    return Harness(tmp_path_factory.mktemp("damage"), quick=True)


@pytest.mark.parametrize(("file", "damage"), _TRIED)
def test_damage_is_told_and_cured(harness: Harness, file: str, damage: str) -> None:
    """No signal, no traceback, no text of an article; each cure that a message names restores the index."""
    # Where few bytes change, they may all be of no account to a search.
    for seed in range(1, 6):
        trial = harness.trial(file, damage, seed)
        assert trial.faults == ()
        if set(trial.codes.values()) != {0}:
            return
    pytest.fail("no damage was noticed")


_RUNNING = f"""
import sys
from pathlib import Path
from qa.errors import QAError
from qa.index import Index
from qa.settings import Settings
from tests.collection import BagEncoder, nearest

settings = Settings(index=sys.argv[1], passage_tokens={PASSAGE_TOKENS})
index = Index.open(settings, encoder=BagEncoder())
for step in ("sound", "damaged", "opened again"):
    try:
        print(len(nearest(index, "ship 7", 3)))
    except QAError as error:
        print(type(error).__name__)
    if step == "sound":
        file = next(settings.index.rglob(sys.argv[2]))
        file.write_bytes(b"?" * file.stat().st_size)
    else:
        index.vectors.reopen()
"""


@pytest.mark.parametrize("file", ["data_level0.bin", "chroma.sqlite3"])
def test_what_is_opened_again_is_verified_again(harness: Harness, file: str) -> None:
    """A running process that has the vectors loaded does not die when their files are damaged."""
    with harness.copy() as folder:
        done = subprocess.run(
            [sys.executable, "-c", _RUNNING, str(folder), file],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    first, meanwhile, last = done.stdout.split()
    assert (first, last) == ("3", "IndexDamagedError")
    assert meanwhile == ("3" if file == "data_level0.bin" else "IndexDamagedError")
