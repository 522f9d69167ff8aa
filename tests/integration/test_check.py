"""`qa index --check` finds each way in which the parts of an index can disagree, and `--repair` mends it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import filelock
import numpy as np
import pytest

from qa.errors import IndexLockedError, QAError
from qa.index import Index
from qa.settings import Settings
from qa.types import Filter
from tests.collection import BagEncoder, everything, nearest, write_files

pytestmark = pytest.mark.integration

FILES = {
    f"{i:02}.md": f"---\nsource: Courier {i % 3}\npublished: 2025-03-{i + 1:02}\n---\nShip{i} sailed. "
    + "It sank. " * i
    for i in range(12)
}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Return an index of twelve articles, some of several passages, made without a model."""
    folder = write_files(tmp_path / "articles", FILES)
    settings = Settings(index=tmp_path / "index", passage_tokens=32)
    made = Index.open(settings, encoder=BagEncoder(), create=True)
    made.update([folder])
    return made


def reopened(index: Index) -> Index:
    """Open the same index again, as another process would."""
    return Index.open(index.settings, encoder=index.encoder)


def keys_of(index: Index) -> list[str]:
    """Return the keys of all passages."""
    with index.store.read() as read:
        return read.keys()


def run_sql(*statements: str) -> Callable[[Index], None]:
    """Return what changes the file of articles behind the index's back."""

    def damage(index: Index) -> None:
        with sqlite3.connect(index.settings.index / "articles.sqlite") as db:
            for statement in statements:
                db.execute(statement)

    return damage


def lose_vectors(index: Index) -> None:
    """Delete some vectors."""
    index.vectors.delete(keys_of(index)[3:6])


def lose_all_vectors(index: Index) -> None:
    """Delete the folder of the vectors, and forget what was loaded of it."""
    index.vectors.clear()


def stray_vector(index: Index) -> None:
    """Add a vector of no passage."""
    index.vectors.add(["gone:0-9"], BagEncoder().encode(["gone"]), ["gone"])


def other_vector(index: Index) -> None:
    """Put something else than a unit vector in place of one."""
    key = keys_of(index)[2]
    index.vectors.add([key], np.full((1, 256), 3.0, dtype=np.float32), ["01.md"])


def break_vectors(index: Index) -> None:
    """Make Chroma's file unreadable."""
    index.vectors.reopen()
    (index.settings.index / "chroma" / "chroma.sqlite3").write_bytes(b"garbage" * 1000)


def old_generation(index: Index) -> None:
    """Let the vectors be of another time."""
    index.vectors.set_generation("long ago")


def interrupt(index: Index) -> None:
    """Leave what a writer leaves that was killed after it added vectors."""
    index.store.begin(["half:0-9"])
    index.vectors.add(["half:0-9"], BagEncoder().encode(["half"]), ["half"])


DAMAGES: dict[str, tuple[Callable[[Index], None], set[str]]] = {
    "words lost": (run_sql("DELETE FROM words WHERE rowid = 3"), {"words"}),
    "words of nothing": (
        run_sql("INSERT INTO words (rowid, title, text) VALUES (999, 'x', 'y')"),
        {"words"},
    ),
    "full text broken": (
        run_sql("DELETE FROM words_idx", "UPDATE words_data SET block = x'00' WHERE id > 10"),
        {"words"},
    ),
    "orphan": (
        run_sql(
            "INSERT INTO passages (key, article_id, start, \"end\") VALUES ('o:0-4', 'nobody', 0, 4)"
        ),
        {"orphan", "words", "missing"},
    ),
    "facets lost": (run_sql("DELETE FROM facets WHERE name = 'day'"), {"facets"}),
    "facets wrong": (
        run_sql("INSERT INTO facets VALUES ('source', 'elsewhere', '01.md')"),
        {"facets"},
    ),
    "vectors lost": (lose_vectors, {"missing"}),
    "all vectors lost": (lose_all_vectors, {"missing", "generation"}),
    "stray vector": (stray_vector, {"stray"}),
    "no unit vector": (other_vector, {"vector"}),
    "vectors broken": (break_vectors, {"vector"}),
    "old generation": (old_generation, {"generation"}),
    "interrupted": (interrupt, {"journal"}),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_and_mended(index: Index, name: str) -> None:
    """Each damage is named by its kind; afterwards the index holds what it held before, also for a new reader."""
    before = everything(index)
    assert index.check() == []
    damage, kinds = DAMAGES[name]
    damage(index)
    assert {problem.kind for problem in index.check()} == kinds
    found, left = index.repair()
    assert {problem.kind for problem in found} == kinds
    assert left == []
    assert everything(reopened(index)) == before
    assert nearest(reopened(index), "ship7", 1)[0][0].article_id == "07.md"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE articles SET text = 'Somebody wrote this.' WHERE id = '05.md'",
        "UPDATE passages SET start = start + 1 WHERE article_id = '05.md'",
        "UPDATE articles SET fingerprint = 'f' WHERE id = '05.md'",
        "DELETE FROM passages WHERE article_id = '05.md'",
    ],
)
def test_a_changed_article_is_split_again_and_read_again(
    index: Index, tmp_path: Path, change: str
) -> None:
    """An article that was changed within the index becomes whole again; the next update restores its file's text."""
    before = everything(index)
    run_sql(change)(index)
    assert "article" in {problem.kind for problem in index.check()}
    assert index.repair()[1] == []
    index.update([tmp_path / "articles"])
    assert everything(index) == before


def test_a_filter_finds_again_what_was_mended(index: Index) -> None:
    """After the table of filters was lost, they choose what they chose before."""
    where = Filter(source="Courier 1", since="2025-03-05")
    before = index.articles(where)
    run_sql("DELETE FROM facets")(index)
    assert index.articles(where) == []
    index.repair()
    assert index.articles(where) == before != []


def test_a_damaged_file_cannot_be_mended(index: Index) -> None:
    """Where SQLite itself finds its pages broken, both commands say what to do, and nothing is thrown away."""
    file = index.settings.index / "articles.sqlite"
    data = bytearray(file.read_bytes())
    data[4096 * 3 : 4096 * 8] = b"\x7f" * 4096 * 5
    file.write_bytes(data)
    for act in (index.check, index.repair):
        with pytest.raises(QAError, match=r"is damaged .*qa index --rebuild PATH"):
            act()
    assert file.read_bytes() == bytes(data)


def test_nobody_writes_during_a_check(index: Index) -> None:
    """While another process writes, a check would find half of its work: it is refused."""
    with filelock.FileLock(index.settings.index / "write.lock"), pytest.raises(IndexLockedError):
        index.check()


def test_an_old_copy_of_the_vectors_is_refused(index: Index, tmp_path: Path) -> None:
    """A folder of vectors put back from before a change of as many passages answers nothing, until repaired."""
    chroma = index.settings.index / "chroma"
    shutil.copytree(chroma, tmp_path / "copy")
    write_files(tmp_path / "articles", {"00.md": "Another story."})
    index.update([tmp_path / "articles"])
    before = everything(index)
    shutil.rmtree(chroma)
    shutil.copytree(tmp_path / "copy", chroma)
    index.vectors.reopen()
    opened = reopened(index)
    assert opened.counts()["vectors"] == opened.counts()["passages"]
    for _ in range(2):
        with pytest.raises(
            QAError, match="holds vectors of another time than its articles: run: qa index --repair"
        ):
            nearest(opened, "ship", 1)
    assert opened.repair()[1] == []
    assert everything(opened) == before


def test_an_index_of_the_first_format_is_brought_up_to_date(index: Index) -> None:
    """An index made before filters were known is opened, without embedding anything, and can be filtered."""
    before = everything(index)
    index.store.finish()
    to_schema_2(index)
    run_sql("DROP TABLE facets", "UPDATE manifest SET value = '1' WHERE key = 'schema'")(index)
    index.vectors.set_generation("")
    opened = reopened(index)
    assert everything(opened) == before
    assert opened.check() == []
    assert len(opened.articles(Filter(source="courier 2"))) == 4


def test_an_index_of_the_second_format_is_brought_up_to_date(index: Index, tmp_path: Path) -> None:
    """An index made when origins were paths is opened, and an update finds all its articles unchanged."""
    before, roots = everything(index), index.roots()
    to_schema_2(index)
    opened = reopened(index)
    assert (everything(opened), opened.roots(), opened.check()) == (before, roots, [])
    assert roots == [(tmp_path / "articles").as_uri()]
    report = opened.update()
    assert (len(report.unchanged), report.added, report.changed) == (len(FILES), (), ())


def test_an_index_of_the_third_format_is_brought_up_to_date(index: Index) -> None:
    """An index made before articles had languages and pages is opened; an update finds all its articles unchanged."""
    before = everything(index)
    run_sql(*WITHOUT_PAGES, "UPDATE manifest SET value = '3' WHERE key = 'schema'")(index)
    opened = reopened(index)
    assert (everything(opened), opened.check()) == (before, [])
    assert len(opened.update().unchanged) == len(FILES)


def test_an_index_of_the_fourth_format_is_brought_up_to_date(index: Index) -> None:
    """An index made before web pages were remembered is opened, and remembers none."""
    before = everything(index)
    run_sql(*WITHOUT_WEB, "UPDATE manifest SET value = '4' WHERE key = 'schema'")(index)
    opened = reopened(index)
    assert (everything(opened), opened.check()) == (before, [])
    assert len(opened.update().unchanged) == len(FILES)


def test_an_index_of_the_fifth_format_is_brought_up_to_date(index: Index) -> None:
    """An index made before versions and reprints is opened; its next update finds the reprints."""
    before = everything(index)
    run_sql(*WITHOUT_STORIES, "UPDATE manifest SET value = '5' WHERE key = 'schema'")(index)
    opened = reopened(index)
    assert (everything(opened), opened.check()) == (before, [])
    assert len(opened.update().unchanged) == len(FILES)
    with opened.store.read() as read:
        assert len(read.versions("01.md")) == 1


def test_a_rebuild_keeps_the_roots_of_an_old_format(index: Index) -> None:
    """What an index of an earlier format was made from is read again by a rebuild."""
    roots = index.roots()
    to_schema_2(index)
    rebuilt = Index.open(index.settings, encoder=index.encoder, rebuild=True)
    assert rebuilt.roots() == roots
    assert len(rebuilt.update().added) == len(FILES)


WITHOUT_STORIES = (
    *(f"DROP TABLE {name}" for name in ("versions", "stories", "bands", "corrections")),
    "ALTER TABLE articles DROP COLUMN place",
    "ALTER TABLE articles DROP COLUMN read",
)
WITHOUT_WEB = (*WITHOUT_STORIES, "DROP TABLE pages")
WITHOUT_PAGES = (
    *WITHOUT_WEB,
    "ALTER TABLE articles DROP COLUMN language",
    "ALTER TABLE articles DROP COLUMN pages",
)


def to_schema_2(index: Index) -> None:
    """Make the tables what they were in the second format: origins and roots are paths."""
    run_sql(
        *WITHOUT_PAGES,
        "UPDATE articles SET origin = substr(origin, 8)",
        "ALTER TABLE roots RENAME COLUMN uri TO path",
        "UPDATE roots SET path = substr(path, 8)",
        "UPDATE manifest SET value = '2' WHERE key = 'schema'",
    )(index)
