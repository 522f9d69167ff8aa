"""Many readers while one writes: no error, and every search sees one finished state.

A few readers and articles here; `QA_READERS=32 QA_READER_ARTICLES=1000` is the whole of it.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import pytest

from qa.errors import QAError
from qa.index import Index
from qa.settings import Settings
from qa.types import Article
from tests.collection import BagEncoder, nearest, search, write_files

# Other such tests wait: this one takes whole cores, or ends processes.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("alone")]

_READERS = int(os.environ.get("QA_READERS", "8"))
_ARTICLES = int(os.environ.get("QA_READER_ARTICLES", "60"))
_PROCESSES = 2 if _READERS < 16 else 4
_VERSIONS = 6
_HITS = 8
# Seconds that a reader may take to start, or to end.
_PATIENCE = 120


def _opened(folder: Path) -> Index:
    return Index.open(Settings(index=folder), encoder=BagEncoder(), create=True)


def _text(number: int, version: int) -> str:
    # No two are near enough to be folded.
    own = " ".join(
        f"{word}{number}"
        for word in ("gull", "rope", "tide", "lamp", "cask", "quay", "crew", "sail")
    )
    return f"# Ship {number}\n\nThe ship sailed. {own}. Its log says edition{version}."


def _files(version: int) -> dict[str, str]:
    """Return the articles of a version: all have its text, and another half of them is there."""
    return {
        f"{i}.md": _text(i, version) for i in range(_ARTICLES) if i % 2 == version % 2 or i % 4 == 0
    }


def _read(folder: Path, begun: Barrier, ended: Event, outcome: Any) -> None:
    """Search from several threads over one index until told to stop; put what was wrong, and how much was seen."""
    faults: set[str] = set()
    seen: set[str] = set()
    index = _opened(folder)
    search(index, "the ship sailed", _HITS, first_stage_k=30)
    begun.wait(_PATIENCE)

    def read() -> None:
        try:
            while not ended.is_set():
                hits = search(index, "the ship sailed", _HITS, first_stage_k=30)
                # Of the articles that are in each version; what is to be removed goes in a write of
                # its own.
                staying = [
                    hit.passage.text
                    for hit in hits
                    if int(hit.passage.article_id.partition(".")[0]) % 4 == 0
                ]
                editions = {text.rpartition("edition")[2] for text in staying}
                seen.update(editions)
                if len(hits) != _HITS or len(editions) > 1:
                    faults.add(f"{len(hits)} hits of the editions {sorted(editions)}")
        except QAError as error:
            faults.add(str(error))

    threads = [threading.Thread(target=read) for _ in range(_READERS // _PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.put((sorted(faults), sorted(seen)))


def test_readers_see_finished_states_only(tmp_path: Path) -> None:
    """While articles are added, changed and removed, each search gives all its hits from one and the same version."""
    articles = write_files(tmp_path / "in", _files(0))
    writer = _opened(tmp_path / "index")
    writer.update([articles])
    context = multiprocessing.get_context("forkserver")
    begun, ended, outcome = context.Barrier(_PROCESSES + 1), context.Event(), context.Queue()
    asked = (tmp_path / "index", begun, ended, outcome)
    readers = [context.Process(target=_read, args=asked) for _ in range(_PROCESSES)]
    for reader in readers:
        reader.start()
    begun.wait(_PATIENCE)
    for version in range(1, _VERSIONS):
        for file in articles.iterdir():
            file.unlink()
        new = write_files(articles, _files(version))
        # In one batch, so that a whole version becomes visible at once.
        report = writer.update([new], batch_size=1_000_000)
        assert report.changed
        assert report.removed
    ended.set()
    for _ in readers:
        faults, seen = outcome.get(timeout=_PATIENCE)
        assert faults == []
        assert seen
    assert writer.check() == []


def test_a_write_that_begins_while_a_reader_looks_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors that were stamped for a coming version after a reader had looked at the articles are not called old."""
    writer = _opened(tmp_path / "index")
    writer.update([write_files(tmp_path / "in", _files(0))])
    reader = _opened(tmp_path / "index")
    read_generation = reader.vectors.generation
    tokens: list[str] = []

    def late() -> str:
        if not tokens:
            tokens.append(writer.store.begin([]))
            writer.vectors.set_generation(tokens[0])
            reader.vectors.reopen()
        return read_generation()

    monkeypatch.setattr(reader.vectors, "generation", late)
    assert len(search(reader, "the ship sailed", _HITS, first_stage_k=30)) == _HITS
    assert tokens


def test_a_removal_of_many_hides_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the switch and the deletion of a thousand old vectors, which are all nearer, what is left is found."""
    made = _opened(tmp_path / "index")
    near = {f"near{i}.md": f"The storm came to harbour {i}." for i in range(300)}
    articles = write_files(tmp_path / "in", {**near, "far.md": "A council voted for the bridge."})
    made.update([articles], batch_size=128)
    reader = Index.open(made.settings, encoder=made.encoder)
    found: list[list[str]] = []
    monkeypatch.setattr(
        type(made.vectors),
        "delete",
        lambda *_: found.append(
            [p.article_id for p, _ in nearest(reader, "the storm came to harbour", 5)]
        ),
    )
    made.remove(*near)
    assert found == [["far.md"]]


def test_the_state_is_looked_at_once_for_each_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Searches between two writes count nothing; after a write the next search looks again."""
    made = _opened(tmp_path / "index")
    articles = write_files(tmp_path / "in", {"a.md": "A storm."})
    made.update([articles])
    reader = Index.open(made.settings, encoder=made.encoder)
    looks: list[int] = []
    count = reader.vectors.count

    def look() -> int:
        looks.append(count())
        return looks[-1]

    monkeypatch.setattr(reader.vectors, "count", look)
    for _ in range(3):
        nearest(reader, "storm", 1)
    assert looks == [1]
    made.update([write_files(articles, {"b.md": "A calm."})])
    for _ in range(3):
        nearest(reader, "storm", 1)
    assert looks == [1, 2]


def test_articles_can_be_taken_as_they_are(tmp_path: Path) -> None:
    """An article that was removed can be put back, and is found again."""
    made = _opened(tmp_path / "index")
    made.update([write_files(tmp_path / "in", {"a.md": "A storm."})])
    article: Article = made.article("a.md")
    made.remove("a.md")
    made.restore(article, (tmp_path / "in" / "a.md").as_uri())
    assert nearest(made, "storm", 1)[0][0].article_id == "a.md"
    assert made.update().unchanged == ("a.md",)
