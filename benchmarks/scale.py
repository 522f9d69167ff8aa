"""Measures search by collection size, for `make bench ARGS="--scale 10000,100000"`.

One index grows from size to size through the product's own code; only its vectors are drawn at
random, not computed. A separate process searches it. Each step can also be run alone:

    python -m benchmarks.scale build FOLDER SIZE     # can be killed and run again
    python -m benchmarks.scale search FOLDER         # prints a line of JSON
    python -m benchmarks.scale publish FILE          # table and curves from such lines, each with
                                                     # its seconds to "build" added
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import page, synthetic
from qa import Index, Pipeline, Settings
from qa.index import Snapshot
from qa.retrieval.hybrid import Retriever
from qa.types import Filter

QUESTIONS = synthetic.ROOT / "evals" / "sets" / "corpus" / "questions.jsonl"
PACKAGES = ("chromadb", "numpy")
_ASKED = 100
# Vectors that are searched for by themselves.
_SAMPLE = 200

_ABOUT = (
    'Written by `make bench ARGS="--scale SIZES"`. Articles are composed of real sentences, '
    "vectors are drawn around real ones, questions are real. Times: a warm hybrid search, "
    "including the embedding of its question, and its average CPU time (less than the elapsed "
    "time if other programs used the cores); its dense and lexical halves; the first search of "
    "a process, which loads everything; a search filtered by source and date. Self-recall: the "
    "share of a sample of vectors that a search for them finds. Memory: the peak of the "
    "searching process. Build: without embedding, which takes some 50 ms for each passage."
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of a fresh process on an index: times in milliseconds, memory and disk in MB."""

    passages: int
    first: float
    p50: float
    p95: float
    worked: float
    dense: float
    lexical: float
    filtered: float
    found: float
    memory: float
    disk: float
    build: float = 0.0


def grow(sizes: Sequence[int]) -> list[Measured]:
    """Grow an index through the sizes, and search it at each."""
    rows: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="qa-scale-") as place:
        seconds = 0.0
        for size in sorted(sizes):
            started = time.perf_counter()
            _run("build", place, str(size))
            seconds += time.perf_counter() - started
            rows.append(Measured(**{**json.loads(_run("search", place)), "build": seconds}))
            print(rows[-1], file=sys.stderr)
    return rows


def report(sizes: Sequence[int]) -> None:
    """Measure, and write the table and the curves."""
    publish(grow(sizes))


def publish(rows: Sequence[Measured]) -> None:
    """Write the table and the curves into benchmarks/."""
    head = (
        "passages",
        "p50 ms",
        "p95 ms",
        "CPU ms",
        "first ms",
        "vectors ms",
        "words ms",
        "filtered ms",
        "self-recall",
        "memory MB",
        "disk MB",
        "built in s",
        "passages/s",
    )
    lines = [[f"{value:,.{digits}f}" for value, digits in _columns(row)] for row in rows]
    text = (
        f"{_ABOUT}\n\n{page.machine(PACKAGES)}\n\n{page.table(head, lines)}\n\n![curves](scale.png)"
    )
    print(text)
    page.write("Search by size", text)
    _draw(rows, page.FOLDER / "scale.png")


def _columns(row: Measured) -> list[tuple[float, int]]:
    pace = row.passages / row.build if row.build else 0.0
    times = [
        (value, 0)
        for value in (row.p50, row.p95, row.worked, row.first, row.dense, row.lexical, row.filtered)
    ]
    return [
        (row.passages, 0),
        *times,
        (row.found, 3),
        (row.memory, 0),
        (row.disk, 0),
        (row.build, 0),
        (pace, 0),
    ]


def _draw(rows: Sequence[Measured], file: Path) -> None:
    """Draw the figures by number of passages, with logarithmic axes."""
    # Imported here because the memory of the searching process is measured.
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, places = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    curves = (
        ("milliseconds", {"p95": "p95", "p50": "p50", "vectors": "dense", "words": "lexical"}),
        ("MB", {"memory": "memory", "disk": "disk"}),
        ("seconds", {"built in": "build"}),
    )
    sizes = [row.passages for row in rows]
    for place, (unit, lines) in zip(places, curves, strict=True):
        for label, name in lines.items():
            place.loglog(sizes, [getattr(row, name) for row in rows], marker="o", label=label)
        place.set(xlabel="passages", ylabel=unit)
        place.grid(visible=True, alpha=0.3)
        place.legend()
    figure.savefig(file, dpi=110)
    plt.close(figure)


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.scale", *arguments]
    done = subprocess.run(  # noqa: S603 - our own command
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=synthetic.ROOT
    )
    return done.stdout


def build(folder: Path, size: int) -> None:
    """Add articles to the index in `folder` until it has about `size` passages."""
    collections = sorted(folder.glob("*.jsonl"), key=lambda path: int(path.stem))
    before = int(collections[-1].stem) if collections else 0
    if size > before:
        written = (folder / f"{size}.jsonl").with_suffix(".unfinished")
        with written.open("w", encoding="utf-8") as file:
            file.writelines(synthetic.articles(size - before, first=before))
        collections.append(written.rename(folder / f"{size}.jsonl"))
    encoder = synthetic.drawn_encoder(folder / "centres.npy")
    index = Index.open(settings(folder), encoder=encoder, create=True)
    report = index.update(collections[-1:])
    print(f"{len(report.added)} added, {len(report.unchanged)} unchanged, {report.seconds:.0f} s")


def search(folder: Path) -> Measured:
    """Search with real questions, first cold, then warm."""
    asked = questions()
    pipeline = Pipeline.open(settings(folder))
    first = _milliseconds(lambda: pipeline.search(asked[0]))
    for question in asked[:10]:
        pipeline.search(question)
    worked = time.process_time()
    hybrid = [_milliseconds(partial(pipeline.search, question)) for question in asked]
    worked = (time.process_time() - worked) * 1000 / len(asked)
    weight = pipeline.settings.lexical_weight
    retriever = Retriever(pipeline.index.encoder, first_stage_k=50, lexical_weight=weight)

    def half(search: Callable[[Snapshot, str, int], object], question: str) -> None:
        with pipeline.index.snapshot() as snapshot:
            search(snapshot, question, 50)

    dense = [_milliseconds(partial(half, retriever.dense, question)) for question in asked]
    lexical = [_milliseconds(partial(half, retriever.lexical, question)) for question in asked]
    chosen = Filter(source="Courier 7", since="2010")
    filtered = [
        _milliseconds(partial(pipeline.search, question, where=chosen)) for question in asked[:20]
    ]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(
        passages=pipeline.index.counts()["passages"],
        first=first,
        p50=float(np.percentile(hybrid, 50)),
        p95=float(np.percentile(hybrid, 95)),
        worked=worked,
        dense=float(np.median(dense)),
        lexical=float(np.median(lexical)),
        filtered=float(np.median(filtered)),
        found=_found(pipeline.index),
        memory=memory,
        disk=page.megabytes(folder / "index"),
    )


def _found(index: Index) -> float:
    """Return the share of a sample of vectors that a search for them finds."""
    with index.store.read() as read:
        keys = read.keys()
    sample = index.vectors.get(keys[:: max(1, len(keys) // _SAMPLE)])
    return float(
        np.mean([key in dict(index.vectors.nearest(vector, 10)) for key, vector in sample.items()])
    )


def settings(folder: Path) -> Settings:
    """Return the settings of the index that is built in a folder."""
    # A fixed passage length keeps sizes comparable when the default changes.
    return Settings(index=folder / "index", passage_tokens=160)


def questions() -> list[str]:
    """Return real questions, from QA_DATASETS if it is set, otherwise from the own set."""
    files = [QUESTIONS]
    if "QA_DATASETS" in os.environ:
        files = sorted((Path(os.environ["QA_DATASETS"]) / "train").glob("*.questions.jsonl"))
    every = [
        json.loads(line)["question"]
        for file in files
        for line in file.read_text("utf-8").splitlines()
    ]
    return every[:: max(1, len(every) // _ASKED)][:_ASKED]


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Run one step."""
    place = Path(sys.argv[2]).resolve()
    if sys.argv[1] == "build":
        place.mkdir(parents=True, exist_ok=True)
        build(place, int(sys.argv[3]))
    elif sys.argv[1] == "publish":
        publish([Measured(**json.loads(line)) for line in place.read_text("utf-8").splitlines()])
    else:
        print(json.dumps(asdict(search(place))))


if __name__ == "__main__":
    main()
