"""An index that is damaged or out of reach: one clear error, never a wrong answer."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.errors import IndexDamagedError, QAError
from qa.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Filter
from tests.collection import nearest, write_files

pytestmark = pytest.mark.integration

QUESTION = "who inspected the dam?"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of an index of two articles."""
    folder = write_files(
        tmp_path / "articles", {"a.md": "Mara Voss inspected the dam.", "b.md": "The ferry sank."}
    )
    settings = Settings(index=tmp_path / "index")
    Index.open(settings, create=True).update([folder])
    return settings


def test_lost_vectors_are_an_error_until_rebuilt(settings: Settings) -> None:
    """Without its vectors the index neither answers nor updates by words alone; a rebuild brings them back."""
    shutil.rmtree(settings.index / "chroma")
    with pytest.raises(QAError, match="lacks 2 vectors: run: qa index --repair"):
        Pipeline.open(settings).answer(QUESTION)
    with pytest.raises(QAError, match="lacks 2 vectors"):
        Index.open(settings).update()
    rebuilt = Index.open(settings, rebuild=True)
    assert rebuilt.update().added == ("a.md", "b.md")
    assert rebuilt.counts()["vectors"] == 2


def test_garbage_for_vectors_is_an_error(settings: Settings) -> None:
    """A database that Chroma cannot read is told, with what to do."""
    (settings.index / "chroma" / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
    with pytest.raises(
        QAError, match=r"vectors of the index in .* are damaged: run: qa index --repair"
    ):
        Pipeline.open(settings).answer(QUESTION)


@pytest.mark.parametrize("kept", [8192, 4096])
def test_a_truncated_file_is_an_error_and_can_be_rebuilt(
    settings: Settings, kept: int, tmp_path: Path
) -> None:
    """A file of articles that was cut off is called damaged, not missing, and is not silently made anew."""
    file = settings.index / "articles.sqlite"
    file.write_bytes(file.read_bytes()[:kept])
    for create in (False, True):
        with pytest.raises(QAError, match=r"is damaged .* qa index --rebuild PATH"):
            Index.open(settings, create=create)
    assert Index.open(settings, rebuild=True).update([tmp_path / "articles"]).added == (
        "a.md",
        "b.md",
    )


def test_a_file_that_cannot_be_opened_is_no_missing_index(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where SQLite cannot open the file, nothing is thrown away to make a new index."""
    before = (settings.index / "articles.sqlite").read_bytes()
    monkeypatch.setattr("qa.index.store.sqlite3.connect", _refuse)
    with pytest.raises(QAError, match="cannot be used: unable to open database file"):
        Index.open(settings, create=True)
    assert (settings.index / "articles.sqlite").read_bytes() == before


def _refuse(*_: object, **__: object) -> None:
    raise sqlite3.OperationalError("unable to open database file")


def test_a_search_returns_at_least_one_passage(settings: Settings) -> None:
    """A k below 1 is refused, rather than counted from the end of the list."""
    with pytest.raises(QAError, match="k = -1"):
        Pipeline.open(settings).search(QUESTION, k=-1)


def test_an_index_that_cannot_be_written_to_is_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a read-only medium questions are answered, and nothing is made or changed in the index's folder."""
    before = _files(settings.index)
    for path in (settings.index, *settings.index.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    access = os.access  # who runs the tests may be allowed to write everywhere
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK and access(path, mode))
    opened = Index.open(settings)
    assert nearest(opened, QUESTION, 1)[0][0].article_id == "a.md"
    with opened.snapshot() as snapshot:
        assert snapshot.match(["ferri"], 1)[0][0].article_id == "b.md"
    assert opened.articles(Filter(article_ids=("a.md",)))[0].text == "Mara Voss inspected the dam."
    assert _files(settings.index) == before
    for path in (settings.index, *settings.index.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def full_disk(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Return settings of a copy of the index on a disk that is full."""
    place = tmp_path / "disk"
    place.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    command = [mount or "", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if (
        not (mount and unmount)
        or subprocess.run(command, check=False, capture_output=True).returncode
    ):
        pytest.skip("needs the right to mount a file system")
    try:
        shutil.copytree(settings.index, place / "index")
        (place / "filling").write_bytes(b"x" * shutil.disk_usage(place).free)
        yield Settings(index=place / "index")
    finally:
        subprocess.run([unmount, "--lazy", str(place)], check=True)


def test_a_full_disk_can_be_asked_but_not_written_to(full_disk: Settings, tmp_path: Path) -> None:
    """Without room questions are answered, writing says what is wrong, and the index stays whole."""
    opened = Index.open(full_disk)
    before = opened.articles()
    assert nearest(opened, QUESTION, 1)[0][0].article_id == "a.md"
    write_files(tmp_path / "articles", {"c.md": "The council met."})
    for write in (
        lambda: opened.update([tmp_path / "articles"]),
        lambda: opened.remove("a.md"),
        opened.repair,
    ):
        with pytest.raises(QAError, match=r"its disk has 0\.0 MB left: make room"):
            write()
    assert opened.articles() == before
    (full_disk.index.parent / "filling").unlink()
    assert opened.check() == []
    assert opened.update([tmp_path / "articles"]).added == ("c.md",)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE articles SET text = CAST(x'fffe' AS TEXT)",
        "UPDATE articles SET text = x'00'",
        "UPDATE passages SET start = 7000",
        "UPDATE passages SET start = 'seven'",
        "UPDATE manifest SET value = '{' WHERE key = 'generation'",
        "DELETE FROM manifest WHERE key = 'schema'",
        "DROP TABLE articles",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = CAST(x'ff' AS TEXT)",
    ],
)
def test_what_was_never_written_is_damage(settings: Settings, change: str, tmp_path: Path) -> None:
    """Values of another kind are told as damage, without quoting them, and a rebuild mends it."""
    with contextlib.closing(sqlite3.connect(settings.index / "articles.sqlite")) as db:
        db.executescript(change)
    with pytest.raises(IndexDamagedError, match=r"is damaged \([\w ]+\): run: qa index --rebuild"):
        Pipeline.open(settings).search(QUESTION)
    rebuilt = Index.open(settings, rebuild=True)
    assert rebuilt.update([tmp_path / "articles"]).added == ("a.md", "b.md")
    assert nearest(rebuilt, QUESTION, 1)[0][0].article_id == "a.md"


def test_an_emptied_file_is_damaged(settings: Settings, tmp_path: Path) -> None:
    """A file that was emptied is not taken for an index that was never made."""
    (settings.index / "articles.sqlite").write_bytes(b"")
    for create in (False, True):
        with pytest.raises(IndexDamagedError, match="holds nothing"):
            Index.open(settings, create=create)
