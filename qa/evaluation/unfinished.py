"""Keeps the rows of a run until it is complete, so that a run that was killed goes on where it was."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qa.evaluation.questions import Question
from qa.evaluation.result import Row
from qa.types import to_dict

PROGRAM = Path(__file__).parent.parent
"""What answers: any change of it changes the key of a run."""


@dataclasses.dataclass(slots=True)
class Unfinished:
    """The rows of one run so far, one line of JSON each, in a file named by what the rows depend on.

    Attributes:
        folder: where such files lie; made when a run needs it.
        told: called with a sentence when a run goes on from an earlier one, or cannot be kept.
    """

    folder: Path
    told: Callable[[str], None] = lambda _: None
    _file: Path | None = None

    def resume(self, key: str, questions: Sequence[Question]) -> list[Row]:
        """Return the rows of the first questions that an earlier run answered; `add` goes on after them.

        Args:
            key: as `fingerprint` gives it: rows of another key are not looked at.
            questions: of the run, in order.
        """
        file = self.folder / f"{key}.jsonl"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file.touch()
            rows = _read(file, questions)
        except OSError as error:
            self.told(f"this run cannot be resumed if it is stopped: {file}: {error.strerror or error}")
            return []
        self._file = file
        if rows:
            self.told(f"resuming: {len(rows)} of {len(questions)} questions were answered already")
        return rows

    def add(self, row: Row) -> None:
        """Keep a row."""
        if self._file:
            with self._file.open("a", encoding="ascii", newline="\n") as file:
                file.write(json.dumps(to_dict(row)) + "\n")

    def remove(self) -> None:
        """Forget the run: it is complete, and its result is where it belongs."""
        if self._file:
            self._file.unlink(missing_ok=True)


def _read(file: Path, questions: Sequence[Question]) -> list[Row]:
    """Return the rows at the head of a file that are those of the first questions, and cut off the rest.

    The rest is a last line that was torn, or comes from a second run at the same time.
    """
    rows, size = [], 0
    content = file.read_bytes()
    # The questions are not as many as the lines where any of these is torn.
    for question, line in zip(questions, content.splitlines(keepends=True), strict=False):
        row = _parse(line)
        if row is None or row.id != question.id:
            break
        rows.append(row)
        size += len(line)
    if size < len(content):
        with file.open("r+b") as kept:
            kept.truncate(size)
    return rows


def _parse(line: bytes) -> Row | None:
    if not line.endswith(b"\n"):
        return None
    try:
        return _adapter().validate_python(json.loads(line))
    except (ValueError, ValidationError, RecursionError):
        return None


@functools.cache
def _adapter() -> TypeAdapter[Row]:
    return TypeAdapter(Row)


def fingerprint(*parts: Any) -> str:
    """Return a name that changes with any of `parts`, which are values as `to_dict` takes them, and with the program.

    The program is all of its files, models included, and not its version: that stays the same while it is worked on.
    """
    digest = hashlib.sha256(_program())
    for part in parts:
        digest.update(json.dumps(to_dict(part), sort_keys=True, default=str).encode() + b"\n")
    return digest.hexdigest()[:32]


def _program() -> bytes:
    digest = hashlib.sha256()
    for file in _files(PROGRAM):
        digest.update(file.as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.digest()


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file
