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
from qa.index import Index, index, update
from qa.retriever import Retriever
from qa.settings import Settings
from qa.types import Article
from tests.collection import BagEncoder, write_files

pytestmark = pytest.mark.integration

_READERS = int(os.environ.get("QA_READERS", "8"))
_ARTICLES = int(os.environ.get("QA_READER_ARTICLES", "60"))
_PROCESSES = 2 if _READERS < 16 else 4
_VERSIONS = 6
_HITS = 8
# Seconds that a reader may take to start, or to end.
_PATIENCE = 120


def _opened(folder: Path) -> Index:
    index.Encoder = BagEncoder  # type: ignore[assignment, attr-defined]
    update._FLUSH_PASSAGES = 1_000_000  # a whole version becomes visible at once
    return Index.open(Settings(index=folder), create=True)


def _text(number: int, version: int) -> str:
    # No two are near enough to be folded.
    own = " ".join(f"{word}{number}" for word in ("gull", "rope", "tide", "lamp", "cask", "quay", "crew", "sail"))
    return f"# Ship {number}\n\nThe ship sailed. {own}. Its log says edition{version}."


def _files(version: int) -> dict[str, str]:
    """Return the articles of a version: all have its text, and another half of them is there."""
    return {f"{i}.md": _text(i, version) for i in range(_ARTICLES) if i % 2 == version % 2 or i % 4 == 0}


def _read(folder: Path, begun: Barrier, ended: Event, outcome: Any) -> None:
    """Search from several threads over one index until told to stop; put what was wrong, and how much was seen."""
    faults: set[str] = set()
    seen: set[str] = set()
    retriever = Retriever(_opened(folder), candidates=30, lexical_weight=0.2)
    retriever.hybrid("the ship sailed", _HITS)
    begun.wait(_PATIENCE)

    def search() -> None:
        try:
            while not ended.is_set():
                hits = retriever.hybrid("the ship sailed", _HITS)
                # Of the articles that are in each version; what is to be removed goes in a write of its own.
                staying = [hit.passage.text for hit in hits if int(hit.passage.article_id.partition(".")[0]) % 4 == 0]
                editions = {text.rpartition("edition")[2] for text in staying}
                seen.update(editions)
                if len(hits) != _HITS or len(editions) > 1:
                    faults.add(f"{len(hits)} hits of the editions {sorted(editions)}")
        except QAError as error:
            faults.add(str(error))

    threads = [threading.Thread(target=search) for _ in range(_READERS // _PROCESSES)]
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
        report = writer.update([write_files(articles, _files(version))])
        assert report.changed
        assert report.removed
    ended.set()
    for _ in readers:
        faults, seen = outcome.get(timeout=_PATIENCE)
        assert faults == []
        assert seen
    assert writer.check() == []


def test_a_write_that_begins_while_a_reader_looks_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors that were stamped for a coming version after a reader had looked at the articles are not called old."""
    writer = _opened(tmp_path / "index")
    writer.update([write_files(tmp_path / "in", _files(0))])
    reader = _opened(tmp_path / "index")
    read_stamp = reader.pair.vectors.stamp
    tokens: list[str] = []

    def late() -> str:
        if not tokens:
            tokens.append(writer.pair.store.begin([]))
            writer.pair.vectors.set_stamp(tokens[0])
            reader.pair.vectors.reopen()
        return read_stamp()

    monkeypatch.setattr(reader.pair.vectors, "stamp", late)
    assert len(Retriever(reader, candidates=30, lexical_weight=0.2).hybrid("the ship sailed", _HITS)) == _HITS
    assert tokens


def test_a_removal_of_many_hides_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the switch and the deletion of a thousand old vectors, which are all nearer, what is left is found."""
    made = _opened(tmp_path / "index")
    monkeypatch.setattr(update, "_FLUSH_PASSAGES", 128)
    near = {f"near{i}.md": f"The storm came to harbour {i}." for i in range(300)}
    articles = write_files(tmp_path / "in", {**near, "far.md": "A council voted for the bridge."})
    made.update([articles])
    reader = Index.open(made.settings)
    found: list[list[str]] = []
    monkeypatch.setattr(
        type(made.pair.vectors),
        "delete",
        lambda *_: found.append([p.article_id for p, _ in reader.dense("the storm came to harbour", 5)]),
    )
    made.remove(*near)
    assert found == [["far.md"]]


def test_the_state_is_looked_at_once_for_each_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches between two writes count nothing; after a write the next search looks again."""
    made = _opened(tmp_path / "index")
    articles = write_files(tmp_path / "in", {"a.md": "A storm."})
    made.update([articles])
    reader = Index.open(made.settings)
    looks: list[str] = []
    fault = reader.pair.fault

    def look() -> str:
        looks.append(fault())
        return looks[-1]

    monkeypatch.setattr(reader.pair, "fault", look)
    for _ in range(3):
        reader.dense("storm", 1)
    assert looks == [""]
    made.update([write_files(articles, {"b.md": "A calm."})])
    for _ in range(3):
        reader.dense("storm", 1)
    assert looks == ["", ""]


def test_articles_can_be_taken_as_they_are(tmp_path: Path) -> None:
    """An article that was removed can be put back, and is found again."""
    made = _opened(tmp_path / "index")
    made.update([write_files(tmp_path / "in", {"a.md": "A storm."})])
    article: Article = made.article("a.md")
    made.remove("a.md")
    made.restore(article, str(tmp_path / "in" / "a.md"))
    assert made.dense("storm", 1)[0][0].article_id == "a.md"
    assert made.update().unchanged == ("a.md",)
