"""Measures Chroma's graph of vectors (HNSW; Malkov and Yashunin, 2018) under several settings.

    python benchmarks/graph.py FOLDER [--vectors 100000]

FOLDER is what benchmarks/scale.py built. Its vectors are put into graphs of several settings, and what a search finds
there is compared with what is really nearest. The table goes into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromadb
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import page, scale
from qa import Index
from qa.encoder import Encoder
from qa.index.vectors import GRAPH

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGES = ("chromadb", "numpy")
# max_neighbors, ef_construction and ef_search; the first are Chroma's own. They hold from a graph's making on: Chroma
# 1.5 does not heed a later change.
_GRAPHS = ((16, 100, 100), (16, 100, 400), (32, 100, 100), (32, 200, 100), (32, 200, 200), (32, 200, 400))
# As many as the retriever asks for, and as many of them as are judged.
_WANTED, _JUDGED = 50, 10
_SAMPLE = 500
_BATCH = 5_000

_ABOUT = """Written by `python benchmarks/graph.py FOLDER`: the vectors of FOLDER, an index that `benchmarks/scale.py`
built, in graphs of other settings. Nearest: the share of the ten vectors really nearest to a question (100 real ones)
that are among the first ten of fifty. Itself: the share of 500 of the vectors that a search for them gives. The first
line is Chroma's own setting; **bold** is what the index has."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What one graph gave: shares from 0 to 1, milliseconds for one search, seconds to build, MB on disk."""

    settings: tuple[int, int, int]
    nearest: float
    itself: float
    milliseconds: float
    built: float
    disk: float


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=int, default=100_000)
    options = parser.parse_args()
    vectors = _vectors(options.folder, options.vectors)
    questions = Encoder().encode(scale.questions())
    rows = [_measured(vectors, questions, graph) for graph in _GRAPHS]
    head = ("neighbours", "construction", "depth", "nearest", "itself", "ms a search", "built in s", "disk MB")
    table = page.table(head, [_line(row) for row in rows])
    text = f"{_ABOUT}\n\n{len(vectors):,} vectors. {page.machine(PACKAGES)}\n\n{table}"
    print(text)
    page.write("The graph of vectors", text)


def _line(row: Searched) -> tuple[str, ...]:
    ours = (GRAPH["max_neighbors"], GRAPH["ef_construction"], GRAPH["ef_search"])
    settings = (f"**{value}**" if row.settings == ours else str(value) for value in row.settings)
    figures = (f"{row.nearest:.3f}", f"{row.itself:.3f}", f"{row.milliseconds:.1f}", f"{row.built:.0f}")
    return (*settings, *figures, f"{row.disk:.0f}")


def _vectors(folder: Path, count: int) -> NDArray[np.float32]:
    """Return the first vectors of an index, shape (count, dimension)."""
    index = Index.open(scale.settings(folder))
    keys = index.store.all_keys()[:count]
    parts = (index.pair.vectors.some(keys[at : at + _BATCH]) for at in range(0, len(keys), _BATCH))
    return np.stack([vector for part in parts for vector in part.values()]).astype(np.float32)


def _measured(vectors: NDArray[np.float32], questions: NDArray[np.float32], settings: tuple[int, int, int]) -> Searched:
    """Build one graph, and search it."""
    nearest = np.argsort(-questions @ vectors.T, axis=1)[:, :_JUDGED]
    sample = np.linspace(0, len(vectors) - 1, _SAMPLE).astype(int)
    names = ("max_neighbors", "ef_construction", "ef_search")
    # Any: what Chroma declares as its type leaves the settings of a graph out.
    graph: Any = {"hnsw": {"space": "cosine", **dict(zip(names, settings, strict=True))}}
    with tempfile.TemporaryDirectory(prefix="qa-graph-") as place:
        client = chromadb.PersistentClient(place, settings=chromadb.config.Settings(anonymized_telemetry=False))
        collection = client.create_collection("vectors", configuration=graph, embedding_function=None)
        started = time.perf_counter()
        for at in range(0, len(vectors), _BATCH):
            part = vectors[at : at + _BATCH]
            collection.add(ids=[str(at + i) for i in range(len(part))], embeddings=part)
        built = time.perf_counter() - started
        started = time.perf_counter()
        found = _found(collection, questions)
        milliseconds = (time.perf_counter() - started) * 1000 / len(questions)
        right = [len({*ids} & {*near}) / _JUDGED for ids, near in zip(found, nearest.tolist(), strict=True)]
        own = [at in ids for at, ids in zip(sample.tolist(), _found(collection, vectors[sample]), strict=True)]
        shares = float(np.mean(right)), float(np.mean(own))
        return Searched(settings, *shares, milliseconds, built, page.megabytes(Path(place)))


def _found(collection: Any, vectors: NDArray[np.float32]) -> list[list[int]]:
    """Return the numbers of the vectors nearest to each, one search for each, as a question is asked."""
    asked = (collection.query(query_embeddings=vector[None, :], n_results=_WANTED, include=[]) for vector in vectors)
    return [[int(number) for number in found["ids"][0][:_JUDGED]] for found in asked]


if __name__ == "__main__":
    main()
