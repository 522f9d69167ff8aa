"""An index that is damaged or out of reach: one clear error, never a wrong answer."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from qa.encoder import Encoder
from qa.errors import QAError
from qa.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Filter
from tests.collection import write_files

pytestmark = pytest.mark.integration

QUESTION = "who inspected the dam?"


@pytest.fixture
def settings(tmp_path: Path, shared_encoder: Encoder) -> Settings:
    """Return settings of an index of two articles."""
    folder = write_files(tmp_path / "articles", {"a.md": "Mara Voss inspected the dam.", "b.md": "The ferry sank."})
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
    """Chroma's own complaint about its file comes as an error of ours."""
    (settings.index / "chroma" / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
    with pytest.raises(QAError, match=r"vectors in .* cannot be used"):
        Pipeline.open(settings).answer(QUESTION)


@pytest.mark.parametrize("kept", [8192, 4096])
def test_a_truncated_file_is_an_error_and_can_be_rebuilt(settings: Settings, kept: int, tmp_path: Path) -> None:
    """A file of articles that was cut off is called damaged, not missing, and is not silently made anew."""
    file = settings.index / "articles.sqlite"
    file.write_bytes(file.read_bytes()[:kept])
    for create in (False, True):
        with pytest.raises(QAError, match=r"is damaged .* qa index --rebuild PATH"):
            Index.open(settings, create=create)
    assert Index.open(settings, rebuild=True).update([tmp_path / "articles"]).added == ("a.md", "b.md")


def test_a_file_that_cannot_be_opened_is_no_missing_index(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_an_index_that_cannot_be_written_to_is_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a read-only medium questions are answered, and nothing is made or changed in the index's folder."""
    before = _files(settings.index)
    for path in (settings.index, *settings.index.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    access = os.access  # who runs the tests may be allowed to write everywhere
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK and access(path, mode))
    opened = Index.open(settings)
    assert opened.dense(QUESTION, 1)[0][0].article_id == "a.md"
    assert opened.store.match(["ferri"], 1)[0][0].article_id == "b.md"
    assert opened.articles(Filter(article_ids=("a.md",)))[0].text == "Mara Voss inspected the dam."
    assert _files(settings.index) == before
    for path in (settings.index, *settings.index.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
