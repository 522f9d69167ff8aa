"""Stops `qa index` at random moments, and checks that nothing is lost.

    python -m benchmarks.kill_trial [TRIALS] [SEED]

Each trial starts with the same index and a folder in which articles have been edited, deleted and
added. A writer updates the index and is stopped: killed (SIGKILL), interrupted (Ctrl-C), or out of
disk space (a limit on file size). Meanwhile another process searches, and each of its results must
be from a whole article, either version of it. Then the writer runs to its end, and the index must
equal one that was never stopped: articles, passages, words, filters, vectors. The encoder is a
stub, since the trial is of the index.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from qa.errors import QAError
from qa.index import Index
from qa.retrieval.hybrid import Retriever
from qa.settings import Settings
from tests.collection import BagEncoder, everything, write_files

ARTICLES = 90
# Small, so that an update has many steps at which it can be stopped.
_BATCH_SIZE = 12
_WAYS = ("kill", "kill", "interrupt", "full")
_QUERY = "the ship sailed from harbour seven"
_HARDER = 60.0
_STOPPED = 3
# Trials between two lines of progress.
_TOLD = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """How an update was stopped, whether it was before its end, and the faults afterwards."""

    way: str
    moment: float
    stopped: bool
    faults: tuple[str, ...]


def text(number: int, version: int) -> str:
    """Return an article; its text depends on the version."""
    opening = f"Ship {number} sailed from harbour {number % 9} in version {version}."
    return (
        f"---\nsource: Courier {number % 4}\n---\n{opening} "
        + f"Wave {number} of version {version} broke. " * 20
    )


def before() -> dict[str, str]:
    """Return the articles of the first index."""
    return {f"{i:03}.md": text(i, 1) for i in range(ARTICLES)}


def after() -> dict[str, str]:
    """Return the changed articles: a third deleted, a third edited, as many added."""
    kept = {f"{i:03}.md": text(i, 1 + i % 3 % 2) for i in range(ARTICLES) if i % 3 != 2}
    return kept | {f"new{i:03}.md": text(i, 2) for i in range(ARTICLES // 3)}


def opened(folder: Path, *, create: bool = False) -> Index:
    """Return the index in a folder, with a stub encoder."""
    settings = Settings(index=folder, passage_tokens=48)
    return Index.open(settings, encoder=BagEncoder(), create=create)


def write(folder: Path, articles: Path, limit: int = 0) -> None:
    """Update an index; `limit` is the largest file size in bytes, 0 for none."""
    made = opened(folder, create=True)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        made.update([articles], batch_size=_BATCH_SIZE)
    except KeyboardInterrupt:
        sys.exit(_STOPPED)
    except QAError:
        if not limit:
            raise
        sys.exit(_STOPPED)


def search(folder: Path, known: Sequence[frozenset[str]], stop: Connection) -> None:
    """Search until told to stop, then send the number of searches and the faults."""
    faults: set[str] = set()
    searches = 0
    texts = frozenset().union(*known)
    try:
        index = opened(folder)
        retriever = Retriever(index.encoder, first_stage_k=20, lexical_weight=0.2)
        while not stop.poll(0.01):
            with index.snapshot() as snapshot:
                hits = retriever.retrieve(snapshot, _QUERY, 10)
            searches += 1
            if len(hits) < 10:
                faults.add(f"a search found {len(hits)} passages, not 10")
            faults.update(
                f"no such text: {h.passage.text}"
                for h in hits
                if not any(h.passage.text in t for t in texts)
            )
    except QAError as error:
        faults.add(f"a reader failed: {error}")
    stop.send((searches, sorted(faults)))


def trials(count: int, seed: int, place: Path) -> Iterator[Trial]:
    """Yield `count` trials."""
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["chromadb", "qa.index", "qa.retrieval.hybrid", "tests.collection"]
    )
    old, new = (
        write_files(place / "old" / "in", before()),
        write_files(place / "new" / "in", after()),
    )
    articles = place / "articles"
    articles.symlink_to(old)
    _finished(context, place / "first", articles)
    articles.unlink()
    articles.symlink_to(new)
    shutil.copytree(place / "first", place / "expected")
    seconds = _finished(context, place / "expected", articles)
    expected = everything(opened(place / "expected"))
    for number in range(count):
        folder = place / f"trial{number}"
        shutil.copytree(place / "first", folder)
        way, moment = chance.choice(_WAYS), chance.uniform(0.0, 1.1 * seconds)
        limit = chance.randrange(20_000, 900_000) if way == "full" else 0
        with _reader(context, folder) as faults:
            stopped = _stopped(context, (folder, articles, limit), moment, way)
            _finished(context, folder, articles)
        whole = opened(folder)
        if everything(whole) != expected:
            faults.append("it holds something else than an index that was never stopped")
        faults += [str(problem) for problem in whole.check()]
        yield Trial(way, moment, stopped, tuple(faults))
        whole.vectors.reopen()
        shutil.rmtree(folder)


def _finished(context: ForkServerContext, folder: Path, articles: Path) -> float:
    """Run a writer to its end, and return its seconds."""
    started = time.perf_counter()
    writer = context.Process(target=write, args=(folder, articles))
    writer.start()
    writer.join()
    if writer.exitcode:
        raise RuntimeError(f"a writer that was not stopped failed with {writer.exitcode}")
    return time.perf_counter() - started


def _stopped(
    context: ForkServerContext, arguments: tuple[Path, Path, int], moment: float, way: str
) -> bool:
    """Stop a writer after some seconds; return whether it was stopped before its end."""
    writer = context.Process(target=write, args=arguments)
    writer.start()
    writer.join(None if way == "full" else moment)
    running = writer.is_alive()
    if running and writer.pid:
        os.kill(writer.pid, signal.SIGKILL if way == "kill" else signal.SIGINT)
        writer.join(_HARDER)
        writer.kill()
        writer.join()
    return running or bool(writer.exitcode)


@contextlib.contextmanager
def _reader(context: ForkServerContext, folder: Path) -> Iterator[list[str]]:
    """Search in another process; yield a list that receives its faults at the end."""
    here, there = context.Pipe()
    known = (frozenset(before().values()), frozenset(after().values()))
    reader = context.Process(target=search, args=(folder, known, there))
    reader.start()
    faults: list[str] = []
    yield faults
    here.send("stop")
    searches, found = here.recv() if here.poll(_HARDER) else (0, ["the reader did not end"])
    faults += found if searches else [*found, "nothing was searched"]
    reader.join()


def main() -> None:
    """Run the trials, and print each fault and the number of trials without any."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    whole = stopped = 0
    with tempfile.TemporaryDirectory() as place:
        for number, trial in enumerate(trials(count, seed, Path(place)), 1):
            whole += not trial.faults
            stopped += trial.stopped
            for fault in trial.faults:
                print(
                    f"trial {number} ({trial.way} after {trial.moment:.2f} s): {fault}", flush=True
                )
            if number % _TOLD == 0:
                print(
                    f"{whole} of {number} so far; {stopped} stopped before their end",
                    file=sys.stderr,
                    flush=True,
                )
    print(f"{whole} of {count} left nothing wrong; {stopped} stopped before their end")
    sys.exit(whole != count)


if __name__ == "__main__":
    main()
