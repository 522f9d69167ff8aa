"""Finds where the parts of an index disagree: articles, passages, words, facets, vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.index.store import Store
from qa.protocols import Encoder, VectorStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_KINDS = {
    "journal": "vectors left by an interrupted write",
    "article": "articles that do not fit their fingerprint or their passages",
    "orphan": "passages of no article",
    "words": "passages whose words are missing, or words of no passage",
    "facets": "articles that filters would not find, or would find wrongly",
    "missing": "passages without a vector",
    "stray": "vectors of no passage",
    "vector": "vectors that cannot be read, are not of this encoder, or that no search finds",
    "generation": "generation of the vectors that is not that of the articles",
}
_SHOWN = 3
_BATCH = 500
# This many vectors, spread over the index, are each searched for.
_SAMPLE = 50
# Cosine similarity of a vector with itself, within 32-bit rounding.
_SAME = 0.999


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem, and the names of everything that has it."""

    kind: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        """Return it in words, with the first few names."""
        more = ", ..." if len(self.names) > _SHOWN else ""
        return f"{len(self.names):,} {_KINDS[self.kind]}: {', '.join(self.names[:_SHOWN])}{more}"


def check(store: Store, vectors: VectorStore, encoder: Encoder) -> list[Problem]:
    """Return everything that is wrong; empty for a sound index. Nobody may write meanwhile.

    Raises:
        QAError: the file of articles itself is damaged, so that nothing can be mended.
    """
    found = store.inconsistencies()
    with store.read() as read:
        found["journal"], keys = read.unfinished(), read.keys()
        expected = (read.manifest["generation"], read.manifest.get("next"))
    try:
        there = set(vectors.keys())
    except QAError:
        found["vector"] = keys
    else:
        generation = vectors.generation()
        found["missing"] = [key for key in keys if key not in there]
        found["stray"] = sorted(there.difference(keys, found["journal"]))
        found["vector"] = _unusable(vectors, encoder, [key for key in keys if key in there])
        if keys and generation not in expected:
            found["generation"] = [generation or "none"]
    return [Problem(kind, tuple(found[kind])) for kind in _KINDS if found.get(kind)]


def _unusable(vectors: VectorStore, encoder: Encoder, keys: Sequence[str]) -> list[str]:
    """Return the keys whose vectors do not have the encoder's dimension and unit length.

    All keys, if the vectors cannot be read or a search misses most of a sample: then Chroma's files
    are broken. Missing a few is no fault, since the search is approximate.
    """
    if not keys:
        return []
    bad = list[str]()
    dimension = len(encoder.encode(["dimension"])[0])
    sample = keys[:: max(1, len(keys) // _SAMPLE)]
    try:
        missed = sum(_is_missed(vectors, vector) for vector in vectors.get(sample).values())
        if 2 * missed > len(sample):
            return list(keys)
        for i in range(0, len(keys), _BATCH):
            part = keys[i : i + _BATCH]
            read = vectors.get(part)
            bad += [key for key in part if key not in read or not _is_unit(read[key], dimension)]
    except QAError:
        return list(keys)
    return bad


def _is_unit(vector: NDArray[np.float32], dimension: int) -> bool:
    return len(vector) == dimension and abs(float(vector @ vector) - 1) < 1 - _SAME


def _is_missed(vectors: VectorStore, vector: NDArray[np.float32]) -> bool:
    nearest = vectors.nearest(vector, 1)
    return not nearest or nearest[0][1] < _SAME
