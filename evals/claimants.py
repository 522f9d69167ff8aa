"""Measures whether the speaker of a report is named, on reports that people marked in news.

    python -m evals.claimants

For each report of dev/claimants an answer of two words is drawn from what is said, as the reader
might find it there; asked is who says so. Printed are, by the speaker's token F1: the mean over all
reports, how many speakers are named, and the mean over these. And for one sentence for each report,
in which nobody marked a report nearby, the share for which nobody is named: reports that were not
marked are among them, so it is a lower bound.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from qa.answering.reported_speech import claimant
from qa.evaluation.metrics.answers import token_f1
from qa.text import Span, sentence_spans

_WORD = re.compile(r"\w+")
_ANSWER_WORDS = 2


@dataclass(frozen=True, slots=True)
class Case:
    """An answer in its sentence, and who says it; empty where the article does."""

    text: str
    sentence: Span
    answer: Span
    speaker: str


def cases(rows: Sequence[dict[str, Any]], rng: random.Random) -> Iterator[Case]:
    """Yield the reports, and the sentences that are none.

    Args:
        rows: of dev/claimants: `text`, and the spans `claim` and `source`.
        rng: draws answers and sentences.
    """
    for row in rows:
        text, said, speaker = row["text"], row["claim"], row["source"]
        spans = sentence_spans(text)
        sentence = next(span for span in spans if span[0] <= said["start"] < span[1])
        told = (said["start"], min(said["end"], sentence[1]))
        yield Case(text, sentence, _answer(text, told, rng), speaker["text"])
        first = min(said["start"], speaker["start"])
        last = max(said["end"], speaker["end"])
        if others := [span for span in spans if span[1] <= first or last <= span[0]]:
            other = rng.choice(others)
            if _WORD.search(text, *other):
                yield Case(text, other, _answer(text, other, rng), "")


def _answer(text: str, span: Span, rng: random.Random) -> Span:
    words = list(_WORD.finditer(text, *span))
    first = rng.randrange(max(1, len(words) - _ANSWER_WORDS + 1))
    return words[first].start(), words[first : first + _ANSWER_WORDS][-1].end()


def main() -> None:
    """Measure and print."""
    path = Path(os.environ["QA_DATASETS"]) / "dev" / "claimants" / "polnear.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    named, unnamed = [], []
    for case in cases(rows, random.Random(0)):  # noqa: S311 -- no secret depends on it
        found = claimant(case.text, case.sentence, case.answer)
        name = case.text[slice(*found)] if found else ""
        if case.speaker:
            named.append((bool(name), token_f1(name, [case.speaker])))
        else:
            unnamed.append(not name)
    right = [f1 for given, f1 in named if given]
    print(f"reports           {len(named):5}  F1 {fmean(f1 for _, f1 in named):.3f}")
    print(f"  speaker named   {len(right):5}  F1 {fmean(right):.3f}")
    print(f"other sentences   {len(unnamed):5}  nobody named {fmean(unnamed):.3f}")


if __name__ == "__main__":
    main()
