"""The command line where its output goes nowhere, its arguments are odd, or Ctrl-C is pressed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

LONG = "x" * 100_000


def run(
    folder: Path,
    *arguments: str | bytes,
    out: int | None = subprocess.PIPE,
    closed: str = "",
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run `qa ARGUMENTS` in a process of its own, whose output knows only ASCII.

    Args:
        folder: of the index.
        arguments: of the command.
        out: where its output goes.
        closed: redirections of the shell that close its streams.
        environment: more variables.
    """
    command = [sys.executable, "-m", "qa", *arguments, "--index", str(folder)]
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *command] if closed else command,
        check=False,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", **environment},
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
    assert (done.returncode, done.stderr) == (2, "qa: [Errno 28] No space left on device\n")


@pytest.mark.parametrize("arguments", [("articles",), ("articles", "--json")])
def test_a_reader_that_has_had_enough_is_no_error(
    corpus_index: Path, arguments: tuple[str, ...]
) -> None:
    """Where nobody reads the output any more, as after `| head -1`, the command ends in silence."""
    reading, writing = os.pipe()
    os.close(reading)
    done = run(corpus_index, *arguments, out=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_closed_streams_are_told_where_they_can_be(corpus_index: Path) -> None:
    """A command without an output says so, one without standard error still works, and no file takes their place."""
    done = run(corpus_index, "articles", closed=">&-")
    assert (done.returncode, done.stderr) == (2, "qa: [Errno 9] Bad file descriptor\n")
    assert len(run(corpus_index, "articles", closed="2>&-").stdout.splitlines()) == 24
    assert run(corpus_index, "articles", "show", "nowhere", closed="2>&-").returncode == 2
    assert run(corpus_index, "articles", closed="<&- >&- 2>&-").returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("articles", "show", LONG),
        ("index", LONG),
        ("search", "a", "--article", LONG),
    ],
)
def test_endless_arguments_are_not_repeated(corpus_index: Path, arguments: tuple[str, ...]) -> None:
    """A message names an id or path of 100,000 characters by its beginning and end."""
    done = run(corpus_index, *arguments)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 2_500


@pytest.mark.parametrize(
    "arguments",
    [
        ("articles", "show", b"\xff"),
        ("articles", "list", "--source", b"\xff"),
        ("search", b"\xff"),
    ],
)
def test_arguments_that_are_no_text_are_one_line(
    corpus_index: Path, arguments: tuple[str | bytes, ...]
) -> None:
    """Bytes that are not valid in the locale's encoding are refused with one line."""
    done = run(corpus_index, *arguments)
    assert done.returncode == 2
    assert done.stderr.endswith("not valid Unicode: type it again\n")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "variables", "told"),
    [
        (
            ("settings", "--json"),
            {"QA_INDEX": ""},
            "setting 'index' = '' (from QA_INDEX): name a folder, or leave it out",
        ),
        (
            ("serve",),
            {"GRADIO_SERVER_PORT": "abc"},
            "GRADIO_SERVER_PORT = 'abc' is not a port: give a number from 1 to 65535",
        ),
    ],
)
def test_variables_that_mean_nothing_are_one_line(
    arguments: tuple[str, ...], variables: dict[str, str], told: str
) -> None:
    """An empty folder, which would be the working directory, and a port of letters are refused."""
    done = subprocess.run(
        [sys.executable, "-m", "qa", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **variables},
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"qa: {told}\n")


_INTERRUPTED = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, *_):
        if name == MOMENT:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
from qa.__main__ import main
main()
"""


@pytest.mark.parametrize("moment", ["typer", "qa.settings", "qa.pipeline", "chromadb"])
def test_interrupted_while_loading(corpus_index: Path, moment: str) -> None:
    """Ctrl-C while a part of the program is being loaded ends it with one line and the code for that."""
    script = _INTERRUPTED.replace("MOMENT", repr(moment))
    done = subprocess.run(
        [sys.executable, "-c", script, "search", "ferry", "--index", str(corpus_index)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "qa: interrupted\n")
