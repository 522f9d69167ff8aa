"""Files that visitors add, articles that they remove, and undo."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa.conversations import library as module
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.library import UPLOAD_BYTES, FileOutcome, Library, file_name
from qa.errors import ArticleError, IndexLockedError, IndexNotFoundError, QAError
from qa.index import Report
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE


@pytest.fixture
def pipeline() -> FakePipeline:
    """Return a pipeline over one article that comes from another folder."""
    return FakePipeline([ARTICLE])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where added files are kept."""
    return tmp_path / "chat" / "articles"


@pytest.fixture
def library(pipeline: FakePipeline, folder: Path) -> Library:
    """Return the library of `pipeline`."""
    return Library(LazyPipeline(pipeline), folder)


def test_a_file_becomes_an_article(library: Library, pipeline: FakePipeline, folder: Path) -> None:
    """The file is kept and its article there; again it is unchanged, with other words changed."""
    assert library.add("tide.md", b"The tide came.") == FileOutcome("tide.md", "added")
    assert pipeline.index.article("tide.md").text == "The tide came."
    assert library.add("tide.md", b"The tide came.").outcome == "unchanged"
    assert library.add("tide.md", b"The tide went.").outcome == "changed"
    assert [path.name for path in folder.iterdir()] == ["tide.md"]


def test_a_file_of_many_articles_has_one_line(library: Library) -> None:
    """Its line counts what became of them and gives the first reasons."""
    lines = b'{"id": "a", "text": "A."}\n{"id": "b", "text": "B."}\n{"id": "c"}\n'
    refused = "news.jsonl:3: has no 'text' (its keys: id): say --map KEY=text"
    assert library.add("news.jsonl", lines) == FileOutcome(
        "news.jsonl", "added", f"2 added, 1 refused; {refused}"
    )


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (("empty.md", b""), "is empty"),
        (("latin.txt", b"caf\xe9"), "not UTF-8"),
        (("photo.png", b"x"), "unknown format '.png'"),
        (("none", b"x"), "unknown format 'without suffix'"),
        ((".md", b"x"), "unknown format"),
        (("lines.jsonl", b"{}"), "has no 'text'"),
        (("big.md", b"x" * (UPLOAD_BYTES + 1)), "at most 20 MB"),
        ((ARTICLE.id, b"Mine."), "from another folder: rename the file"),
    ],
)
def test_a_refused_file_leaves_nothing(
    library: Library, pipeline: FakePipeline, folder: Path, file: tuple[str, bytes], reason: str
) -> None:
    """The line says why, and neither file nor article is left."""
    line = library.add(*file)
    assert line.outcome == "refused"
    assert reason in line.detail
    assert "/tmp" not in line.detail  # noqa: S108 - the place of the trial is nobody's business
    assert [entry.id for entry in pipeline.index.catalogue()] == [ARTICLE.id]
    assert list(folder.glob("*")) == []


def test_a_refused_change_keeps_what_was_there(
    library: Library, pipeline: FakePipeline, folder: Path
) -> None:
    """A bad file does not take the place of a good one."""
    library.add("tide.md", b"The tide came.")
    assert library.add("tide.md", b"\xff\xfe\xfd").outcome == "refused"
    assert (folder / "tide.md").read_bytes() == b"The tide came."
    assert pipeline.index.article("tide.md").text == "The tide came."


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("C:\\temp\\news.TXT", "news.txt"),
        ("/abs/olute.md", "olute.md"),
        ("...hidden.md", "hidden.md"),
        ("a\x00b\nc\u202ed.md", "a b c d.md"),
        ("<img src=x onerror=alert(1)>.md", "<img src=x onerror=alert(1)>.md"),
        ("cafe\u0301.md", "caf\u00e9.md"),
        ("\u6587" * 500 + ".md", "\u6587" * 33 + ".md"),
    ],
)
def test_a_name_cannot_leave_the_folder(name: str, kept: str) -> None:
    """Folders, hidden names, control characters and endless names are cut down to a plain file name."""
    assert file_name(name) == kept


@pytest.mark.parametrize(
    "name", ["", "..", "../", "md", ".jsonl", "a.exe", "a.md.exe", "con\u0000"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    """A name without ending, or with one that is not read, is refused with those that are."""
    with pytest.raises(ArticleError, match=r"known are .*\.jsonl, .*\.md, .*\.txt"):
        file_name(name)


def test_a_removed_article_comes_back(
    library: Library, pipeline: FakePipeline, folder: Path
) -> None:
    """Its file goes with it and comes back with it, once."""
    library.add("tide.md", b"The tide came.")
    token = library.remove("tide.md")
    assert [entry.id for entry in pipeline.index.catalogue()] == [ARTICLE.id]
    assert list(folder.iterdir()) == []
    assert library.undo(token) == "tide.md"
    assert pipeline.index.article("tide.md").text == "The tide came."
    assert (folder / "tide.md").read_bytes() == b"The tide came."
    with pytest.raises(QAError, match="cannot be undone any more"):
        library.undo(token)


def test_the_file_of_another_folder_stays(
    library: Library, pipeline: FakePipeline, tmp_path: Path
) -> None:
    """Removing takes an article out of the index only, where its file was not added here."""
    file = tmp_path / "own.md"
    file.write_text("My own.")
    pipeline.index.update([file])
    token = library.remove("own.md")
    assert file.read_text() == "My own."
    assert library.undo(token) == "own.md"
    assert [entry.origin for entry in pipeline.index.catalogue() if entry.id == "own.md"] == [
        file.as_uri()
    ]


def test_a_file_of_many_articles_stays_when_one_goes(library: Library, folder: Path) -> None:
    """The others are in it."""
    library.add("news.jsonl", b'{"id": "a", "text": "A."}\n{"id": "b", "text": "B."}\n')
    library.remove("a")
    assert (folder / "news.jsonl").exists()


def test_an_undo_takes_nobodys_place(library: Library, pipeline: FakePipeline) -> None:
    """When an article of the same id has come since, it stays."""
    library.add("tide.md", b"The tide came.")
    token = library.remove("tide.md")
    library.add("tide.md", b"Another tide.")
    with pytest.raises(QAError, match=r"tide\.md has come since"):
        library.undo(token)
    assert pipeline.index.article("tide.md").text == "Another tide."


def test_removals_do_not_pile_up(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest can no longer be undone when there are too many."""
    monkeypatch.setattr(module, "_MAX_UNDO", 1)
    library.add("a.md", b"A.")
    library.add("b.md", b"B.")
    first, second = library.remove("a.md"), library.remove("b.md")
    with pytest.raises(QAError, match="cannot be undone"):
        library.undo(first)
    assert library.undo(second) == "b.md"


def test_what_is_not_there_cannot_be_removed(library: Library) -> None:
    """The error names it."""
    with pytest.raises(QAError, match=r"nothing\.md"):
        library.remove("nothing.md")


def test_a_locked_index_refuses_the_file(
    library: Library, pipeline: FakePipeline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process writes, the line says so and no file is left for which there is no article."""

    def locked(_paths: object, **_watchers: object) -> None:
        raise IndexLockedError("another process is writing")

    monkeypatch.setattr(pipeline.index, "update", locked)
    assert library.add("tide.md", b"The tide came.") == FileOutcome(
        "tide.md", "refused", "another process is writing"
    )
    assert list(folder.iterdir()) == []


def test_without_an_index_files_are_refused(folder: Path) -> None:
    """The line says what to do."""

    def missing() -> FakePipeline:
        raise IndexNotFoundError("there is no index: run: qa index corpus/")

    assert (
        Library(LazyPipeline(missing), folder).add("a.md", b"A.").detail
        == "there is no index: run: qa index corpus/"
    )


def test_a_name_that_somebody_else_took_gets_a_number(
    library: Library, pipeline: FakePipeline, folder: Path
) -> None:
    """The other's file and article stay as they are; one's own is still replaced."""
    library.add("tide.md", b"The tide came.", visitor="ann")
    line = library.add("tide.md", b"No tide came.", visitor="bob")
    assert line.outcome == "added"
    assert line.detail == "as tide-2.md, because somebody else has added a tide.md"
    assert pipeline.index.article("tide.md").text == "The tide came."
    assert pipeline.index.article("tide-2.md").text == "No tide came."
    assert library.add("tide.md", b"The tide came.", visitor="bob").outcome == "unchanged"
    assert library.add("tide.md", b"A tide came.", visitor="ann").outcome == "changed"
    again = Library(LazyPipeline(pipeline), folder)
    assert again.add("tide.md", b"Many tides.", visitor="ann") == FileOutcome("tide.md", "changed")
    assert again.add("tide.md", b"Few tides.", visitor="cleo").detail.startswith("as tide-3.md")


def test_only_the_owner_can_read_what_was_added(library: Library, folder: Path) -> None:
    """Files have the mode 0600 and folders 0700, whatever the umask says."""
    umask = os.umask(0)
    try:
        library.add("tide.md", b"The tide came.", visitor="ann")
        library.add("tide.md", b"The tide went.", visitor="ann")
    finally:
        os.umask(umask)
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.parent.rglob("*")}
    assert modes == {"articles": 0o700, "tide.md": 0o600, "added.json": 0o600}
    assert folder.parent.stat().st_mode & 0o777 == 0o700


def test_a_removal_does_not_wait_for_a_large_file(
    library: Library, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a file is being added, removing says so."""
    monkeypatch.setattr(module, "_PATIENCE", 0.01)

    def update(_paths: object, **_watchers: object) -> Report:
        with (
            ThreadPoolExecutor() as pool,
            pytest.raises(QAError, match="a file is being added: try again"),
        ):
            pool.submit(library.remove, ARTICLE.id).result()
        return Report(added=("tide.md",))

    monkeypatch.setattr(pipeline.index, "update", update)
    assert library.add("tide.md", b"The tide came.").outcome == "added"
