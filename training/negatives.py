"""Hard negatives: texts and questions that look as if they matched, but do not."""

from __future__ import annotations

import random
import re
import sqlite3
from dataclasses import replace
from itertools import pairwise

from qa.text import sentence_spans
from training.perturb import perturb
from training.sources import Context, Example, Source

# A negative is drawn from this many of the most similar texts.
_BEST = 3


class Negatives:
    """Makes unanswerable examples from the answerable ones of a source."""

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
        """Return an unanswerable example, or None if none can be made.

        Args:
            kind: `neighbour`, the text beside it in its article; `bm25`, the best other match;
                `perturbed`, a changed question; `cut`, the text without the sentence that answers.
            example: must have an answer.
            rng: draws among the candidates.
        """
        if not example.answers:
            return None
        if kind == "perturbed":
            return self._perturbed(example, rng)
        if kind == "cut":
            return _cut(example)
        if kind == "neighbour":
            beside = self._beside[example.context.id]
            found = rng.sample(beside, len(beside))
        else:
            found = self._matches(example)
        lacking = [context for context in found if not holds_answer(context.text, example)]
        return Example(example.question, rng.choice(lacking[:_BEST]), ()) if lacking else None

    def _matches(self, example: Example) -> list[Context]:
        """Return the other contexts that BM25 ranks highest for the question."""
        wanted = " OR ".join(
            f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", example.question.lower()))
        )
        if not wanted:
            return []
        rows = self._index().execute(
            "select rowid from t where t match ? order by bm25(t), rowid limit 6", (wanted,)
        )
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
        # If the article is unknown, any other text serves.
        beside = self._beside[example.context.id] or [rng.choice(self._contexts)]
        far = [other.text for other in beside if other.id != example.context.id]
        changed = perturb(example.question, near, far, rng)
        return None if changed is None else replace(example, question=changed, answers=())


def _cut(example: Example) -> Example | None:
    """Return the example without the sentences that answer; None if the rest still may."""
    text, kept = example.context.text, []
    for start, end in sentence_spans(text):
        if all(last <= start or end <= first for first, last in example.answers):
            kept.append(text[start:end])
    rest = " ".join(kept)
    if not rest or holds_answer(rest, example):
        return None
    return replace(example, context=replace(example.context, text=rest), answers=())


def holds_answer(text: str, example: Example) -> bool:
    """Return whether a text contains one of an example's answers, ignoring case."""
    folded = text.casefold()
    return any(
        example.context.text[start:end].strip().casefold() in folded
        for start, end in example.answers
    )
