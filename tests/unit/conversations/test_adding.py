"""Files are added in a thread of their own, with progress, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.conversations import adding
from qa.conversations.adding import AddedFile, AddQueue
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.library import FileOutcome, Library
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


@pytest.fixture
def files(pipeline: FakePipeline, tmp_path: Path) -> AddQueue:
    """Return the queue of files on their way into the library of `pipeline`."""
    return AddQueue(Library(LazyPipeline(pipeline), tmp_path / "chat" / "articles"))


def _finished(files: AddQueue, token: str) -> AddedFile:
    """Wait until a file is done."""
    waiting = threading.Event()
    while files.file(token).line is None:
        waiting.wait(0.01)
    return files.file(token)


def test_progress_is_known_while_a_file_is_added(files: AddQueue, pipeline: FakePipeline) -> None:
    """Submitting returns at once; until the outcome is there, the passages so far are counted."""
    update = SlowUpdate(pipeline)
    token = files.submit("tide.md", b"The tide came.", "ann")
    update.reached.acquire()
    file = files.file(token)
    assert (file.line, file.done, file.total, file.unit) == (None, 0, 384, "passages")
    update.steps.release()
    update.reached.acquire()
    assert files.file(token).done == 128
    update.steps.release(2)
    assert _finished(files, token).line == FileOutcome("tide.md", "added")


def test_a_stopped_file_leaves_nothing(
    files: AddQueue, pipeline: FakePipeline, tmp_path: Path
) -> None:
    """Neither file nor article is left, and the next file is added."""
    update = SlowUpdate(pipeline)
    token, following = (files.submit(name, b"Text.", "ann") for name in ("a.md", "b.md"))
    update.reached.acquire()
    files.stop(token)
    update.steps.release(4)
    assert _finished(files, token).line == FileOutcome(
        "a.md", "refused", "stopped: nothing of it was added"
    )
    assert _finished(files, following).line == FileOutcome("b.md", "added")
    assert [path.name for path in (tmp_path / "chat" / "articles").iterdir()] == ["b.md"]
    assert {entry.id for entry in pipeline.index.catalogue()} == {ARTICLE.id, "b.md"}


def test_only_so_many_files_wait(
    files: AddQueue, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is refused with a sentence, by number or by size."""
    update = SlowUpdate(pipeline)
    monkeypatch.setattr(adding, "_MAX_WAITING", 2)
    tokens = [files.submit(name, b"Text.", "ann") for name in ("a.md", "b.md")]
    with pytest.raises(QAError, match="too many files are being added"):
        files.submit("c.md", b"Text.", "bob")
    update.steps.release(6)
    assert [_finished(files, token).line for token in tokens] == [
        FileOutcome("a.md", "added"),
        FileOutcome("b.md", "added"),
    ]


def test_an_unknown_file_is_told(files: AddQueue) -> None:
    """Whoever asks with a token of somebody's own making gets a sentence."""
    with pytest.raises(QAError, match="is not known any more"):
        files.file("0" * 32)
