"""Articles that come and go while the chat is open, over the real index and the real models."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.library import Library
from qa.conversations.outcomes import Outcome
from qa.conversations.updating import Watch
from qa.index import Index, UpdateProcess
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.collection import write_files

pytestmark = pytest.mark.integration

_QUESTION = "Who opened the lock at Ostrel?"
_LOCK = b"# The lock\n\nThe lock at Ostrel was opened by the harbour master, Ilse Brandt.\n"


def test_answers_follow_at_once(tmp_path: Path) -> None:
    """What was added is answered from, what was removed is not, and an undo brings back text, file and vectors."""
    articles = write_files(
        tmp_path / "articles", {"tide.md": "The tide came at six in the morning."}
    )
    settings = Settings(index=tmp_path / "index")
    Index.open(settings, create=True).update([articles])
    pipeline = Pipeline.open(settings)
    library = Library(LazyPipeline(pipeline), tmp_path / "index" / "chat" / "articles")
    assert pipeline.answer(_QUESTION).abstained
    assert library.add("lock.md", _LOCK) == Outcome("lock.md", "added")
    answer = pipeline.answer(_QUESTION)
    assert answer.short == "Ilse Brandt"
    token = library.remove("lock.md")
    assert pipeline.answer(_QUESTION).abstained
    library.undo(token)
    assert pipeline.answer(_QUESTION).text == answer.text
    assert pipeline.index.counts() == {"articles": 2, "passages": 2, "words": 2, "vectors": 2}
    assert [entry.id for entry in Index.open(settings).catalogue()] == ["lock.md", "tide.md"]


def test_a_process_of_its_own_adds(tmp_path: Path) -> None:
    """Answers follow at once; where it is killed the line says so, nothing of the file is left, and adding works again."""
    articles = write_files(tmp_path / "articles", {"tide.md": "The tide came at six."})
    settings = Settings(index=tmp_path / "index")
    Index.open(settings, create=True).update([articles])
    pipeline, process = Pipeline.open(settings), UpdateProcess(settings)
    folder = tmp_path / "index" / "chat" / "articles"
    library = Library(LazyPipeline(pipeline), folder, process)

    def kill(*_told: int) -> None:
        assert process._process is not None
        process._process.kill()

    assert library.add("lock.md", _LOCK, watch=Watch(on_passage=kill)) == Outcome(
        "lock.md",
        "refused",
        "the process that indexes was ended by SIGKILL: nothing is lost, try again",
    )
    assert list(folder.iterdir()) == []
    assert pipeline.answer(_QUESTION).abstained
    assert library.add("lock.md", _LOCK) == Outcome("lock.md", "added")
    assert pipeline.answer(_QUESTION).short == "Ilse Brandt"
    library.rest()
    assert process._process is None
    assert pipeline.index.check() == []


def test_the_next_update_finds_what_was_added(tmp_path: Path) -> None:
    """Bringing the index up to date from its files keeps what came through the chat, and what was undone."""
    articles = write_files(
        tmp_path / "articles", {"tide.md": "The tide came at six in the morning."}
    )
    index = Index.open(Settings(index=tmp_path / "index"), create=True)
    index.update([articles])
    library = Library(LazyPipeline(Pipeline(index)), tmp_path / "index" / "chat" / "articles")
    library.add("lock.md", _LOCK)
    library.undo(library.remove("lock.md"))
    library.undo(library.remove("tide.md"))
    report = index.update()
    assert set(report.unchanged) == {"tide.md", "lock.md"}
    assert (report.added, report.changed, report.removed, report.refused) == ((), (), (), ())
