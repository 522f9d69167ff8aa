"""Adding goes on in a thread of its own, with progress, and can be stopped."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.conversations import adding
from qa.conversations.adding import AddQueue
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.library import Library
from qa.conversations.outcomes import Outcome
from qa.errors import QAError
from qa.index import Report
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE


class SlowUpdate:
    """An update of three steps, each of which waits until the test lets it go on."""

    def __init__(self, pipeline: FakePipeline) -> None:
        self.steps = threading.Semaphore(0)
        self.reached = threading.Semaphore(0)
        self._update = pipeline.index.update
        pipeline.index.update = self  # type: ignore[method-assign,assignment]

    def __call__(
        self,
        paths: list[Path],
        *,
        progress: Callable[[str, int, int], None] | None = None,
        embedded: Callable[[int, int], None] | None = None,
    ) -> Report:
        """Embed three batches of 128 passages."""
        assert progress is not None
        assert embedded is not None
        progress(paths[0].name, 1, 1)
        for batch in range(3):
            embedded(batch * 128, 384)
            self.reached.release()
            assert self.steps.acquire(timeout=60)
        embedded(384, 384)
        return self._update(paths)


@pytest.fixture
def pipeline() -> FakePipeline:
    """Return a pipeline over one article."""
    return FakePipeline([ARTICLE])


class Files:
    """The queue of files on their way into the library of a pipeline."""

    def __init__(self, pipeline: FakePipeline, folder: Path) -> None:
        self.library = Library(LazyPipeline(pipeline), folder)
        self.queue = AddQueue(self.library)

    def submit(self, name: str) -> str:
        """Submit a file of five letters."""
        return self.queue.submit(name, functools.partial(self.library.add, name, b"Text."), size=5)

    def finished(self, token: str) -> Outcome:
        """Wait until a file is done."""
        waiting = threading.Event()
        while (outcome := self.queue.addition(token).outcome) is None:
            waiting.wait(0.01)
        return outcome


@pytest.fixture
def files(pipeline: FakePipeline, tmp_path: Path) -> Files:
    """Return the queue of files on their way into the library of `pipeline`."""
    return Files(pipeline, tmp_path / "chat" / "articles")


def test_progress_is_known_while_a_file_is_added(files: Files, pipeline: FakePipeline) -> None:
    """Submitting returns at once; until the outcome is there, the passages so far are counted."""
    update = SlowUpdate(pipeline)
    token = files.submit("tide.md")
    update.reached.acquire()
    file = files.queue.addition(token)
    assert (file.outcome, file.done, file.total, file.unit) == (None, 0, 384, "passages")
    update.steps.release()
    update.reached.acquire()
    assert file.done == 128
    update.steps.release(2)
    assert files.finished(token) == Outcome("tide.md", "added")


def test_a_stopped_file_leaves_nothing(
    files: Files, pipeline: FakePipeline, tmp_path: Path
) -> None:
    """Neither file nor article is left, and the next file is added."""
    update = SlowUpdate(pipeline)
    token, following = (files.submit(name) for name in ("a.md", "b.md"))
    update.reached.acquire()
    files.queue.stop(token)
    update.steps.release(4)
    assert files.finished(token) == Outcome("a.md", "refused", "stopped: nothing of it was added")
    assert files.finished(following) == Outcome("b.md", "added")
    assert [path.name for path in (tmp_path / "chat" / "articles").iterdir()] == ["b.md"]
    assert {entry.id for entry in pipeline.index.catalogue()} == {ARTICLE.id, "b.md"}


def test_only_so_many_files_wait(
    files: Files, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is refused with a sentence, by number or by size."""
    update = SlowUpdate(pipeline)
    monkeypatch.setattr(adding, "_MAX_WAITING", 2)
    tokens = [files.submit(name) for name in ("a.md", "b.md")]
    with pytest.raises(QAError, match="too many files are being added"):
        files.submit("c.md")
    update.steps.release(6)
    assert [files.finished(token) for token in tokens] == [
        Outcome("a.md", "added"),
        Outcome("b.md", "added"),
    ]


def test_only_so_much_waits(
    files: Files, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is held in memory is counted until it is done."""
    update = SlowUpdate(pipeline)
    monkeypatch.setattr(adding, "_MAX_WAITING_BYTES", 9)
    token = files.submit("a.md")
    with pytest.raises(QAError, match="too many files are being added"):
        files.submit("b.md")
    update.steps.release(6)
    files.finished(token)
    assert files.finished(files.submit("b.md")).outcome == "added"


def test_what_is_held_is_released_when_nothing_comes(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as the process that indexes, which takes memory."""
    rested = threading.Event()
    monkeypatch.setattr(files.library, "rest", rested.set)
    monkeypatch.setattr(adding, "_REST", 0.01)
    files.submit("a.md")
    assert rested.wait(60)


def test_an_unknown_file_is_told(files: Files) -> None:
    """Whoever asks with a token of somebody's own making gets a sentence."""
    with pytest.raises(QAError, match="is not known any more"):
        files.queue.addition("0" * 32)
