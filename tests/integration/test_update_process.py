"""Updating an index in a process of its own, with the real Chroma and the real encoder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.errors import ArticleError, QAError
from qa.index import Index, UpdateProcess
from qa.settings import Settings

# Other such tests wait: this one takes whole cores, or ends processes.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("alone")]

_STORY = "".join(
    f"The tide of day {n} came at six and went at noon, said Ilse.\n\n" for n in range(300)
)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Return an index of one article, whose passages are short: a story is many, and soon embedded."""
    (tmp_path / "lock.md").write_text("The lock at Ostrel was opened.")
    index = Index.open(Settings(index=tmp_path / "index", passage_tokens=32), create=True)
    index.update([tmp_path / "lock.md"])
    return index


@pytest.fixture
def process(index: Index) -> Iterator[UpdateProcess]:
    """Return a process for the index, which ends with the test."""
    process = UpdateProcess(index.settings)
    yield process
    process.end()


def _pid(process: UpdateProcess) -> int:
    assert process._process is not None
    return process._process.pid


def test_it_updates_what_this_process_has_open(
    index: Index, process: UpdateProcess, tmp_path: Path
) -> None:
    """The report and the progress are those of an update here, and what is open here sees the change."""
    (tmp_path / "tide.md").write_text(_STORY)
    (tmp_path / "news.jsonl").write_text('{"id": "a", "text": "A."}\n{"id": "b"}\n')
    read, embedded = list[tuple[str, int, int]](), list[tuple[int, int]]()
    report = process.update(
        [tmp_path / "tide.md", tmp_path / "news.jsonl"],
        progress=lambda *told: read.append(told),
        embedded=lambda *told: embedded.append(told),
    )
    assert sorted(report.added) == ["a", "tide.md"]
    (refused,) = report.refused
    assert (refused.path, refused.reason) == (
        str(tmp_path / "news.jsonl") + ":2",
        "has no 'text' (its keys: id)",
    )
    assert refused.remedy
    assert report.counts["format"] == {"Markdown": 1, "JSON Lines": 1}
    assert read[-1] == ("news.jsonl", 3, 3)
    assert len(embedded) >= 2
    assert {entry.id for entry in index.catalogue()} == {"a", "lock.md", "tide.md"}
    with index.snapshot() as snapshot:
        vector = index.encoder.encode(["When did the tide of day 7 come?"])[0]
        (passage, _), *_ = snapshot.nearest(vector, 1)
    assert passage.article_id == "tide.md"
    assert index.check() == []


def test_one_process_serves_many_updates_at_low_priority(
    process: UpdateProcess, tmp_path: Path
) -> None:
    """It is started once, stays for the next update until it is ended, and gives way to others."""
    pids = set()
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("The tide came.")
        assert process.update([tmp_path / name]).added == (name,)
        pids.add(_pid(process))
    (pid,) = pids
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)
    process.end()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_it_raises_is_raised_here(
    index: Index, process: UpdateProcess, tmp_path: Path
) -> None:
    """A refused file with its reason, a lock that another process holds; it goes on afterwards."""
    (tmp_path / "empty.md").write_text("")
    with pytest.raises(ArticleError, match="is empty"):
        process.check(tmp_path / "empty.md")
    (tmp_path / "tide.md").write_text("The tide came.")
    process.check(tmp_path / "tide.md")
    pid = _pid(process)
    with index.writer(), pytest.raises(QAError, match="another process is writing"):
        process.update([tmp_path / "tide.md"])
    assert process.update([tmp_path / "tide.md"]).added == ("tide.md",)
    assert _pid(process) == pid


def test_a_process_that_is_killed_leaves_the_index_whole(
    index: Index, process: UpdateProcess, tmp_path: Path
) -> None:
    """In the middle of an article: the error says what happened, and the same update then works."""
    (tmp_path / "tide.md").write_text(_STORY)

    def kill(done: int, _total: int) -> None:
        if done:
            os.kill(_pid(process), signal.SIGKILL)

    with pytest.raises(QAError, match=r"was ended by SIGKILL: nothing is lost, try again"):
        process.update([tmp_path / "tide.md"], embedded=kill)
    assert index.check() == []
    assert [entry.id for entry in index.catalogue()] == ["lock.md"]
    assert process.update([tmp_path / "tide.md"]).added == ("tide.md",)
    assert index.check() == []


def test_who_watches_can_stop_it(index: Index, process: UpdateProcess, tmp_path: Path) -> None:
    """What the watcher raises ends the process in the middle of an article, and the index is whole."""
    (tmp_path / "tide.md").write_text(_STORY)
    pids = []

    def stop(done: int, _total: int) -> None:
        pids.append(_pid(process))
        if done:
            raise QAError("stopped")

    with pytest.raises(QAError, match="stopped"):
        process.update([tmp_path / "tide.md"], embedded=stop)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert index.check() == []
    assert [entry.id for entry in index.catalogue()] == ["lock.md"]


def test_a_missing_index_is_told(tmp_path: Path) -> None:
    """Settings without an index lead to the sentence that says so."""
    process = UpdateProcess(Settings(index=tmp_path / "index"))
    (tmp_path / "tide.md").write_text("The tide came.")
    with pytest.raises(QAError, match="no index"):
        process.update([tmp_path / "tide.md"])
    process.end()


_PARENT = """
import sys, time
from pathlib import Path
from qa.index import UpdateProcess
from qa.settings import Settings
process = UpdateProcess(Settings(index=Path(sys.argv[1])))
process.check(Path(sys.argv[2]))
print(process._process.pid, flush=True)
time.sleep(600)
"""


def test_it_does_not_outlive_its_parent(index: Index, tmp_path: Path) -> None:
    """However the server ends, even killed, the process that indexes ends with it."""
    command = [sys.executable, "-c", _PARENT, str(index.settings.index), str(tmp_path / "lock.md")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.kill()
    for _ in range(600):
        if not _is_alive(pid):
            break
        time.sleep(0.1)
    assert not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    """Return whether a process runs; one that has ended may still wait for its parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_it_needs_no_torch(process: UpdateProcess, tmp_path: Path) -> None:
    """The packaged encoder embeds passages without it: importing torch takes seconds and memory."""
    (tmp_path / "tide.md").write_text(_STORY)
    process.update([tmp_path / "tide.md"])
    maps = Path(f"/proc/{_pid(process)}/maps").read_text()
    assert "onnxruntime" in maps
    assert "libtorch" not in maps
