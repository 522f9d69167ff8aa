"""`qa index --watch` keeps up with a folder until it is told to stop."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.sources.watch import changes
from tests.collection import write_files

pytestmark = pytest.mark.integration

# The command line with a stub for the encoder, and looks in quick succession.
# Whoever starts the tests in the background has them, and what they start, ignore Ctrl-C.
_COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.collection import BagEncoder
from qa.models.encoder import FACTORIES
from qa.sources import watch
FACTORIES["bag"], watch.INTERVAL = BagEncoder, 0.1
from qa.cli import main
main()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of one article."""
    return write_files(tmp_path / "in", {"a.md": "A dam held."})


class Watcher:
    """A running `qa index --watch`, whose lines can be waited for."""

    def __init__(self, folder: Path) -> None:
        command = [
            sys.executable,
            "-c",
            _COMMAND,
            "index",
            str(folder),
            "--watch",
            "--index",
            str(folder.parent / "i"),
        ]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "QA_ENCODER": "bag"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)

    def until(self, beginning: str) -> str:
        """Return the next line that begins so."""
        while not (line := self._lines.get(timeout=60)).startswith(beginning):
            pass
        return line


@pytest.fixture
def watcher(folder: Path) -> Iterator[Watcher]:
    """Return a watcher of the folder."""
    made = Watcher(folder)
    yield made
    made.process.kill()
    made.process.wait()


def test_a_watched_folder_is_followed_until_interrupted(watcher: Watcher, folder: Path) -> None:
    """Files that come, change and go are followed, a bad one is told and ends nothing, Ctrl-C ends it with 0."""
    watcher.until("added     a.md")
    write_files(folder, {"b.md": "A ferry sank.", "bad.md": b"\xff"})
    watcher.until("added     b.md")
    assert "bad.md" in watcher.until("refused")
    write_files(folder, {"a.md": "The dam burst."})
    (folder / "b.md").unlink()
    watcher.until("changed   a.md")
    watcher.until("removed   b.md")
    watcher.until("0 added, 1 changed")
    os.kill(watcher.process.pid, signal.SIGINT)
    assert watcher.process.wait(30) == 0


def test_changes_wait_until_files_are_at_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look tells of a change once, not before the file has stopped growing, and of nothing where nothing changed."""
    # What happens between a look and the next one.
    meanwhile: list[dict[str, str]] = []
    clock = types.SimpleNamespace(
        sleep=lambda _: write_files(folder, meanwhile.pop(0)), perf_counter=lambda: 0.0
    )
    monkeypatch.setattr("qa.sources.watch.time", clock)
    told = changes([folder, folder / "gone.md"], interval=0.2)
    next(told)
    meanwhile += [{"b.md": "x"}, {"b.md": "xx"}, {"b.md": "xxx"}, {}]
    next(told)
    assert meanwhile == []
    meanwhile += [{}, {}, {}, {"c.md": "y"}, {}]
    next(told)
    assert meanwhile == []
