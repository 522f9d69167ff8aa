"""How much of a query's wording texts have: its words, or words like them, and its pairs of neighbouring words."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from qa.text import STOP_WORDS, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Words = Sequence[str]
Vectors = Callable[[Sequence[str]], "NDArray[np.float32] | None"]
"""Words -> a unit vector for each, or zeros for one that is unknown; None where there are no vectors of words."""

# So many words of a query are looked for; no question has as many.
_MOST = 64
_OPENING = 2


def shares(query: Words, texts: Sequence[Words], rarity: Mapping[str, float], vectors: Vectors) -> list[float]:
    """Return, for each text, the share of the query's words that it has.

    A word counts as much as it is rare, and wholly where the text has its stem; else as much as the text has a word
    like it, by the cosine of both words' vectors. Stop words do not count.

    Source: Kusner et al., "From word embeddings to document distances", 2015, for the relaxed match of words.

    Args:
        query: the words of what is asked, as `qa.text.words` gives them.
        texts: the words of each text.
        rarity: stem -> how rare it is, above zero.
        vectors: of words.
    """
    import numpy as np

    asked = [word for word in dict.fromkeys(query) if word not in STOP_WORDS and _stem(word) in rarity][:_MOST]
    held = [list(dict.fromkeys(word for word in text if word not in STOP_WORDS)) for text in texts]
    if not asked or not any(held):
        return [0.0] * len(texts)
    vocabulary = list(dict.fromkeys(itertools.chain.from_iterable(held)))
    alike = _alike(asked, vocabulary, vectors)
    places = {word: place for place, word in enumerate(vocabulary)}
    weights = np.array([rarity[_stem(word)] for word in asked])
    best = [alike[:, [places[word] for word in own]].max(axis=1, initial=0.0) for own in held]
    return [float(weights @ found / weights.sum()) for found in best]


def phrases(query: Words, texts: Sequence[Words]) -> list[float]:
    """Return, for each text, the share of the query's pairs of neighbouring words that stand side by side there too.

    A pair of two stop words does not count.
    """
    asked = [pair for pair in itertools.pairwise(query) if not STOP_WORDS.issuperset(pair)]
    if not asked:
        return [0.0] * len(texts)
    found = (set(itertools.pairwise(text)) for text in texts)
    return [sum(pair in pairs for pair in asked) / len(asked) for pairs in found]


def _alike(asked: Sequence[str], vocabulary: Sequence[str], vectors: Vectors) -> NDArray[np.float32]:
    """Return how alike the words are, from 0 to 1, shape (asked, vocabulary)."""
    import numpy as np

    # A stem begins as its word does, and stemming a thousand words takes longer than all else.
    openings = {word[:_OPENING] for word in asked}
    stems: dict[str, list[int]] = {}
    for place, word in enumerate(vocabulary):
        if word[:_OPENING] in openings:
            stems.setdefault(_stem(word), []).append(place)
    made = vectors([*asked, *vocabulary])
    if made is None:
        alike = np.zeros((len(asked), len(vocabulary)), dtype=np.float32)
    else:
        alike = np.clip(made[: len(asked)] @ made[len(asked) :].T, 0.0, 1.0)
    for row, word in enumerate(asked):
        alike[row, stems.get(_stem(word), [])] = 1.0
    return alike


@functools.lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return next(iter(terms(word)), word)
