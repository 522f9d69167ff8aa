"""The index with the real Chroma and the real encoder: updates, faults, locks, other processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import filelock
import pytest

from qa.errors import (
    ArticleError,
    IndexLockedError,
    IndexNotFoundError,
    IndexStaleError,
    SettingsError,
)
from qa.index import Index
from qa.index.store import Store
from qa.index.vectors import ChromaVectors
from qa.protocols import Encoder
from qa.settings import Settings
from qa.types import Filter
from tests.collection import everything, nearest, search, write_files

pytestmark = pytest.mark.integration

FILES = {
    "dam.md": "# The dam\n\nMara Voss inspected the dam at Orlo in May.",
    "ferry.md": "# The ferry\n\nThe ferry Petrel sank off the old harbour.",
    "sub/vote.md": "# The vote\n\nThe council voted for a new bridge.",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of an index in a folder of its own, opened with the shared encoder."""
    return Settings(index=tmp_path / "index")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of three articles."""
    return write_files(tmp_path / "articles", FILES)


@pytest.fixture
def index(settings: Settings, folder: Path) -> Index:
    """Return an index of the folder."""
    made = Index.open(settings, create=True)
    made.update([folder])
    return made


@pytest.fixture
def embedded(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of all texts that are embedded from now on."""
    texts: list[str] = []
    encode = encoder.encode

    def note(new: Sequence[str]) -> Any:
        texts.extend(new)
        return encode(new)

    monkeypatch.setattr(encoder, "encode", note)
    return texts


def ids(index: Index) -> list[str]:
    """Return the ids of all articles."""
    return [article.id for article in index.articles()]


def found(index: Index, query: str) -> list[str]:
    """Return the articles that a search finds, best first."""
    return [hit.passage.article_id for hit in search(index, query, 10, lexical_weight=0.2)]


def assert_stores_agree(index: Index) -> None:
    """Hold that every passage has its words and its vector, and nothing else has."""
    counts = index.counts()
    assert counts["passages"] == counts["words"] == counts["vectors"]
    with index.store.read() as read:
        assert read.unfinished() == []


def test_a_new_folder_is_added(settings: Settings, folder: Path) -> None:
    """All articles are added, with their passages in every store, and are found."""
    index = Index.open(settings, create=True)
    calls: list[tuple[str, int, int]] = []
    report = index.update([folder], progress=lambda *call: calls.append(call))
    assert (report.added, report.refused, report.passages) == (
        ("dam.md", "ferry.md", "sub/vote.md"),
        (),
        3,
    )
    assert calls == [("dam.md", 1, 3), ("ferry.md", 2, 3), ("vote.md", 3, 3)]
    assert index.counts() == {"articles": 3, "passages": 3, "words": 3, "vectors": 3}
    assert found(index, "which boat went under?")[0] == "ferry.md"


def test_add_edit_delete(index: Index, folder: Path) -> None:
    """After a file came, one changed and one went, the report and all stores say so; the deleted one is not found."""
    write_files(
        folder,
        {"new.md": "A lantern festival.", "dam.md": "# The dam\n\nThe dam at Orlo has burst."},
    )
    (folder / "ferry.md").unlink()
    report = index.update([folder])
    assert (report.added, report.changed) == (("new.md",), ("dam.md",))
    assert (report.removed, report.unchanged, report.passages) == (
        ("ferry.md",),
        ("sub/vote.md",),
        2,
    )
    assert ids(index) == ["dam.md", "new.md", "sub/vote.md"]
    assert_stores_agree(index)
    assert "ferry.md" not in found(index, "the ferry Petrel sank")
    with index.snapshot() as snapshot:
        assert snapshot.match(["petrel"], 10) == snapshot.match(["voss"], 10) == []


def test_what_is_unchanged_is_not_embedded(index: Index, folder: Path, embedded: list[str]) -> None:
    """A second run embeds nothing, and after an edit only what was edited; removing needs no model."""
    assert index.update([folder]).unchanged == tuple(sorted(FILES))
    assert embedded == []
    write_files(folder, {"dam.md": "The dam burst."})
    index.update([folder])
    assert embedded == ["The dam burst.\nThe dam burst."]
    index.remove("dam.md")
    assert len(embedded) == 1


def test_refused_content_removes_the_old_version(index: Index, folder: Path) -> None:
    """A file whose content is no article any more answers nothing from its old content."""
    write_files(folder, {"dam.md": b"\xff\xff"})
    report = index.update([folder])
    assert (report.removed, [error.path for error in report.refused]) == (
        ("dam.md",),
        [str(folder / "dam.md")],
    )
    assert_stores_agree(index)


def test_an_unreachable_file_keeps_its_article(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be read for now is reported, and what was read before stays."""
    open_file = Path.open

    def fail(path: Path, mode: str) -> Any:
        if path.name == "dam.md":
            raise PermissionError(13, "Permission denied")
        return open_file(path, mode)

    monkeypatch.setattr(Path, "open", fail)
    report = index.update([folder])
    assert (report.removed, str(report.refused[0])) == (
        (),
        f"{folder}/dam.md: cannot be read: Permission denied",
    )
    assert "dam.md" in ids(index)


def test_a_missing_folder_keeps_its_articles(index: Index, folder: Path) -> None:
    """A folder that is not there, a drive that is not mounted, is reported; its articles stay."""
    folder.rename(folder.with_name("away"))
    report = index.update()
    assert [error.reason for error in report.refused] == ["no such file or folder"]
    assert len(ids(index)) == 3


@pytest.mark.parametrize("name", ["loop.md", "x" * 5_000, os.fsdecode(b"\xff")])
def test_paths_that_no_index_can_hold(index: Index, folder: Path, name: str) -> None:
    """A link to itself, a name that is too long or no text is refused, and not remembered."""
    if name == "loop.md":
        (folder.parent / name).symlink_to(name)
    elif len(name) < 10:
        write_files(folder.parent / name, {"a.md": "Text."})
    report = index.update([folder.parent / name])
    assert len(report.refused) == 1
    assert index.roots() == [folder.as_uri()]


def test_overlapping_paths_are_read_as_one(index: Index, folder: Path) -> None:
    """A file that several of the given paths hold is no second article."""
    write_files(folder, {"dam.md": "The dam burst."})
    report = index.update([folder / "sub", folder, folder / "dam.md", folder])
    assert (report.changed, report.removed, report.refused) == (("dam.md",), (), ())
    assert_stores_agree(index)


@pytest.mark.parametrize("part", ["sub", "sub/vote.md", "dam.md"])
def test_a_part_of_a_folder_keeps_ids(index: Index, folder: Path, part: str) -> None:
    """Indexing a subfolder or file of a folder that was read changes nothing and remembers no more."""
    report = index.update([folder / part])
    assert (report.added, report.changed, report.removed, report.refused) == ((), (), (), ())
    assert index.roots() == [folder.as_uri()]
    (folder / "sub/vote.md").unlink()
    assert index.update([folder]).removed == ("sub/vote.md",)


def test_a_parent_takes_its_folder_over(index: Index, folder: Path) -> None:
    """Indexing the folder above gives the articles ids below it, and nothing twice."""
    above = folder.parent / "above"
    above.mkdir()
    folder.rename(above / "articles")
    index.update([above / "articles"])
    index.update([above])
    assert ids(index) == ["articles/dam.md", "articles/ferry.md", "articles/sub/vote.md"]
    assert index.roots() == [above.as_uri()]
    assert_stores_agree(index)


def test_a_moved_folder_is_followed(index: Index, folder: Path) -> None:
    """After a move the articles are those of the new place, and the old place is forgotten."""
    moved = folder.rename(folder.with_name("moved"))
    assert index.update([moved]).refused == ()
    assert index.roots() == [moved.as_uri()]
    assert index.update().unchanged == tuple(sorted(FILES))
    assert_stores_agree(index)


def test_one_id_has_one_place(index: Index, folder: Path, tmp_path: Path) -> None:
    """A second place that gives a known id is refused with the name of the first, whichever is read first."""
    other = write_files(tmp_path / "a-other", {"dam.md": "Another dam."})
    for paths in ([other], [other, folder], [folder, other]):
        (error,) = index.update(paths).refused
        assert (
            str(error)
            == f"{other}/dam.md: the id 'dam.md' is that of an article in {folder}/dam.md"
        )
    assert "Mara Voss" in index.article("dam.md").text


def test_an_article_moves_between_collections(index: Index, tmp_path: Path) -> None:
    """An id that moved from one .jsonl file to another is changed in one run, not refused and lost."""
    line = '{"id": "7", "text": "A storm came."}\n'
    news = write_files(
        tmp_path / "news", {"b.jsonl": line, "a.jsonl": '{"id": "8", "text": "Sun."}\n'}
    )
    index.update([news])
    write_files(news, {"a.jsonl": line, "b.jsonl": '{"id": "8", "text": "Sun."}\n'})
    report = index.update([news])
    assert (set(report.changed), report.removed, report.refused) == ({"7", "8"}, (), ())
    assert index.update([news]).unchanged == ("7", "8")
    assert_stores_agree(index)


def test_a_filter_is_pushed_down_to_the_vectors(index: Index, folder: Path) -> None:
    """Of the chosen articles the nearest passages come, though all others are nearer; nothing chosen, nothing found."""
    many = {
        f"storm{i}.md": f"A storm came to harbour {i}. The ferry Petrel sank." for i in range(80)
    }
    write_files(folder, many)
    index.update([folder])
    for ids in (["dam.md"], ["sub/vote.md", "dam.md"], ["storm7.md", "dam.md"]):
        where = Filter(article_ids=tuple(ids))
        dense = [
            passage.article_id for passage, _ in nearest(index, "the storm and the ferry", 5, where)
        ]
        assert sorted(dense) == sorted(ids)
    assert dense[0] == "storm7.md"
    assert nearest(index, "the storm", 5, Filter(source="nobody")) == []


def test_a_preview_writes_nothing(
    index: Index, folder: Path, tmp_path: Path, embedded: list[str]
) -> None:
    """A preview reports what the update then does, embeds nothing and leaves every store as it is."""
    write_files(folder, {"dam.md": "The dam burst.", "new.md": "A storm came.", "bad.md": b"\xff"})
    (folder / "ferry.md").unlink()
    other = write_files(tmp_path / "other", {"sun.md": "The sun shone."})
    before = everything(index)
    preview = index.preview([folder, other])
    assert (preview.added, preview.changed) == (("new.md", "sun.md"), ("dam.md",))
    assert (preview.removed, preview.passages, len(preview.refused)) == (("ferry.md",), 3, 1)
    assert embedded == []
    assert (everything(index), index.roots()) == (before, [folder.as_uri()])
    report = index.update([folder, other])
    for name in ("added", "changed", "unchanged", "removed", "passages"):
        assert getattr(report, name) == getattr(preview, name)


def test_several_articles_are_removed_together_or_not_at_all(index: Index) -> None:
    """Where one of the named articles is not there, none goes; else all of them go."""
    with pytest.raises(ArticleError, match="holds no such article"):
        index.remove("dam.md", "gone.md")
    assert len(ids(index)) == 3
    index.remove("dam.md", "ferry.md")
    assert ids(index) == ["sub/vote.md"]
    assert_stores_agree(index)


def test_remove_and_unknown_ids(index: Index) -> None:
    """An article can be removed from every store; one that is not there is an error."""
    index.remove("dam.md")
    assert_stores_agree(index)
    assert "dam.md" not in found(index, "Mara Voss inspected the dam")
    for act in (index.remove, index.article):
        with pytest.raises(ArticleError, match="holds no such article"):
            act("dam.md")


@pytest.fixture(
    params=[
        (ChromaVectors, "add"),
        (Store, "replace"),
        (ChromaVectors, "delete"),
        (Store, "finish"),
    ]
)
def interrupted(
    request: pytest.FixtureRequest, index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Index:
    """Return an index whose update of the changed folder was stopped at one of its steps."""
    write_files(folder, {"dam.md": "The dam burst.", "new.md": "A storm came."})
    (folder / "ferry.md").unlink()
    home, name = request.param
    with monkeypatch.context() as broken:
        broken.setattr(home, name, _stop_second(getattr(home, name)) if name == "finish" else _stop)
        with pytest.raises(KeyboardInterrupt):
            index.update([folder])
    return index


@pytest.mark.parametrize("reopened", [False, True])
def test_an_interruption_heals(interrupted: Index, folder: Path, *, reopened: bool) -> None:
    """Stopped between any two steps, readers see whole articles, and the next run leaves all stores agreeing."""
    assert set(found(interrupted, "the dam")) == set(ids(interrupted))
    index = Index.open(interrupted.settings) if reopened else interrupted
    index.update([folder])
    assert ids(index) == ["dam.md", "new.md", "sub/vote.md"]
    assert_stores_agree(index)
    assert found(index, "the storm")[0] == "new.md"


def _stop(*_args: Any, **_kwargs: Any) -> None:
    raise KeyboardInterrupt


def _stop_second(real: Callable[..., None]) -> Callable[..., None]:
    """Let the first call pass: an update clears up before it begins."""
    calls: list[None] = []

    def finish(*args: Any) -> None:
        calls.append(None)
        (real if len(calls) == 1 else _stop)(*args)

    return finish


def test_one_writer_at_a_time(index: Index, folder: Path, settings: Settings) -> None:
    """While another writes, an update or a removal is refused at once; reading goes on."""
    with filelock.FileLock(settings.index / "write.lock"):
        for write in (lambda: index.update([folder]), lambda: index.remove("dam.md")):
            with pytest.raises(IndexLockedError, match="another process is writing"):
                write()
        assert found(index, "the ferry")[0] == "ferry.md"
    index.remove("dam.md")


def test_no_index(settings: Settings) -> None:
    """Without an index the error says what to run, and nothing is made."""
    with pytest.raises(IndexNotFoundError, match="run: qa index PATH"):
        Index.open(settings)
    assert not settings.index.exists()


def test_other_settings_need_a_rebuild(index: Index, folder: Path, settings: Settings) -> None:
    """An index built with other settings names them; a rebuild reads again what the index was made from."""
    changed = Settings(index=settings.index, passage_tokens=64)
    with pytest.raises(
        IndexStaleError, match=r"passage_tokens: 224 then, 64 now.*qa index --rebuild"
    ):
        Index.open(changed)
    rebuilt = Index.open(changed, rebuild=True)
    assert rebuilt.articles() == []
    assert rebuilt.update().added == tuple(sorted(FILES))
    assert_stores_agree(rebuilt)
    assert Index.open(changed).roots() == [folder.as_uri()]


def test_another_encoder_needs_a_rebuild(index: Index, settings: Settings) -> None:
    """Vectors of one encoder do not answer for another."""
    with pytest.raises(IndexStaleError, match="encoder: 'all-MiniLM-L6-v2' then, 'other' now"):
        Index.open(Settings(index=settings.index, encoder="other"))


def test_the_working_directory_may_change(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index opened by a relative path stays the same index."""
    monkeypatch.chdir(tmp_path)
    index = Index.open(Settings(index=Path("here")), create=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    index.update([folder])
    assert_stores_agree(index)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_another_process_wrote_is_seen(index: Index, folder: Path, settings: Settings) -> None:
    """An open index, and one opened afterwards, find what `qa index` wrote in another process."""
    assert found(index, "the festival of lanterns")
    write_files(folder, {"festival.md": "# Lanterns\n\nThe lantern festival drew many visitors."})
    (folder / "ferry.md").unlink()
    command = [sys.executable, "-m", "qa", "index", "--index", str(settings.index), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[:2] == ["added     festival.md", "removed   ferry.md"]
    for opened in (Index.open(settings), index):
        passages = [
            passage.article_id for passage, _ in nearest(opened, "the festival of lanterns", 3)
        ]
        assert passages[0] == "festival.md"
        assert "ferry.md" not in passages
        assert_stores_agree(opened)


def test_passages_longer_than_the_encoder_reads_are_refused(tmp_path: Path) -> None:
    """A passage length that the encoder would cut off silently is an error that names both numbers."""
    with pytest.raises(
        SettingsError, match=r"passage_tokens is 400, but all-MiniLM-L6-v2 reads no more than 254"
    ):
        Index.open(Settings(index=tmp_path / "index", passage_tokens=400), create=True)
    assert not (tmp_path / "index").exists()


def test_a_deleted_file_that_was_indexed_by_itself_answers_no_more(
    settings: Settings, tmp_path: Path
) -> None:
    """A file that was given by itself is removed from every store when it is gone, and is not asked for again."""
    file = tmp_path / "alone.txt"
    file.write_text("The lighthouse keeper counted ninety ships.", encoding="utf-8")
    index = Index.open(settings, create=True)
    index.update([file])
    file.unlink()
    report = index.update()
    assert (report.removed, report.refused) == (("alone.txt",), ())
    assert set(index.counts().values()) == {0}
    assert index.roots() == []


def test_an_index_deleted_under_a_reader_is_missing_not_empty(
    index: Index, settings: Settings
) -> None:
    """Who reads an index whose folder was deleted is told that there is none, and makes none by reading."""
    shutil.rmtree(settings.index)
    with pytest.raises(IndexNotFoundError, match="there is no index in"):
        index.articles()
    assert not settings.index.exists()
