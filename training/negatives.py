"""Texts that look as if they answered a question and do not: the neighbour in the article, the best other match."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from training.perturb import perturb
from training.sources import Context, Example, Source

# Of the texts that look most like an answer, so many are drawn from.
_BEST = 3


class Negatives:
    """Makes unanswerable examples out of the answerable ones of a source."""

    def __init__(self, source: Source) -> None:
        self._contexts = source.contexts
        self._number = {context.id: number for number, context in enumerate(source.contexts)}
        self._beside: dict[str, list[Context]] = {context.id: [] for context in source.contexts}
        for before, after in pairwise(source.contexts):
            if before.article and before.article == after.article:
                self._beside[before.id].append(after)
                self._beside[after.id].append(before)
        self._table: sqlite3.Connection | None = None

    def make(self, kind: str, example: Example, rng: random.Random) -> Example | None:
        """Return an unanswerable example of a kind (`neighbour`, `bm25`, `perturbed`), or None where none fits."""
        if not example.answers:
            return None
        if kind == "perturbed":
            return self._perturbed(example, rng)
        found = self._neighbours(example, rng) if kind == "neighbour" else self._matches(example)
        lacking = [context for context in found if not holds_answer(context.text, example)]
        return Example(example.question, rng.choice(lacking[:_BEST]), ()) if lacking else None

    def _neighbours(self, example: Example, rng: random.Random) -> list[Context]:
        beside = self._beside[example.context.id]
        return rng.sample(beside, len(beside))

    def _matches(self, example: Example) -> list[Context]:
        """Return the other contexts that BM25 ranks highest for the question."""
        wanted = " OR ".join(f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", example.question.lower())))
        if not wanted:
            return []
        rows = self._index().execute("select rowid from t where t match ? order by bm25(t), rowid limit 6", (wanted,))
        found = [self._contexts[number] for (number,) in rows]
        return [context for context in found if context.id != example.context.id]

    def _index(self) -> sqlite3.Connection:
        if self._table is None:
            self._table = sqlite3.connect(":memory:")
            self._table.execute("create virtual table t using fts5(x, tokenize='porter unicode61')")
            rows = ((number, context.text) for number, context in enumerate(self._contexts))
            self._table.executemany("insert into t(rowid, x) values (?, ?)", rows)
        return self._table

    def _perturbed(self, example: Example, rng: random.Random) -> Example | None:
        near = example.context.text
        for start, end in sorted(example.answers, reverse=True):
            near = near[:start] + " " + near[end:]
        changed = perturb(example.question, near, self._far(example.context, rng), rng)
        return None if changed is None else replace(example, question=changed, answers=())

    def _far(self, context: Context, rng: random.Random) -> Sequence[str]:
        """Return texts beside a context; where its article is not known, any other of the source."""
        beside = self._beside[context.id] or [rng.choice(self._contexts)]
        return [other.text for other in beside if other.id != context.id]


def holds_answer(text: str, example: Example) -> bool:
    """Say whether a text contains one of an example's answers, whatever the case."""
    folded = text.casefold()
    return any(example.context.text[start:end].strip().casefold() in folded for start, end in example.answers)
