"""Measures Chroma's graph of vectors (HNSW; Malkov and Yashunin, 2018) under several settings.

    python -m benchmarks.graph FOLDER [--vectors 100000]

FOLDER was built by benchmarks.scale. Its vectors are indexed in graphs with several parameters, and
the results of searches are compared with the true nearest neighbours. The table is written to
benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromadb
import numpy as np

from benchmarks import page, scale
from qa import Index
from qa.index.collection import GRAPH
from qa.models.encoder import Encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGES = ("chromadb", "numpy")
# max_neighbors, ef_construction and ef_search; the first are Chroma's defaults. They are fixed when
# a graph is created: Chroma 1.5 ignores later changes.
_GRAPHS = (
    (16, 100, 100),
    (16, 100, 400),
    (32, 100, 100),
    (32, 200, 100),
    (32, 200, 200),
    (32, 200, 400),
)
# Results that the retriever asks for, and those of them that are evaluated.
_WANTED, _JUDGED = 50, 10
_SAMPLE = 500
_BATCH = 5_000

_ABOUT = (
    "Written by `python -m benchmarks.graph FOLDER`: the vectors of FOLDER, an index built by "
    "`benchmarks.scale`, in HNSW graphs with other parameters. Recall@10: the share of the ten "
    "true nearest neighbours of a question (100 real ones) among the first ten of fifty "
    "results. Self-recall: the share of 500 of the vectors that a search for them finds. The "
    "first line has Chroma's default parameters; **bold** is what the index uses."
)


@dataclass(frozen=True, slots=True)
class Searched:
    """The figures of one graph: recalls, milliseconds a search, seconds to build, MB on disk."""

    settings: tuple[int, int, int]
    nearest: float
    itself: float
    milliseconds: float
    built: float
    disk: float


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=int, default=100_000)
    options = parser.parse_args()
    vectors = _vectors(options.folder, options.vectors)
    questions = Encoder().encode(scale.questions())
    rows = [_measured(vectors, questions, graph) for graph in _GRAPHS]
    head = (
        "neighbours",
        "construction",
        "depth",
        "recall@10",
        "self-recall",
        "ms a search",
        "built in s",
        "disk MB",
    )
    table = page.table(head, [_line(row) for row in rows])
    text = f"{_ABOUT}\n\n{len(vectors):,} vectors. {page.machine(PACKAGES)}\n\n{table}"
    print(text)
    page.write("The graph of vectors", text)


def _line(row: Searched) -> tuple[str, ...]:
    ours = (GRAPH["max_neighbors"], GRAPH["ef_construction"], GRAPH["ef_search"])
    settings = (f"**{value}**" if row.settings == ours else str(value) for value in row.settings)
    figures = (
        f"{row.nearest:.3f}",
        f"{row.itself:.3f}",
        f"{row.milliseconds:.1f}",
        f"{row.built:.0f}",
    )
    return (*settings, *figures, f"{row.disk:.0f}")


def _vectors(folder: Path, count: int) -> NDArray[np.float32]:
    """Return the first vectors of an index, shape (count, dimension)."""
    index = Index.open(scale.settings(folder))
    with index.store.read() as read:
        keys = read.keys()[:count]
    parts = (index.vectors.get(keys[at : at + _BATCH]) for at in range(0, len(keys), _BATCH))
    return np.stack([vector for part in parts for vector in part.values()]).astype(np.float32)


def _measured(
    vectors: NDArray[np.float32], questions: NDArray[np.float32], settings: tuple[int, int, int]
) -> Searched:
    """Build one graph, and search it."""
    nearest = np.argsort(-questions @ vectors.T, axis=1)[:, :_JUDGED]
    sample = np.linspace(0, len(vectors) - 1, _SAMPLE).astype(int)
    names = ("max_neighbors", "ef_construction", "ef_search")
    # Any: Chroma's declared type lacks the parameters of a graph.
    graph: Any = {"hnsw": {"space": "cosine", **dict(zip(names, settings, strict=True))}}
    with tempfile.TemporaryDirectory(prefix="qa-graph-") as place:
        client = chromadb.PersistentClient(
            place, settings=chromadb.config.Settings(anonymized_telemetry=False)
        )
        collection = client.create_collection(
            "vectors", configuration=graph, embedding_function=None
        )
        started = time.perf_counter()
        for at in range(0, len(vectors), _BATCH):
            part = vectors[at : at + _BATCH]
            collection.add(ids=[str(at + i) for i in range(len(part))], embeddings=part)
        built = time.perf_counter() - started
        started = time.perf_counter()
        found = _found(collection, questions)
        milliseconds = (time.perf_counter() - started) * 1000 / len(questions)
        right = [
            len({*ids} & {*near}) / _JUDGED
            for ids, near in zip(found, nearest.tolist(), strict=True)
        ]
        own = [
            at in ids
            for at, ids in zip(sample.tolist(), _found(collection, vectors[sample]), strict=True)
        ]
        shares = float(np.mean(right)), float(np.mean(own))
        return Searched(settings, *shares, milliseconds, built, page.megabytes(Path(place)))


def _found(collection: Any, vectors: NDArray[np.float32]) -> list[list[int]]:
    """Return the nearest vectors' numbers, with one search for each vector, as for questions."""
    asked = (
        collection.query(query_embeddings=vector[None, :], n_results=_WANTED, include=[])
        for vector in vectors
    )
    return [[int(number) for number in found["ids"][0][:_JUDGED]] for found in asked]


if __name__ == "__main__":
    main()
