"""Backup and restore of an index that is in use."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection
from pathlib import Path

import pytest

from qa.errors import IndexDamagedError, IndexLockedError, QAError
from qa.index import Index
from qa.index import backup as backup_module
from qa.index.backup import back_up, restore
from qa.pipeline import Pipeline
from qa.protocols import Encoder
from qa.settings import Settings

pytestmark = pytest.mark.integration

_QUERY = "ferry"
_TEXTS = {
    "close.txt": "The Harbour Board wants to close the ferry in May.",
    "mayor.txt": "The mayor said on Tuesday that nobody had been asked.",
    "bridge.txt": "A bridge over the sound would cost nine million, engineers said.",
}


@pytest.fixture
def settings(tmp_path: Path, encoder: Encoder) -> Settings:
    """Return the settings of an index of three articles."""
    articles, made = tmp_path / "articles", Settings(index=tmp_path / "index")
    articles.mkdir()
    for name, text in _TEXTS.items():
        (articles / name).write_text(text)
    index = Index.open(made, encoder=encoder, create=True)
    assert len(index.update([articles]).added) == len(_TEXTS)
    return made


def _restored(settings: Settings, tmp_path: Path) -> Settings:
    target = Settings(index=tmp_path / "restored")
    restore(tmp_path / "backup", target)
    return target


def test_a_restored_index_is_the_one_that_was_backed_up(
    settings: Settings, tmp_path: Path, encoder: Encoder
) -> None:
    """The same articles, the same hits; conversations, added articles and users come with it."""
    index = Index.open(settings, encoder=encoder)
    chat = settings.index / "chat"
    (chat / "articles").mkdir(parents=True)
    added = chat / "articles/ferry-note.txt"
    added.write_text("The ferry stays, the mayor told the council on Monday.")
    index.update([added])
    with sqlite3.connect(chat / "conversations.sqlite") as db:
        db.execute("CREATE TABLE t (x)")
        db.execute("INSERT INTO t VALUES (1)")
    (settings.index / "users.json").write_text("{}")
    counts = back_up(settings, tmp_path / "backup")
    assert counts == index.counts()
    target = _restored(settings, tmp_path)
    before, after = Pipeline(index), Pipeline(Index.open(target, encoder=encoder))
    assert after.search(_QUERY, k=20) == before.search(_QUERY, k=20)
    assert after.index.articles() == index.articles()
    assert after.index.check() == []
    with sqlite3.connect(target.index / "chat/conversations.sqlite") as db:
        assert db.execute("SELECT x FROM t").fetchall() == [(1,)]
    assert (target.index / "users.json").read_text() == "{}"
    # What lay in the index's own folder lies in the new one: an update does not miss it.
    origins = {entry.id: entry.origin for entry in after.index.catalogue()}
    moved = target.index / "chat/articles/ferry-note.txt"
    assert origins["ferry-note.txt"] == moved.as_uri()
    assert after.index.update([moved]).removed == ()
    for path in target.index.rglob("*"):
        if path.is_file() and path.parent.name != "chroma":
            assert path.stat().st_mode & 0o077 == 0, path


def test_a_backup_beside_load_is_of_one_generation(
    settings: Settings, tmp_path: Path, encoder: Encoder
) -> None:
    """While others ask and write all the time; nobody who asks is refused meanwhile."""
    pipeline = Pipeline(Index.open(settings, encoder=encoder))
    end, failures = threading.Event(), list[BaseException]()
    file = tmp_path / "changing.txt"

    def work(step: object) -> None:
        number = 0
        while not end.is_set():
            number += 1
            try:
                step(number)  # type: ignore[operator]
            except IndexLockedError:  # the backup is being made
                end.wait(0.05)
            except BaseException as error:  # noqa: BLE001 - looked at below
                failures.append(error)
                return

    def write(number: int) -> None:
        file.write_text(f"The ferry sailed {number} times this year, the port said.")
        pipeline.index.update([file])

    steps = (write, lambda _number: pipeline.search(_QUERY))
    threads = [threading.Thread(target=work, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    try:
        back_up(settings, tmp_path / "backup")
    finally:
        end.set()
        for thread in threads:
            thread.join(60)
    assert failures == []
    assert Index.open(_restored(settings, tmp_path), encoder=encoder).check() == []


def test_nothing_is_overwritten(settings: Settings, tmp_path: Path) -> None:
    """Neither a folder by a backup nor an index by a restored one; nothing else is restored."""
    (tmp_path / "there").mkdir()
    with pytest.raises(QAError, match="exists already"):
        back_up(settings, tmp_path / "there")
    with pytest.raises(QAError, match="no backup"):
        restore(tmp_path / "there", Settings(index=tmp_path / "new"))
    back_up(settings, tmp_path / "backup")
    with pytest.raises(QAError, match="not empty"):
        restore(tmp_path / "backup", settings)


def test_a_backup_that_does_not_check_gets_no_name(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy whose articles and vectors differ is told, and is not left lying there."""
    copy = backup_module._copy

    def torn(source: Path, target: Path, only: Collection[str]) -> None:
        copy(source, target, only)
        with sqlite3.connect(target / "articles.sqlite") as db:
            db.execute("UPDATE manifest SET value = '\"other\"' WHERE key = 'generation'")

    monkeypatch.setattr(backup_module, "_copy", torn)
    with pytest.raises(IndexDamagedError, match="does not check"):
        back_up(settings, tmp_path / "backup")
    assert {path.name for path in tmp_path.iterdir()} == {"articles", "index"}


def test_a_backup_waits_for_a_writer_but_not_for_ever(
    settings: Settings, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who writes all the time is named as the reason."""
    monkeypatch.setattr(backup_module, "PATIENCE", 0.0)
    with Index.open(settings, encoder=encoder).writer(), pytest.raises(IndexLockedError):
        back_up(settings, tmp_path / "backup")
