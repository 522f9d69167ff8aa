"""Published copies of an index: readers move on to the newest one without a failed question."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from qa.cli import app
from qa.errors import IndexStaleError, QAError
from qa.index import Index, is_published, published
from qa.index.backup import publish
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.collection import BagEncoder, search, write_files

# Other such tests wait: this one takes whole cores.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("alone")]

_QUESTION = "Which edition does the log of the ship name?"
_EDITIONS = 4
_ASKERS = 3
# Seconds that a reader may take to start, or to show the newest articles.
_PATIENCE = 300


def _files(edition: int) -> dict[str, str]:
    text = f"The ship sailed at noon. The log of the ship names edition{edition}."
    return {f"{n}.md": f"# Ship {n}\n\nGull{n} rope{n} tide{n} lamp{n}. {text}" for n in range(12)}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Return an index of the first edition that is written to."""
    made = Index.open(Settings(index=tmp_path / "index"), encoder=BagEncoder(), create=True)
    made.update([write_files(tmp_path / "in", _files(0))])
    return made


def _published(index: Index, folder: Path) -> None:
    """Publish an index with its own encoder, which no setting names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qa.index.index.open_encoder", lambda _: BagEncoder())
        publish(index.settings, folder)


def _reader(folder: Path) -> Index:
    return Index.open(Settings(index=folder), encoder=BagEncoder())


def _editions(index: Index) -> set[str]:
    hits = search(index, _QUESTION, 5)
    return {hit.passage.text.rpartition("edition")[2] for hit in hits}


def test_a_reader_moves_on_to_the_newest_copy(index: Index, tmp_path: Path) -> None:
    """A reader that is open answers from what was published last; what is only written is not seen."""
    folder = tmp_path / "out"
    _published(index, folder)
    reader = _reader(folder)
    assert is_published(folder)
    assert _editions(reader) == {"0."}
    index.update([write_files(tmp_path / "in", _files(1))])
    assert _editions(reader) == {"0."}
    _published(index, folder)
    assert _editions(reader) == {"1."}
    assert reader.counts() == index.counts()


def test_a_question_stays_with_the_copy_it_began_with(index: Index, tmp_path: Path) -> None:
    """Another copy that comes in the middle of a question changes nothing for it."""
    folder = tmp_path / "out"
    _published(index, folder)
    reader = _reader(folder)
    vector = reader.encoder.encode([_QUESTION])[0]
    with reader.snapshot() as snapshot:
        index.update([write_files(tmp_path / "in", _files(1))])
        _published(index, folder)
        assert _editions(reader) == {"1."}  # somebody else asks meanwhile
        found = snapshot.nearest(vector, 5)
        assert {p.text.rpartition("edition")[2] for p, _ in found} == {"0."}
        assert snapshot.match(["edition0"], 1)


def test_a_published_copy_is_only_read(index: Index, tmp_path: Path) -> None:
    """Writing to it is refused with what to do instead; an index itself is no place to publish to."""
    folder = tmp_path / "out"
    _published(index, folder)
    reader = _reader(folder)
    with pytest.raises(QAError, match="only read: change the index"):
        reader.remove("1.md")
    with pytest.raises(QAError, match="only read"):
        Index.open(reader.settings, encoder=BagEncoder(), rebuild=True)
    with pytest.raises(QAError, match="holds an index"):
        _published(index, index.settings.index)
    names = {path.relative_to(folder).parts[0] for path in folder.rglob("*")}
    assert names == {"current", "copies"}
    copied = {path.name for path in next((folder / "copies").iterdir()).iterdir()}
    assert copied - {"write.lock"} == {"articles.sqlite", "chroma"}


def test_a_copy_of_other_settings_is_not_used(index: Index, tmp_path: Path) -> None:
    """A copy whose passages are of another length is told as such; so is a pointer to nothing."""
    folder = tmp_path / "out"
    _published(index, folder)
    reader = _reader(folder)
    longer = Settings(index=tmp_path / "longer", passage_tokens=100)
    other = Index.open(longer, encoder=BagEncoder(), create=True)
    other.update([tmp_path / "in"])
    _published(other, folder)
    with pytest.raises(IndexStaleError, match="passage_tokens"):
        _editions(reader)
    (folder / "current").write_text("../elsewhere")
    with pytest.raises(QAError, match="names no copy"):
        _editions(reader)


def test_old_copies_go(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy stays while somebody may read it, and is deleted by a later publication."""
    folder = tmp_path / "out"
    for _ in range(3):
        _published(index, folder)
    assert len(list((folder / "copies").iterdir())) == 3
    monkeypatch.setattr(published, "KEPT_SECONDS", -1.0)
    _published(index, folder)
    (left,) = (folder / "copies").iterdir()
    assert (folder / "current").read_text() == left.name


def test_the_command_updates_and_publishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`qa index PATH --publish DIR` does both; what only looks at the index publishes nothing."""
    monkeypatch.setattr("qa.index.index.open_encoder", lambda _: BagEncoder())
    articles = write_files(tmp_path / "in", _files(0))
    index, folder = tmp_path / "index", tmp_path / "out"
    command = ["index", str(articles), "--index", str(index), "--publish", str(folder)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert f"published 12 articles to {folder}" in done.output
    assert _editions(_reader(folder)) == {"0."}
    refused = CliRunner().invoke(app, ["index", "--check", "--publish", str(folder)])
    assert refused.exit_code == 2


def _serve(folder: Path, ports: Any, ended: Event) -> None:
    """Serve REST over a published folder on loopback until told to stop."""
    import uvicorn

    from qa.answering.answer_cache import AnswerCache
    from qa.conversations.lazy_pipeline import LazyPipeline
    from qa.server.backend import Backend
    from tests.service import service
    from tests.unit.test_pipeline import ScriptedReader

    def opened() -> Pipeline:
        reader = ScriptedReader({"edition": 0.9})
        return Pipeline(_reader(folder), reader=reader, cache=AnswerCache(1_000_000))

    backend = Backend.over(LazyPipeline(opened), folder / f"chat-{os.getpid()}", read_only=True)
    server = uvicorn.Server(uvicorn.Config(service(backend), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    ports.put(server.servers[0].sockets[0].getsockname()[1])
    ended.wait(_PATIENCE * 2)
    server.should_exit = True
    thread.join()


@pytest.fixture
def readers(index: Index, tmp_path: Path) -> Iterator[list[str]]:
    """Return the addresses of two reader processes over one published folder."""
    folder = tmp_path / "out"
    _published(index, folder)
    context = multiprocessing.get_context("forkserver")
    ports, ended = context.Queue(), context.Event()
    started = [context.Process(target=_serve, args=(folder, ports, ended)) for _ in range(2)]
    for process in started:
        process.start()
    yield [f"http://127.0.0.1:{ports.get(timeout=_PATIENCE)}" for _ in started]
    ended.set()
    for process in started:
        process.join(_PATIENCE)


def test_no_question_fails_while_copies_are_published(
    index: Index, readers: list[str], tmp_path: Path
) -> None:
    """Two readers behind a round robin answer every question, each from one finished edition, and end with the newest."""
    turn, ended = itertools.cycle(readers), threading.Event()
    seen: list[tuple[str, int, str]] = []

    def ask(number: int) -> None:
        with httpx.Client(timeout=_PATIENCE, trust_env=False) as client:
            for at in itertools.count():
                if ended.is_set():
                    return
                reader, asked = next(turn), f"{_QUESTION} {number} {at % 3}"
                got = client.post(f"{reader}/api/v1/ask", json={"question": asked})
                seen.append((reader, got.status_code, got.text))

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(_ASKERS)]
    for asker in askers:
        asker.start()
    for edition in range(1, _EDITIONS):
        index.update([write_files(tmp_path / "in", _files(edition))])
        _published(index, tmp_path / "out")
        newest, end = f"edition{edition}.", time.monotonic() + _PATIENCE
        while {r for r, _, text in list(seen) if newest in text} != set(readers):
            assert time.monotonic() < end, "a reader did not move on"
            time.sleep(0.05)
    ended.set()
    for asker in askers:
        asker.join()
    assert {status for _, status, _ in seen} == {200}
    for _, _, text in seen:
        assert sum(f"edition{edition}." in text for edition in range(_EDITIONS)) == 1
