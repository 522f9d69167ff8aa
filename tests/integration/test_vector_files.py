"""When Chroma's files are verified by another process, and when the notes of the last write are enough."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa.errors import IndexDamagedError
from qa.index import Index
from qa.settings import Settings
from tests.collection import BagEncoder, nearest, write_files

pytestmark = pytest.mark.integration

Probes = list[Any]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of an index of three articles."""
    folder = write_files(tmp_path / "in", {f"{i}.md": f"Ship{i} sailed." for i in range(3)})
    settings = Settings(index=tmp_path / "index")
    Index.open(settings, encoder=BagEncoder(), create=True).update([folder])
    return settings


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> Probes:
    """Return the list of the probes that are started from now on."""
    started: Probes = []
    run = subprocess.run

    def note(*arguments: Any, **options: Any) -> Any:
        started.append(arguments)
        return run(*arguments, **options)

    monkeypatch.setattr("qa.index.vector_files.subprocess.run", note)
    return started


def searched(settings: Settings) -> str:
    """Open the index as another process would, and return the best article of a search."""
    opened = Index.open(settings, encoder=BagEncoder())
    return nearest(opened, "ship1", 1)[0][0].article_id


def test_what_this_program_wrote_needs_no_probe(
    settings: Settings, probes: Probes, tmp_path: Path
) -> None:
    """Neither questions nor updates pay for a process of their own."""
    for _ in range(2):
        assert searched(settings) == "1.md"
    write_files(tmp_path / "in", {"3.md": "Ship3 sailed."})
    Index.open(settings, encoder=BagEncoder()).update()
    assert searched(settings) == "1.md"
    assert probes == []


def lose_notes(chroma: Path) -> None:
    """Remove the notes, as an index of an earlier version has none."""
    for name in ("graph.json", "opened.json"):
        (chroma / name).unlink()


def spoil_notes(chroma: Path) -> None:
    """Damage the notes themselves."""
    for name in ("graph.json", "opened.json"):
        (chroma / name).write_text('{"files": []}')


def copy(chroma: Path) -> None:
    """Put a copy of the folder in its place."""
    shutil.copytree(chroma, chroma.with_name("copy"))
    shutil.rmtree(chroma)
    chroma.with_name("copy").rename(chroma)


@pytest.mark.parametrize("change", [lose_notes, spoil_notes, copy])
def test_what_is_unknown_is_probed_once(
    settings: Settings, probes: Probes, change: Callable[[Path], None]
) -> None:
    """Sound files of an earlier version, or from a backup, cost one probe; after that they are known."""
    change(settings.index / "chroma")
    assert [searched(settings), searched(settings)] == ["1.md", "1.md"]
    assert len(probes) == 1


def test_a_probe_that_finds_damage_is_not_repeated(settings: Settings, probes: Probes) -> None:
    """A thousand questions to a damaged index do not start a thousand processes."""
    database = settings.index / "chroma" / "chroma.sqlite3"
    database.write_bytes(b"garbage" * 1_000)
    opened = Index.open(settings, encoder=BagEncoder())
    for _ in range(3):
        with pytest.raises(IndexDamagedError, match="are damaged: run: qa index --repair"):
            nearest(opened, "ship1", 1)
    assert len(probes) == 1


def test_a_probe_that_hangs_means_damage(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that nothing can be read from within the time that is allowed are damaged."""
    lose_notes(settings.index / "chroma")
    monkeypatch.setattr("qa.index.vector_files._SECONDS", 0.0)
    monkeypatch.setattr("qa.index.vector_files._SECONDS_PER_MB", 0.0)
    with pytest.raises(IndexDamagedError):
        searched(settings)


def test_a_probe_has_seconds_of_the_processor(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that turns in circles is ended; where others take the processor, a sound index is waited for."""
    lose_notes(settings.index / "chroma")
    circles = (
        "import sys; sys.argv[1:] = ['x', '1']; from qa.index import probe; "
        "probe.fault = lambda _: sum(iter(int, 1)); probe.main()"
    )
    run, waited = subprocess.run, list[float]()

    def turn(command: list[str], **options: Any) -> Any:
        waited.append(options["timeout"])
        return run([command[0], "-c", circles], **options)

    monkeypatch.setattr(
        "qa.index.vector_files.subprocess.run",
        lambda *, args, **options: turn(args, **options),
    )
    with pytest.raises(IndexDamagedError):
        searched(settings)
    assert min(waited) >= 1_000


def test_new_files_are_private(settings: Settings) -> None:
    """Only their owner can read the files and folders of an index, whatever the umask."""
    for path in (settings.index, *settings.index.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
