"""How much of a query texts have: its words or similar ones, and its pairs of neighbours."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from qa.models.threads import one_blas_thread
from qa.text import STOP_WORDS, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Words = Sequence[str]
WordVectors = Callable[[Sequence[str]], "NDArray[np.float32] | None"]
"""Words -> one unit vector each, zeros for an unknown word; None if there are none."""

# The most words of a query that are looked for; no question has as many.
_MAX_WORDS = 64
# Words whose stems can be equal have this many first letters in common.
_PREFIX = 2


def idf(
    query_terms: Sequence[str], frequencies: Mapping[str, int], passages: int
) -> dict[str, float]:
    """Return term -> inverse document frequency, log(1 + N / (1 + df)) / log(1 + N), in (0, 1].

    Args:
        query_terms: as `qa.text.terms` gives them.
        frequencies: term -> number of passages that hold it (df).
        passages: how many there are (N).
    """
    total = max(passages, 1)
    return {
        term: math.log1p(total / (1 + frequencies.get(term, 0))) / math.log1p(total)
        for term in query_terms
    }


def term_overlap(
    query: Words, texts: Sequence[Words], weights: Mapping[str, float], vectors: WordVectors
) -> list[float]:
    """Return, for each text, the weighted share of the query's words that it has.

    A word counts fully if the text has its stem, and otherwise by the cosine of its vector with
    that of the most similar word of the text. Stop words do not count.

    Source: Kusner et al., "From word embeddings to document distances", 2015, for the relaxed
    matching of words.

    Args:
        query: the query's words, as `qa.text.words` gives them.
        texts: the words of each text.
        weights: stem -> weight, above zero; other words do not count.
        vectors: of words.
    """
    import numpy as np

    wanted = [
        word for word in dict.fromkeys(query) if word not in STOP_WORDS and _stem(word) in weights
    ][:_MAX_WORDS]
    held = [list(dict.fromkeys(word for word in text if word not in STOP_WORDS)) for text in texts]
    if not wanted or not any(held):
        return [0.0] * len(texts)
    vocabulary = list(dict.fromkeys(itertools.chain.from_iterable(held)))
    similarity = _similarity(wanted, vocabulary, vectors)
    column = {word: number for number, word in enumerate(vocabulary)}
    word_weights = np.array([weights[_stem(word)] for word in wanted])
    best = [similarity[:, [column[word] for word in own]].max(axis=1, initial=0.0) for own in held]
    return [float(word_weights @ found / word_weights.sum()) for found in best]


def stem_overlap(query: Words, text: Words, weights: Mapping[str, float]) -> float:
    """Return the weighted share of the query's stems that a text has.

    Args:
        query: stems in the text's language, as `qa.text.terms` gives them.
        text: the same of the text.
        weights: stem -> weight; others have none.
    """
    held, wanted = set(text), dict.fromkeys(query)
    total = sum(weights.get(stem, 0.0) for stem in wanted)
    return sum(weights.get(stem, 0.0) for stem in wanted if stem in held) / (total or 1.0)


def bigram_overlap(query: Words, texts: Sequence[Words]) -> list[float]:
    """Return, for each text, the share of the query's pairs of neighbouring words that it has.

    A pair of two stop words does not count.
    """
    wanted = [pair for pair in itertools.pairwise(query) if not STOP_WORDS.issuperset(pair)]
    if not wanted:
        return [0.0] * len(texts)
    found = (set(itertools.pairwise(text)) for text in texts)
    return [sum(pair in pairs for pair in wanted) / len(wanted) for pairs in found]


def _similarity(
    wanted: Sequence[str], vocabulary: Sequence[str], vectors: WordVectors
) -> NDArray[np.float32]:
    """Return the similarity of words, from 0 to 1, shape (wanted, vocabulary)."""
    import numpy as np

    # Stemming a thousand words would take longer than everything else.
    prefixes = {word[:_PREFIX] for word in wanted}
    stems: dict[str, list[int]] = {}
    for number, word in enumerate(vocabulary):
        if word[:_PREFIX] in prefixes:
            stems.setdefault(_stem(word), []).append(number)
    made = vectors([*wanted, *vocabulary])
    if made is None:
        similarity = np.zeros((len(wanted), len(vocabulary)), dtype=np.float32)
    else:
        with one_blas_thread():
            similarity = np.clip(made[: len(wanted)] @ made[len(wanted) :].T, 0.0, 1.0)
    for row, word in enumerate(wanted):
        similarity[row, stems.get(_stem(word), [])] = 1.0
    return similarity


@functools.lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return next(iter(terms(word)), word)
