"""Measures how well the check of a chat model's sentences tells supported from unsupported ones.

    python -m evals.support

Sets of dev/ with people's judgement, none of which teaches: sentences that language models wrote
over given passages (`support/`), claims about invented news (`stories/`), and recorded answers to
the product's own prompts (`newsroom/model-answers.jsonl`, sentence by sentence, true ones against
those with one thing made wrong). Printed for each: the area under the ROC curve, the share of
supported sentences that is kept where 15 and 10 % of the unsupported ones come through, and both
shares as `qa.verify` finds, and as an answer shows them. Thresholds for the former are chosen on
one half of the passages and applied to the other half, and the reverse.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from qa import verify
from qa.answering.grounding import is_shown

_THROUGH = (0.15, 0.10)
_MARKERS = re.compile(r"\s*\[\d+\](?:\[\d+\])*")
_SENTENCE_END = re.compile(
    r"(?<=[.!?])\s+(?=[A-Z“\"'‘(\d])|(?<=[.!?][\"”’)])\s+(?=[A-Z“\"'‘(\d])|\n+"
)
_LATE_MARKERS = re.compile(r"([.!?][\"”’)]*)((?:\s*\[\d+\])+)")


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, the texts that it cites, and whether people found that these support it."""

    set: str
    sentence: str
    texts: tuple[str, ...]
    supported: bool

    @property
    def half(self) -> int:
        """0 or 1, by the first text."""
        return zlib.crc32(self.texts[0].encode()) & 1


@dataclass(frozen=True, slots=True)
class Scored:
    """A case and what the check said."""

    case: Case
    probability: float
    kept: bool
    shown: bool = False


def cases(dev: Path) -> Iterator[Case]:
    """Yield the cases of all sets."""
    for path in sorted((dev / "support").glob("*.jsonl")):
        for row in _rows(path):
            texts = tuple(
                f"{p['title']}\n{p['text']}" if p["title"] else p["text"] for p in row["passages"]
            )
            yield Case(path.stem, row["sentence"], texts, row["supported"])
    for row in _rows(dev / "stories" / "packs.jsonl"):
        texts = tuple(_titled(a) for a in row["articles"])
        for claim in row["claims"]:
            yield Case("stories", claim["claim"], texts, claim["label"] == "supported")
    yield from _recorded(dev / "newsroom" / "model-answers.jsonl")


def _recorded(path: Path) -> Iterator[Case]:
    for row in _rows(path):
        texts = tuple(_titled(passage) for passage in row["passages"])
        if row["answer"].strip() != "NO ANSWER":
            for sentence in sentences(row["answer"]):
                yield Case("model-answers", sentence, texts, supported=True)
            if row.get("changed"):
                changed = _MARKERS.sub("", row["changed"]).strip()
                yield Case("model-answers", changed, texts, supported=False)


def _titled(article: dict[str, str]) -> str:
    return f"{article['title']}\n{article['source']}, {article['published']}\n{article['text']}"


def sentences(answer: str) -> list[str]:
    """Return the sentences of a recorded answer of at least three words, without their markers."""
    moved = _LATE_MARKERS.sub(lambda match: match[2].rstrip() + match[1], answer)
    found = (_MARKERS.sub("", part).strip() for part in _SENTENCE_END.split(moved))
    return [sentence for sentence in found if len(sentence.split()) > 2]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def auroc(scored: Sequence[Scored]) -> float:
    """Return the area under the ROC curve; NaN if one of the two kinds is absent."""
    truth = [one.case.supported for one in scored]
    if len(set(truth)) < 2:
        return float("nan")
    return float(roc_auc_score(truth, [one.probability for one in scored]))


def threshold(scored: Sequence[Scored], through: float) -> float:
    """Return the lowest threshold at which at most a share of the unsupported comes through."""
    wrong = sorted((one.probability for one in scored if not one.case.supported), reverse=True)
    allowed = int(through * len(wrong))
    return wrong[allowed] if allowed < len(wrong) else 0.0


def shares(
    scored: Sequence[Scored], kept_by: Callable[[Scored], bool] = lambda one: one.kept
) -> tuple[float, float]:
    """Return the shares of supported and of unsupported cases that are kept."""
    kept: dict[bool, list[bool]] = {True: [], False: []}
    for one in scored:
        kept[one.case.supported].append(kept_by(one))
    means = [np.mean(values) if values else np.nan for values in (kept[True], kept[False])]
    return float(means[0]), float(means[1])


def crossed(scored: Sequence[Scored], through: float) -> tuple[float, float]:
    """Return both shares, each half judged at the threshold that the other half chose."""
    halves = [[one for one in scored if one.case.half == half] for half in (0, 1)]
    pairs = ((halves[0], halves[1]), (halves[1], halves[0]))
    decided = [
        Scored(one.case, one.probability, one.probability > at)
        for chosen, judged in pairs
        for at in [threshold(chosen, through)]
        for one in judged
    ]
    return shares(decided)


def report(name: str, scored: Sequence[Scored]) -> str:
    """Return a line of the table."""
    at = " ".join("{:.2f}/{:.2f}".format(*crossed(scored, t)) for t in _THROUGH)
    found, shown = (
        "{:.2f}/{:.2f}".format(*shares(scored, how))
        for how in (lambda one: one.kept, lambda one: one.shown)
    )
    return f"{name:16}{len(scored):6}{auroc(scored):7.3f}   {at}   {found}   {shown}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=int, default=1, help="take every so many cases")
    parser.add_argument("--out", type=Path, help="write every case with its probability")
    arguments = parser.parse_args()
    started = time.process_time()
    found = list(cases(Path(os.environ["QA_DATASETS"]) / "dev"))[:: arguments.limit]
    verdicts = [verify(case.sentence, case.texts) for case in found]
    scored = [
        Scored(case, verdict.probability, verdict.supported, is_shown(verdict))
        for case, verdict in zip(found, verdicts, strict=True)
    ]
    seconds = time.process_time() - started
    print("                 cases  AUROC  kept/through at .15, at .10, as verified, as shown")
    names = dict.fromkeys(one.case.set for one in scored)
    for name in names:
        print(report(name, [one for one in scored if one.case.set == name]))
    apart = {"stories", "model-answers"}
    print(report("dev/support", [one for one in scored if one.case.set not in apart]))
    print(f"{1000 * seconds / len(scored):.1f} ms of processor time a sentence")
    if arguments.out:
        with arguments.out.open("w", encoding="utf-8") as lines:
            for one in scored:
                row = {
                    "set": one.case.set,
                    "sentence": one.case.sentence,
                    "supported": one.case.supported,
                    "probability": one.probability,
                    "kept": one.kept,
                    "shown": one.shown,
                }
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
