"""Folds reprints: of passages that say the same in almost the same words, the best stays and lists the others.

Two passages are reprints of each other where most of their runs of three words are common (Broder, "On the resemblance
and containment of documents", 1997) and where they have the same numbers and the same negations: an agency's story with
another toll, or with its claim denied, is another account and stays beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.text import words
from qa.types import Passage

_RUN = 3
# Share of common runs from which on two passages are reprints. One word changed in a passage of 100 changes three runs.
_SAME = 0.7
# As `qa.text.words` gives them.
_FACTS = frozenset(
    "no not never none nobody nothing neither nor without cannot cant couldnt didnt doesnt dont hadnt hasnt havent "
    "isnt arent shouldnt wasnt werent wont wouldnt one two three four five six seven eight nine ten eleven twelve "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty "
    "ninety hundred thousand million billion dozen half".split()
)


@dataclass(frozen=True, slots=True)
class _Print:
    """What of a passage is compared."""

    runs: frozenset[tuple[str, ...]]
    facts: Counter[str]

    def is_reprint(self, other: _Print, common: int) -> bool:
        """Tell whether two passages with so many common runs say the same."""
        return common >= _SAME * (len(self.runs) + len(other.runs) - common) and self.facts == other.facts


def fold(scored: Iterable[tuple[Passage, float]], k: int) -> list[tuple[Passage, float, tuple[Passage, ...]]]:
    """Return the k best passages, each with its reprints in other articles, best first.

    Args:
        scored: passages with their scores, best first.
        k: how many to keep.
    """
    kept: list[tuple[Passage, float, list[Passage]]] = []
    prints: list[_Print] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for passage, score in scored:
        made = _print(passage.text)
        common = Counter(i for run in made.runs for i in holders.get(run, ()))
        twin = next((i for i, n in common.most_common() if prints[i].is_reprint(made, n)), None)
        if twin is not None and _is_elsewhere(passage, [kept[twin][0], *kept[twin][2]]):
            kept[twin][2].append(passage)
        elif len(kept) < k:
            for run in made.runs:
                holders.setdefault(run, []).append(len(kept))
            kept.append((passage, score, []))
            prints.append(made)
    return [(passage, score, tuple(also)) for passage, score, also in kept]


def _is_elsewhere(passage: Passage, others: Sequence[Passage]) -> bool:
    return all(passage.article_id != other.article_id for other in others)


def _print(text: str) -> _Print:
    tokens = words(text)
    runs = frozenset(tuple(tokens[i : i + _RUN]) for i in range(max(1, len(tokens) - _RUN + 1)))
    return _Print(runs, Counter(t for t in tokens if t in _FACTS or any(map(str.isdigit, t))))
