"""Fits the head that tells what a message wants: an answer, the catalogue, a summary, or talk.

    python -m training.intents

A multinomial logistic regression over the question's vector. It is fitted on the questions of
train/stories, some of other training sets, and `intents.json`: examples by intent, whose slots are
filled with the topics of `topics.json` and with people and outlets of train/stories. A third of the
examples is held out in turn for the figures that are printed; the weights, written to
qa/models/intents.npz, come from all of them. Set OMP_NUM_THREADS=1: several threads only wait for
each other here.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa.lexicon import MONTHS, WEEKDAYS
from qa.models.encoder import Encoder
from qa.models.intents import FRAMES
from qa.text import terms

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "qa" / "models" / "intents.npz"
_FILLINGS = 8
_FOLDS = 3
_BATCH = 64
_STRENGTH = 20.0
# The weight of a plain question: there are many more of them than of anything else.
_ASKED = 0.35
_ELSEWHERE = {"squad": 1500, "shifts-wiki": 600, "qamr": 500}
_SLOT = re.compile(r"\{(\w+)\}")
# What these sets answer with a few words is told as a story here.
_WHAT_HAPPENED = re.compile(r"^what (?:has |had )?happen|^what became\b", re.IGNORECASE)
_PERSON = re.compile(r"(?<=[a-z,] )[A-Z][a-zà-ÿ]+ [A-Z][a-zà-ÿ]+\b")

if TYPE_CHECKING:
    from numpy.typing import NDArray

Slots = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Example:
    """A question, what it wants, and the number of the fold that holds it out."""

    text: str
    intent: str
    fold: int


def main() -> None:
    """Print what is held out and how it was told, then write the weights."""
    parser = argparse.ArgumentParser(description="Fit the head that tells intents.")
    parser.add_argument("--vectors", type=Path, help="keep vectors in this .npz for the next run")
    arguments = parser.parse_args()
    datasets = Path(os.environ["QA_DATASETS"])
    packs = [
        json.loads(line)
        for line in (datasets / "train/stories/packs.jsonl").read_text("utf-8").splitlines()
    ]
    written = json.loads((HERE / "intents.json").read_text("utf-8"))
    chance = random.Random(5)  # noqa: S311 - no secret
    examples = [
        *_filled(written, slot_fillings(packs, chance), chance),
        *_asked(packs),
        *_asked_elsewhere(datasets, chance),
    ]
    encoder = Encoder()
    vectors = encoded(encoder, [example.text for example in examples], arguments.vectors)
    weights = np.array([_ASKED if e.intent == "question" else 1.0 for e in examples])
    told = np.array([example.intent for example in examples])
    fold = np.array([example.fold for example in examples])
    guessed = np.empty_like(told)
    for held in range(_FOLDS):
        kept = fold != held
        fitted = fit(vectors[kept], told[kept], weights[kept])
        guessed[~kept] = fitted.predict(vectors[~kept])
    report(told, guessed)
    fitted = fit(vectors, told, weights)
    frames: dict[str, Any] = {
        f"frame_{name}": np.array(sorted(_frame(written, name))) for name in FRAMES
    }
    np.savez(
        OUT,
        weights=fitted.coef_.astype(np.float16),
        bias=fitted.intercept_.astype(np.float32),
        intents=np.array(list(fitted.classes_)),
        encoder=np.array(encoder.fingerprint),
        **frames,
    )
    print(f"{len(examples)} examples; {OUT.name}: {OUT.stat().st_size:,} bytes")


def fit(
    vectors: NDArray[np.float32], told: NDArray[np.str_], weights: NDArray[np.float64]
) -> LogisticRegression:
    """Return the regression of these vectors."""
    fitted = LogisticRegression(C=_STRENGTH, max_iter=400)
    return fitted.fit(vectors, told, sample_weight=weights)


def encoded(encoder: Encoder, texts: Sequence[str], kept: Path | None) -> NDArray[np.float32]:
    """Return the vectors of texts; those made before are taken from the file `kept`."""
    known: dict[str, NDArray[np.float32]] = {}
    if kept and kept.is_file():
        with np.load(kept) as file:
            known = dict(zip(file["texts"].tolist(), file["vectors"], strict=True))
    missing = sorted({text for text in texts if text not in known}, key=len)
    for at in range(0, len(missing), _BATCH):
        batch = missing[at : at + _BATCH]
        known |= dict(zip(batch, encoder.encode(batch), strict=True))
    if kept:
        np.savez(kept, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[text] for text in texts])


def report(told: NDArray[np.str_], guessed: NDArray[np.str_]) -> None:
    """Print for each kind how often it was told, and what it was taken for."""
    for intent in sorted(set(told)):
        right = int(np.sum((told == intent) & (guessed == intent)))
        n, claimed = int(np.sum(told == intent)), int(np.sum(guessed == intent))
        confused = Counter(guessed[(told == intent) & (guessed != intent)]).most_common(2)
        others = ", ".join(f"{name} {count}" for name, count in confused)
        print(
            f"{intent:20} n {n:5}  recall {right / n:.2f}"
            f"  precision {right / max(claimed, 1):.2f}  {others}"
        )
    print(f"right in all: {np.mean(told == guessed):.3f}")


def _filled(
    written: Mapping[str, Sequence[str]], slots: Slots, chance: random.Random
) -> Iterator[Example]:
    """Yield the examples with their slots filled, some as typed in haste."""
    for intent, examples in written.items():
        for at, example in enumerate(examples):
            for filling in range(_FILLINGS if "{" in example else 2):
                text = _SLOT.sub(lambda m: chance.choice(slots[m[1].rstrip("2")]), example)
                hasty = filling % 2 == 1
                yield Example(text.lower().rstrip("?!.") if hasty else text, intent, at % _FOLDS)


def _asked(packs: Sequence[Mapping[str, object]]) -> Iterator[Example]:
    """Yield the questions of train/stories, all of which want an answer from the articles."""
    for at, pack in enumerate(packs):
        for question in pack["questions"]:  # type: ignore[attr-defined] # JSON
            if not _WHAT_HAPPENED.search(question["question"]):
                yield Example(question["question"], "question", at % _FOLDS)


def _asked_elsewhere(datasets: Path, chance: random.Random) -> Iterator[Example]:
    """Yield questions about other texts than news, all of which want an answer, too."""
    for name, count in _ELSEWHERE.items():
        lines = (datasets / "train" / f"{name}.questions.jsonl").read_text("utf-8").splitlines()
        for at, line in enumerate(chance.sample(lines, count)):
            asked = " ".join(json.loads(line)["question"].split())
            if not _WHAT_HAPPENED.search(asked):
                yield Example(asked, "question", at % _FOLDS)


def slot_fillings(packs: Sequence[Mapping[str, object]], chance: random.Random) -> Slots:
    """Return what may stand in each slot."""
    articles = [a for pack in packs for a in pack["articles"]]  # type: ignore[attr-defined] # JSON
    people = {name for a in articles for name in _PERSON.findall(a["text"])}
    dates = [f"{day} {month}" for day in (1, 9, 17, 30) for month in MONTHS]
    dates += [*MONTHS, *WEEKDAYS, "last week", "yesterday", "last month", "2024", "this year"]
    topics, names = json.loads((HERE / "topics.json").read_text("utf-8")), sorted(people)
    return {
        "topic": [*topics, *chance.sample(names, len(topics) // 2)],
        "person": names,
        "outlet": sorted({a["source"] for a in articles}),
        "date": dates,
    }


def _frame(written: Mapping[str, Sequence[str]], name: str) -> set[str]:
    """Return the stems of the words that the examples of some intents have outside of slots."""
    return {
        word
        for intent in FRAMES[name]
        for example in written[intent]
        for word in terms(_SLOT.sub(" ", example))
    }


if __name__ == "__main__":
    main()
