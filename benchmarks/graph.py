"""Measures Chroma's graph of vectors (HNSW; Malkov and Yashunin, 2018) under several settings.

    python benchmarks/graph.py FOLDER [--vectors 100000]

FOLDER is what benchmarks/scale.py built. Its vectors are put into graphs of several widths, each is searched at several
depths, and what is found is compared with what is really nearest. The table goes into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromadb
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import page, scale
from qa import Index, Settings
from qa.encoder import Encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGES = ("chromadb", "numpy")
# max_neighbors and ef_construction; the first are Chroma's own.
_GRAPHS = ((16, 100), (32, 100), (32, 200))
# ef_search; the first is Chroma's own.
_DEPTHS = (100, 200, 400)
# As many as the retriever asks for, and as many of them as are judged.
_WANTED, _JUDGED = 50, 10
_SAMPLE = 500
_BATCH = 5_000

_ABOUT = """Written by `python benchmarks/graph.py FOLDER`: the vectors of FOLDER, an index that `benchmarks/scale.py`
built, in graphs of other settings. Nearest: the share of the ten vectors really nearest to a question (100 real ones)
that are among the first ten of fifty. Itself: the share of 500 of the vectors that a search for them gives. What ships
is Chroma's own setting, the first line."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What one graph gave at one depth: shares from 0 to 1, milliseconds for one search, seconds to build."""

    neighbours: int
    construction: int
    depth: int
    nearest: float
    itself: float
    milliseconds: float
    built: float


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=int, default=100_000)
    options = parser.parse_args()
    vectors = _vectors(options.folder, options.vectors)
    questions = Encoder().encode(scale.questions())
    rows = [row for graph in _GRAPHS for row in _measured(vectors, questions, *graph)]
    head = ("neighbours", "construction", "depth", "nearest", "itself", "ms a search", "built in s")
    table = page.table(head, [_line(row) for row in rows])
    text = f"{_ABOUT}\n\n{len(vectors):,} vectors. {page.machine(PACKAGES)}\n\n{table}"
    print(text)
    page.write("The graph of vectors", text)


def _line(row: Searched) -> tuple[str, ...]:
    whole = (row.neighbours, row.construction, row.depth)
    return (*map(str, whole), f"{row.nearest:.3f}", f"{row.itself:.3f}", f"{row.milliseconds:.1f}", f"{row.built:.0f}")


def _vectors(folder: Path, count: int) -> NDArray[np.float32]:
    """Return the first vectors of an index, shape (count, dimension)."""
    index = Index.open(Settings(index=folder / "index", passage_tokens=160))
    keys = index.store.all_keys()[:count]
    parts = (index.pair.vectors.some(keys[at : at + _BATCH]) for at in range(0, len(keys), _BATCH))
    return np.stack([vector for part in parts for vector in part.values()]).astype(np.float32)


def _measured(
    vectors: NDArray[np.float32], questions: NDArray[np.float32], neighbours: int, construction: int
) -> Iterator[Searched]:
    """Build one graph, and search it at each depth."""
    nearest = np.argsort(-questions @ vectors.T, axis=1)[:, :_JUDGED]
    sample = np.linspace(0, len(vectors) - 1, _SAMPLE).astype(int)
    with tempfile.TemporaryDirectory(prefix="qa-graph-") as place:
        settings = chromadb.config.Settings(anonymized_telemetry=False)
        client = chromadb.PersistentClient(place, settings=settings)
        # Any: what Chroma declares as its type leaves the settings of a graph out.
        graph: Any = {"hnsw": {"space": "cosine", "max_neighbors": neighbours, "ef_construction": construction}}
        collection = client.create_collection("vectors", configuration=graph, embedding_function=None)
        started = time.perf_counter()
        for at in range(0, len(vectors), _BATCH):
            part = vectors[at : at + _BATCH]
            collection.add(ids=[str(at + i) for i in range(len(part))], embeddings=part)
        built = time.perf_counter() - started
        for depth in _DEPTHS:
            collection.modify(configuration={"hnsw": {"ef_search": depth}})
            started = time.perf_counter()
            found = _found(collection, questions)
            milliseconds = (time.perf_counter() - started) * 1000 / len(questions)
            right = [len({*ids} & {*near}) / _JUDGED for ids, near in zip(found, nearest.tolist(), strict=True)]
            own = [at in ids for at, ids in zip(sample.tolist(), _found(collection, vectors[sample]), strict=True)]
            yield Searched(
                neighbours, construction, depth, float(np.mean(right)), float(np.mean(own)), milliseconds, built
            )


def _found(collection: Any, vectors: NDArray[np.float32]) -> list[list[int]]:
    """Return the numbers of the vectors nearest to each, one search for each, as a question is asked."""
    asked = (collection.query(query_embeddings=vector[None, :], n_results=_WANTED, include=[]) for vector in vectors)
    return [[int(number) for number in found["ids"][0][:_JUDGED]] for found in asked]


if __name__ == "__main__":
    main()
