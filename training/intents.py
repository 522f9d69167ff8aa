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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.lexicon import MONTHS, WEEKDAYS
from qa.models.encoder import Encoder
from qa.models.intents import FRAMES
from qa.text import terms
from training.heads import (
    FOLDS,
    HERE,
    SLOT,
    Example,
    Slots,
    encoded,
    filled,
    fit,
    questions_of,
    save,
)

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

_FILLINGS = 16
# The weight of a plain question, of which there are many more than of anything else, and of small
# talk, whose examples have no slots to be filled so often.
_ASKED, _TALKED = 0.7, 2.0
_ELSEWHERE = {"squad": 1500, "shifts-wiki": 600, "qamr": 500}
# What these sets answer with a few words is told as a story here.
_WHAT_HAPPENED = re.compile(r"^what (?:has |had )?happen|^what became\b", re.IGNORECASE)
_PERSON = re.compile(r"(?<=[a-z,] )[A-Z][a-zà-ÿ]+ [A-Z][a-zà-ÿ]+\b")


def main() -> None:
    """Print what is held out and how it was told, then write the weights."""
    parser = argparse.ArgumentParser(description="Fit the head that tells intents.")
    parser.add_argument("--vectors", type=Path, help="keep vectors in this .npz for the next run")
    parser.add_argument("--earlier", type=Path, help="average with the weights of this .npz")
    arguments = parser.parse_args()
    datasets = Path(os.environ["QA_DATASETS"])
    packs = [
        json.loads(line)
        for line in (datasets / "train/stories/packs.jsonl").read_text("utf-8").splitlines()
    ]
    written = json.loads((HERE / "intents.json").read_text("utf-8"))
    chance = random.Random(5)  # noqa: S311 - no secret
    examples = [
        *filled(written, slot_fillings(packs, chance), _FILLINGS, chance),
        *_asked(packs),
        *_asked_elsewhere(datasets, chance),
    ]
    encoder = Encoder()
    vectors = encoded(encoder, [example.text for example in examples], arguments.vectors)
    weights = [weight(example) for example in examples]
    fitted = fit(examples, vectors, weights)
    if arguments.earlier:
        _average(fitted, arguments.earlier)
    frames: dict[str, Any] = {
        f"frame_{name}": np.array(sorted(_frame(written, name))) for name in FRAMES
    }
    save("intents.npz", fitted, encoder, intents=np.array(list(fitted.classes_)), **frames)


def _average(fitted: LogisticRegression, earlier: Path) -> None:
    """Average a regression with an earlier one of the same intents.

    Which topics happen to fill which example tells on messages between two intents; it does less
    in the mean of two fits.
    """
    with np.load(earlier) as held:
        if list(held["intents"]) != list(fitted.classes_):
            raise ValueError(f"{earlier} was fitted for other intents")
        fitted.coef_ = (fitted.coef_ + held["weights"].astype(np.float32)) / 2
        fitted.intercept_ = (fitted.intercept_ + held["bias"]) / 2


def weight(example: Example) -> float:
    """Return how much an example counts."""
    if example.kind == "question":
        return _ASKED
    return _TALKED if example.kind.startswith("talk") else 1.0


def _asked(packs: Sequence[Mapping[str, object]]) -> Iterator[Example]:
    """Yield the questions of train/stories, all of which want an answer from the articles."""
    for at, pack in enumerate(packs):
        for question in pack["questions"]:  # type: ignore[attr-defined] # JSON
            if not _WHAT_HAPPENED.search(question["question"]):
                yield Example(question["question"], "question", at % FOLDS)


def _asked_elsewhere(datasets: Path, chance: random.Random) -> Iterator[Example]:
    """Yield questions about other texts than news, all of which want an answer, too."""
    for at, asked in questions_of(datasets, _ELSEWHERE, chance):
        if not _WHAT_HAPPENED.search(asked):
            yield Example(asked, "question", at % FOLDS)


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
        for word in terms(SLOT.sub(" ", example))
    }


if __name__ == "__main__":
    main()
