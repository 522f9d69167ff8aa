"""Files that visitors add, articles that they remove, and undo."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa.conversations import library as module
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.library import UPLOAD_BYTES, Library
from qa.conversations.outcomes import Outcome
from qa.conversations.updating import AddingStoppedError, OnArticle, Watch
from qa.errors import IndexLockedError, IndexNotFoundError, QAError
from qa.index import Report
from qa.types import Article
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
    assert library.add("tide.md", b"The tide came.") == Outcome("tide.md", "added")
    assert pipeline.index.article("tide.md").text == "The tide came."
    assert library.add("tide.md", b"The tide came.").outcome == "unchanged"
    assert library.add("tide.md", b"The tide went.").outcome == "changed"
    assert [path.name for path in folder.iterdir()] == ["tide.md"]


def test_a_file_of_many_articles_has_one_line(library: Library) -> None:
    """Its line counts what became of them, and each refusal has its reason and remedy."""
    lines = b'{"id": "a", "text": "A."}\n{"id": "b", "text": "B."}\n{"id": "c"}\n'
    refused = "news.jsonl:3: has no 'text' (its keys: id): say --map KEY=text"
    assert library.add("news.jsonl", lines) == Outcome(
        "news.jsonl", "added", "2 added, 1 refused", (refused,)
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
    assert library.add("tide.md", b"The tide came.") == Outcome(
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
    assert again.add("tide.md", b"Many tides.", visitor="ann") == Outcome("tide.md", "changed")
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


def test_a_pasted_text_becomes_an_article(
    library: Library, pipeline: FakePipeline, folder: Path
) -> None:
    """Its title is what was typed; another text of the same title replaces nothing."""
    assert library.add_text("The tide: 7 May", "It came.").outcome == "added"
    article = pipeline.index.article("The-tide-7-May.txt")
    assert (article.title, article.text) == ("The tide: 7 May", "It came.")
    assert library.add_text("The tide: 7 May", "It went.").outcome == "added"
    assert library.add_text("The tide: 7 May", "It went.").outcome == "unchanged"
    assert library.add_text("", "A headline\n\nIts story.").outcome == "added"
    assert pipeline.index.article("A-headline.txt").title == "A headline"
    assert sorted(path.name for path in folder.iterdir()) == [
        "A-headline.txt",
        "The-tide-7-May-2.txt",
        "The-tide-7-May.txt",
    ]
    refused = library.add_text("Nothing", " \n")
    assert refused == Outcome("Nothing", "refused", "is empty: paste the words of the article")


def test_an_address_is_added(library: Library, pipeline: FakePipeline) -> None:
    """What the sources accept is there; their refusal is told with its remedy."""
    pipeline.index.web["https://tide.example/"] = Article("tide", "The tide", "The tide came.")
    assert library.add_address(" tide.example/ ").outcome == "added"
    assert pipeline.index.article("tide").text == "The tide came."
    gone = "there is no such page: see whether it has moved"
    assert library.add_address("http://gone.example") == Outcome(
        "http://gone.example", "refused", gone
    )


@pytest.mark.parametrize("typed", ["file:///etc/passwd", "ftp://a.example", "", "https://", "a b"])
def test_only_addresses_of_the_web_are_added(library: Library, typed: str) -> None:
    """No file of the server is read by way of an address."""
    outcome = library.add_address(typed)
    assert outcome.outcome == "refused"
    assert "is no address of the web" in outcome.detail


def test_a_path_is_no_address(library: Library, pipeline: FakePipeline, tmp_path: Path) -> None:
    """What looks like a file of the server is asked for on the web, where it is not."""
    (tmp_path / "a.md").write_text("A secret.")
    assert library.add_address(str(tmp_path / "a.md")).outcome == "refused"
    assert [entry.id for entry in pipeline.index.catalogue()] == [ARTICLE.id]


def test_an_address_that_is_stopped_leaves_nothing(
    library: Library, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Articles of it that were already there are taken back; others stay."""

    def update(_places: object, *, progress: OnArticle, embedded: object) -> Report:
        pipeline.index.restore(Article("first", "First", "The first."), "https://tide.example/1")
        progress("second", 2, 3)
        raise AssertionError

    def stop(*_told: object) -> None:
        raise AddingStoppedError("stopped")

    monkeypatch.setattr(pipeline.index, "update", update)
    assert library.add_address("tide.example", watch=Watch(stop)).detail == "stopped"
    assert [entry.id for entry in pipeline.index.catalogue()] == [ARTICLE.id]


def test_files_of_two_folders_stay_apart(library: Library, folder: Path) -> None:
    """A file of a folder that is added keeps its folder's name."""
    for place in ("news/2025", "news/2026"):
        assert library.add("a.md", b"Text.", folder=place).outcome == "added"
    assert sorted(path.name for path in folder.iterdir()) == ["news-2025-a.md", "news-2026-a.md"]


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
