"""Damages each file of an index in turn, and checks that every command says so and the cure works.

    python -m benchmarks.damage [SEED]

The index has some 1,200 passages. Each of its files is cut in half, emptied, changed in 64 places,
removed, or replaced by random bytes. Then the commands run, each in a process of its own: none may
be ended by a signal or print a traceback, what one cannot do it says in one line that names the
cure, no line holds text of an article, and after the cure the index is as it was. Prints a table,
one line for each damage. The encoder is a stub, since the trial is of the files.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any
from unittest import mock

from qa import cli
from tests.collection import BagEncoder, write_files

ARTICLES = 150
_SECONDS = 300.0
_FLIPPED = 64
_QUESTION = "Which harbour did ship seventeen leave?"
PASSAGE_TOKENS = 128
_MARK = "Zanzibar"  # in the text of every article, and in no message
_READING = {
    "ask": ["ask", _QUESTION, "--json"],
    "search": ["search", _QUESTION, "--json"],
    "list": ["articles", "list", "--json"],
    "check": ["index", "--check"],
}
_CURES = {"repair": ["index", "--repair"], "rebuild": ["index", "--rebuild"]}
_COLUMNS = (*_READING, *_CURES)
_CURE = re.compile(r"qa index (?:--repair|--rebuild|PATH)")


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended: its exit code, negative for a signal, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a damage led to: each command's exit code, and what should not have happened."""

    file: str
    damage: str
    codes: dict[str, int]
    faults: tuple[str, ...]

    def __str__(self) -> str:
        """Return a line of the table."""
        codes = " ".join(f"{self.codes.get(name, ''):>7}" for name in _COLUMNS)
        return f"{self.file:24} {self.damage:10} {codes}  {'; '.join(self.faults) or 'sound'}"


def halve(path: Path, _: random.Random) -> None:
    """Cut a file in half."""
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path, _: random.Random) -> None:
    """Leave nothing in a file."""
    os.truncate(path, 0)


def flip(path: Path, chance: random.Random) -> None:
    """Invert some bytes of a file."""
    data = bytearray(path.read_bytes())
    for _ in range(_FLIPPED if data else 0):
        data[chance.randrange(len(data))] ^= 0xFF
    path.write_bytes(data)


def remove(path: Path, _: random.Random) -> None:
    """Delete a file."""
    path.unlink()


def scramble(path: Path, chance: random.Random) -> None:
    """Write random bytes over a file."""
    path.write_bytes(chance.randbytes(path.stat().st_size or 1_000))


DAMAGES: dict[str, Callable[[Path, random.Random], None]] = {
    "halved": halve,
    "emptied": empty,
    "flipped": flip,
    "missing": remove,
    "random": scramble,
}


class Harness:
    """An index to damage, and the means to run commands on copies of it.

    Args:
        place: an empty folder.
        quick: run only one command on damaged files, and only the first cure that it names.
    """

    def __init__(self, place: Path, *, quick: bool = False) -> None:
        self._place = place
        self._quick = quick
        self._reading = {"search": _READING["search"]} if quick else _READING
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(
            ["chromadb", "qa.pipeline", "qa.cli", "tests.collection"]
        )
        self._sound, self._copies = place / "sound", 0
        write_files(place / "articles", dict(map(_article, range(ARTICLES))))
        made = self.run(self._sound, "index", str(place / "articles"))
        if made.code:
            raise RuntimeError(made.err)
        self._held = self._answers(self._sound)

    def files(self) -> list[str]:
        """Return the names of the index's files, the folder of the graph shown as *."""
        paths = (path for path in self._sound.rglob("*") if path.is_file())
        return sorted({_shown(path.relative_to(self._sound)) for path in paths})

    def trial(self, file: str, damage: str, seed: int) -> Trial:
        """Damage a file of a copy, run every command, and each cure on a copy of its own."""
        codes: dict[str, int] = {}
        faults: list[str] = []
        with self._damaged(file, damage, seed) as folder:
            told = ""
            for name, arguments in self._reading.items():
                ran = self.run(folder, *arguments)
                codes[name] = ran.code
                told += ran.err
                faults += [f"{name}: {fault}" for fault in _faults(ran)]
        for name, arguments in _CURES.items():
            if self._quick and f"--{name}" not in told:
                continue
            with self._damaged(file, damage, seed) as folder:
                ran = self.run(folder, *arguments)
                codes[name] = ran.code
                if ran.code not in (0, 1):
                    faults += [f"{name}: {fault}" for fault in _faults(ran)]
                    if "PATH" in ran.err:  # the places to read went with the file
                        where = str(self._place / "articles")
                        ran = self.run(folder, "index", "--rebuild", where)
                faults += self._after(folder, name, ran)
        return Trial(file, damage, codes, tuple(faults))

    def run(self, folder: Path, *arguments: str) -> Run:
        """Run a command in a process of its own."""
        out, err = self._place / "out", self._place / "err"
        command = [*arguments, "--index", str(folder)]
        process = self._context.Process(target=_run, args=(command, out, err))
        process.start()
        process.join(_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        return Run(process.exitcode or 0, out.read_text(), err.read_text())

    def _after(self, folder: Path, name: str, cure: Run) -> Iterator[str]:
        """Yield what a cure left wrong."""
        if cure.code:
            yield f"{name} ended with {cure.code}: {cure.err[-200:]}"
            return
        checked = self.run(folder, "index", "--check")
        if checked.code:
            yield f"after {name} the check says: {checked.out}{checked.err[-200:]}"
        if self._answers(folder) != self._held:
            yield f"after {name} the answers are others"

    def _answers(self, folder: Path) -> list[Any]:
        answers = []
        for name, arguments in self._reading.items():
            if name == "check":
                continue
            ran = self.run(folder, *arguments)
            value = json.loads(ran.out) if ran.code == 0 else ran
            if isinstance(value, dict):
                value.pop("timings")
            answers.append(value)
        return answers

    @contextlib.contextmanager
    def copy(self) -> Iterator[Path]:
        """Give a copy of the index, which is removed afterwards."""
        self._copies += 1
        folder = self._place / f"copy{self._copies}"
        shutil.copytree(self._sound, folder)
        yield folder
        shutil.rmtree(folder)

    @contextlib.contextmanager
    def _damaged(self, file: str, damage: str, seed: int) -> Iterator[Path]:
        """Give a copy of the index, of which one file is damaged."""
        with self.copy() as folder:
            path = next(p for p in folder.rglob("*") if _shown(p.relative_to(folder)) == file)
            DAMAGES[damage](path, random.Random(f"{seed} {file} {damage}"))  # noqa: S311 - no secret
            yield folder


def _article(number: int) -> tuple[str, str]:
    sentence = f"Ship {number} left harbour {number % 9} for {_MARK} at dawn."
    more = " ".join(f"Wave {number * 7 + i} of storm {i} broke over deck {i}." for i in range(110))
    return f"{number:03}.md", f"# Voyage {number}\n\n{sentence} {more}"


def _shown(path: Path) -> str:
    return str(path) if path.parent.name in ("", "chroma") else f"chroma/*/{path.name}"


def _faults(ran: Run) -> Iterator[str]:
    """Yield what a command should not have done."""
    if ran.code < 0:
        yield f"ended by {signal.Signals(-ran.code).name}"
    if "Traceback" in ran.err or "panicked" in ran.err:
        yield f"traceback: {ran.err.strip().splitlines()[-1][:150]}"
    if _MARK in ran.err:
        yield "prints an article"
    if ran.code and not _CURE.search(ran.out + ran.err):
        yield f"names no cure: {ran.err[-300:]!r}"


def _run(arguments: Sequence[str], out: Path, err: Path) -> None:
    """Run a command of `qa` in this process, with a stub for an encoder."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    # The fork server's environment is of the moment it was started: nothing of it may count.
    others = {name: value for name, value in os.environ.items() if not name.startswith("QA_")}
    settings = {"QA_CONFIG": "", "QA_PASSAGE_TOKENS": str(PASSAGE_TOKENS)}
    with (
        mock.patch.dict(os.environ, others | settings, clear=True),
        mock.patch("qa.index.index.open_encoder", return_value=BagEncoder()),
    ):
        cli.main(arguments)


def main() -> None:
    """Damage every file in every way, and print the table."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        harness = Harness(Path(place))
        print(f"{'file':24} {'damage':10} {' '.join(f'{name:>7}' for name in _COLUMNS)}  result")
        for file in harness.files():
            for damage in DAMAGES:
                trial = harness.trial(file, damage, seed)
                wrong += bool(trial.faults)
                print(trial, flush=True)
    print(f"{wrong} damages led to a fault")
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
