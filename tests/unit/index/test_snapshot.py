"""One question reads one state of the index, over one connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qa.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Article, Filter
from tests.collection import BagEncoder, MemoryVectors, memory_index
from tests.unit.test_pipeline import ScriptedReader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DAM = Article("dam", "Dam", "The council met. Mara Voss inspected the dam in May.")
FERRY = Article("ferry", "Ferry", "A ferry sank by the dam.")
NEW = Article("new", "New dam", "A new dam was inspected.")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the SQLite files that are opened from now on."""
    opened: list[str] = []
    connect = sqlite3.connect

    def note(file: str, **options: Any) -> Any:
        opened.append(file)
        return connect(file, **options)

    monkeypatch.setattr(sqlite3, "connect", note)
    return opened


@pytest.mark.parametrize("where", [None, Filter(article_ids=("dam",)), Filter(source="nobody")])
def test_a_question_opens_one_connection(
    tmp_path: Path, connections: list[str], where: Filter | None
) -> None:
    """An answer and a search open SQLite once each, with a filter or without."""
    made = Pipeline(memory_index(tmp_path, [DAM, FERRY]), reader=ScriptedReader({"Voss": 0.9}))
    for ask in (made.answer, made.search):
        connections.clear()
        assert ask("who inspected the dam?", where=where) is not None
        assert len(connections) == 1


def test_a_snapshot_does_not_see_later_writes(tmp_path: Path) -> None:
    """What is written while a snapshot is open is seen by the next one only."""
    index = memory_index(tmp_path, [DAM])
    with index.snapshot() as snapshot:
        before = snapshot.generation
        index.restore(NEW, "file:///new")
        index.remove("dam")
        assert snapshot.articles(["dam", "new"]) == {"dam": DAM}
        assert snapshot.passage_count() == 1
        assert snapshot.titles(["dam", "new"]) == {"dam": "Dam"}
        assert [p.article_id for p, _ in snapshot.match(["dam"], 5)] == ["dam"]
        assert snapshot.generation == before
    with index.snapshot() as snapshot:
        assert snapshot.articles(["dam", "new"]) == {"new": NEW}
        assert snapshot.generation != before


class Interrupted(MemoryVectors):
    """Vectors whose search is interrupted by writes, as by another process."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: Iterator[Any] = iter(())

    def nearest(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Search, and let a write finish before the result is used."""
        found = super().nearest(vector, limit, among)
        next(self.writes, None)
        return found


def test_a_write_during_a_search_moves_the_snapshot_on(tmp_path: Path) -> None:
    """The old state's vectors are deleted by then, so the search gives the new state, and so does all that follows."""
    vectors, encoder = Interrupted(), BagEncoder()
    settings = Settings(index=tmp_path)
    index = Index.open(settings, encoder=encoder, vectors=vectors, create=True)
    index.restore(DAM, "file:///dam")

    def writes() -> Iterator[None]:
        index.restore(NEW, "file:///new")
        yield
        index.remove("dam")
        yield

    vectors.writes = writes()
    with index.snapshot() as snapshot:
        found = snapshot.nearest(encoder.encode(["inspected dam"])[0], 5)
        assert [passage.article_id for passage, _ in found] == ["new"]
        assert snapshot.articles(["dam", "new"]) == {"new": NEW}
