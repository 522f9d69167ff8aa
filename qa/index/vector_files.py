"""Keeps Chroma from opening damaged files: its native libraries would end the process.

After each write the graph's files are recorded with their digests: if they differ although no write
was interrupted, they are damaged. Chroma's database changes whenever it is opened, so its state
after that is noted instead. Where these notes do not decide, another process opens the folder
first (`qa.index.probe`).
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from qa.errors import IndexDamagedError, QAError, one_line
from qa.files import make_private_file
from qa.index.child import child

COLLECTION = "passages"
"""The name of the collection that holds the vectors."""
DATABASE = "chroma.sqlite3"
"""The name of Chroma's database within its folder."""
DAMAGED, NOT_WRITABLE = 3, 4
"""How a probe ends that finds damage, or that nothing can be written to the folder."""

# Written by the one writer: the graph's files, and whether a write is under way or was interrupted.
_GRAPH = "graph.json"
# Written by everyone who opens the folder: the state of the database afterwards.
_OPENED = "opened.json"
# Lies beside a graph that was saved. Of one that never was, as of few vectors, Chroma writes the
# other files again whenever it loads it.
_SAVED = "index_metadata.pickle"
# Another process may be in the middle of a write; then a look a moment later decides.
_PAUSES = (0.0, 0.05, 0.2)
# A probe that takes more of the processor hangs: seconds, and more for each megabyte of the files.
# On a machine that does much else it may wait for its turn many times as long.
_SECONDS, _SECONDS_PER_MB, _WAITING = 120.0, 1.0, 10
# The files may change while they are probed; then they are probed again.
_PROBES = 3

_Stat = tuple[int, int, int]
"""Size, and the times of the last change of content and of anything, in nanoseconds."""


class _Record(TypedDict):
    unfinished: bool
    files: dict[str, tuple[_Stat, str]]  # with their digests


_RECORD: TypeAdapter[_Record] = TypeAdapter(_Record)
_STAT: TypeAdapter[_Stat | None] = TypeAdapter(_Stat | None)


class _State(NamedTuple):
    graph: dict[str, _Stat]
    database: _Stat | None


class VectorFiles:
    """The files of one Chroma folder.

    Args:
        folder: that Chroma opens.
        shown: the index's folder as the user wrote it, for messages.
    """

    def __init__(self, folder: Path, *, shown: Path) -> None:
        self._folder = folder
        self._shown = shown
        self._seen: _State | None = None  # when this process last opened them
        self._damaged: _State | None = None

    def verify(self, opened: Path) -> None:
        """Make sure that opening the files does not end this process.

        Costs a look at each file, unless they have changed since this program last used them.

        Args:
            opened: the folder itself, or a copy of it where nothing can be written to it.

        Raises:
            IndexDamagedError: it would, or Chroma cannot read them.
            OSError: nothing can be written to `opened`, as Chroma must.
        """
        if not self._folder.is_dir() or not any(self._folder.iterdir()):
            return
        for pause in _PAUSES:
            time.sleep(pause)
            state = self._state()
            if state == self._seen:
                return
            if state == self._damaged:
                raise self._error()
            record = self._recorded()
            whole = record is not None and self._agrees(state.graph, record)
            if whole and state.database == self._opened():
                return
            finished = record is not None and not record["unfinished"]
            if finished and not whole and self._state().graph == state.graph:
                raise self._error()
        self._probe(opened)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Mark a write as under way, and record the files after it.

        One process writes at a time.
        """
        record = self._recorded()
        files = record["files"] if record else {}
        before = set(self._folder.rglob("*"))
        self._write(_GRAPH, _RECORD.dump_json({"unfinished": True, "files": files}))
        yield
        with contextlib.suppress(OSError):  # then whoever opens the folder next probes it
            for path in set(self._folder.rglob("*")) - before:
                path.chmod(0o700 if path.is_dir() else 0o600)
            self._record(files)
        self.note_opened()

    def note_opened(self, *, copied: bool = False) -> None:
        """Note the state of the database, which Chroma has changed unless it opened a copy."""
        self._seen = self._state()
        if copied:
            return
        with contextlib.suppress(OSError):
            self._write(_OPENED, _STAT.dump_json(self._seen.database))

    def _state(self) -> _State:
        graph = {
            path.relative_to(self._folder).as_posix(): stat
            for saved in sorted(self._folder.glob(f"*/{_SAVED}"))
            for path in sorted(saved.parent.iterdir())
            if (stat := _stat(path))
        }
        return _State(graph, _stat(self._folder / DATABASE))

    def _agrees(self, graph: dict[str, _Stat], record: _Record) -> bool:
        """Return whether the graph's files are those of the record, perhaps as copies."""
        files = record["files"]
        return files.keys() == graph.keys() and all(
            stat == known or (stat[0] == known[0] and _digest(self._folder / name) == digest)
            for name, (known, digest) in files.items()
            for stat in [graph[name]]
        )

    def _record(self, before: dict[str, tuple[_Stat, str]]) -> None:
        """Record the graph's files; digests are taken of those alone that have changed."""
        files = {
            name: before[name]
            if name in before and before[name][0] == stat
            else (stat, _digest(self._folder / name))
            for name, stat in self._state().graph.items()
        }
        self._write(_GRAPH, _RECORD.dump_json({"unfinished": False, "files": files}))

    def _recorded(self) -> _Record | None:
        """Return the record; None if it is missing or damaged itself."""
        with contextlib.suppress(OSError, ValidationError):
            return _RECORD.validate_json((self._folder / _GRAPH).read_bytes())
        return None

    def _opened(self) -> _Stat | None:
        """Return the state of the database after it was opened last, as far as is known."""
        with contextlib.suppress(OSError, ValidationError):
            return _STAT.validate_json((self._folder / _OPENED).read_bytes())
        return None

    def _write(self, name: str, content: bytes) -> None:
        """Write a file in one step."""
        unfinished = self._folder / f"{name}.{os.getpid()}"
        try:
            unfinished.unlink(missing_ok=True)
            make_private_file(unfinished)
            unfinished.write_bytes(content)
            unfinished.replace(self._folder / name)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def _probe(self, opened: Path) -> None:
        """Let another process open the files."""
        for _ in range(_PROBES):
            graph = self._state().graph
            reason = self._fault(opened)
            after = self._state()
            if not reason:
                if self._recorded() is None:  # the index is of an earlier version
                    with contextlib.suppress(OSError):
                        self._record({})
                return
            if after.graph == graph:
                break
        self._damaged = after
        raise self._error()

    def _fault(self, opened: Path) -> str:
        """Return how another process failed to read the files; empty if it read them all."""
        size = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        seconds = _SECONDS + _SECONDS_PER_MB * size / 1e6
        try:
            done = subprocess.run(
                **child("qa.index.probe", str(opened), str(math.ceil(seconds))),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds * _WAITING,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "it hangs"
        if done.returncode == -signal.SIGXCPU:
            return "it hangs"
        told = done.stdout.decode("utf-8", "replace")
        if done.returncode == NOT_WRITABLE:
            raise OSError(told)
        if done.returncode > 0 and done.returncode != DAMAGED:
            last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise QAError(f"the vectors in {self._shown} cannot be checked: {one_line(last)}")
        return told or (f"signal {-done.returncode}" if done.returncode else "")

    def _error(self) -> IndexDamagedError:
        return IndexDamagedError(
            f"the vectors of the index in {self._shown} are damaged: run: qa index --repair"
        )


def _stat(path: Path) -> _Stat | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns


def _digest(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
