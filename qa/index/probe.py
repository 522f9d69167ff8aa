"""Reads the files of a Chroma folder in every way that a search would: `python -m qa.index.probe`.

`qa.index.vector_files` runs it in a process of its own, since Chroma's native libraries can end
the process that reads a damaged file. Ends with 0, or prints the reason and ends with a
code of that module; by SIGXCPU if it takes more seconds of the processor than it was given.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import chromadb
import numpy as np
from chromadb.errors import NotFoundError

from qa.index.vector_files import COLLECTION, DAMAGED, NOT_WRITABLE

# One search for this many neighbours follows the links of about as many vectors; each of a sample
# of vectors, spread over the graph, is then searched for.
_WALK, _SAMPLE = 20_000, 1_000
# Cosine distance of a vector from itself, and the error of its length, within 32-bit rounding.
_SAME = 0.001
# How SQLite's complaints are told from damage: Chroma writes a row whenever it opens a folder.
_NO_ROOM = ("database or disk is full", "readonly database", "No space left", "disk I/O error")


def fault(folder: Path) -> str:
    """Return what is wrong with a folder's vectors; empty if nothing is."""
    settings = chromadb.config.Settings(anonymized_telemetry=False)
    client = chromadb.PersistentClient(str(folder), settings=settings)
    try:
        collection = client.get_collection(COLLECTION, embedding_function=None)
    except NotFoundError:
        return ""
    ids = collection.get(include=[])["ids"]
    if len(ids) != collection.count():
        return "the number of vectors is not that of their ids"
    if not ids:
        return ""
    sample = ids[:: max(1, len(ids) // _SAMPLE)]
    vectors = np.array(collection.get(ids=sample, include=["embeddings"])["embeddings"])
    if len(vectors) != len(sample) or not np.allclose((vectors**2).sum(1), 1.0, atol=_SAME):
        return "vectors are missing or have another length than 1"
    walk = min(len(ids), _WALK)
    collection.query(query_embeddings=vectors[:1], n_results=walk, include=["distances"])
    nearest = collection.query(query_embeddings=vectors, n_results=1, include=["distances"])
    missed = sum(not found or found[0] > _SAME for found in nearest["distances"] or [])
    return "searches miss most vectors" if 2 * missed > len(sample) else ""


def main() -> None:
    """Probe the folder that the command line names, in as many seconds of the processor."""
    seconds = int(sys.argv[2])
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    least = seconds if most == resource.RLIM_INFINITY else min(seconds, most)
    resource.setrlimit(resource.RLIMIT_CPU, (least, most))
    try:
        found = fault(Path(sys.argv[1]))
    except BaseException as error:  # noqa: BLE001 - Chroma's panics are no Exception
        found = str(error)
        if any(told in found for told in _NO_ROOM):
            sys.stdout.write(found)
            sys.exit(NOT_WRITABLE)
    if found:
        sys.stdout.write(found)
        sys.exit(DAMAGED)


if __name__ == "__main__":
    main()
