"""Fits the head that tells what a message does in a conversation: asks, goes on, asks who says so.

    python -m training.moves [--vectors FILE]

A multinomial logistic regression over the message's vector and how much it says. It is fitted on
the follow-ups of train/stories, complete questions of it and of other training sets, and
`moves.json`: examples by move, whose slots are filled from train/stories. A third of the examples
is held out in turn for the figures that are printed; the weights, written to qa/models/moves.npz,
come from all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa.models.encoder import Encoder
from qa.models.moves import ABOUT_ANSWER, surface
from qa.text import terms
from qa.understanding.followups.mentions import names
from training.conversations import cases
from training.heads import (
    FOLDS,
    HERE,
    SLOT,
    Example,
    Slots,
    encoded,
    filled,
    fit,
    hasty,
    questions_of,
    save,
)
from training.intents import slot_fillings
from training.sources import all_packs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FILLINGS = 6
_NAMELESS = 0.25
_ELSEWHERE = {"squad": 800, "shifts-wiki": 300, "qamr": 200}
# What somebody may say that a figure is.
_NUMBERS = (
    "two, three, seven, eleven, forty, 14, 38, 260, 1850, 6,000, 45 per cent, 3.5 per cent, £3m, "
    "$700,000, 2.6 million, a thousand, twenty people, 9 tonnes, 80 kilometres, at least five"
).split(", ")
_WEIGHTS = {"complete": 0.5, "followup": 0.7}


def main() -> None:
    """Print what is held out and how it was told, then write the weights."""
    parser = argparse.ArgumentParser(description="Fit the head that tells moves.")
    parser.add_argument("--vectors", type=Path, help="keep vectors in this .npz for the next run")
    arguments = parser.parse_args()
    taught = examples(Path(os.environ["QA_DATASETS"]))
    encoder = Encoder()
    vectors = features(encoder, [example.text for example in taught], arguments.vectors)
    fitted = fit(taught, vectors, list(map(weight, taught)))
    moves, frame = np.array(list(fitted.classes_)), np.array(sorted(_frame()))
    save("moves.npz", fitted, encoder, moves=moves, frame=frame)


def examples(datasets: Path) -> list[Example]:
    """Return all examples."""
    return list(_examples(datasets, random.Random(5)))  # noqa: S311 - no secret


def _frame() -> set[str]:
    """Return the stems of the words with which an answer is asked about."""
    written = json.loads((HERE / "moves.json").read_text("utf-8"))
    return {
        stem
        for move in ABOUT_ANSWER
        for example in written[move]
        for stem in terms(SLOT.sub(" ", example))
    }


def features(encoder: Encoder, texts: Sequence[str], kept: Path | None) -> NDArray[np.float32]:
    """Return what the head takes of messages; vectors are kept as by `encoded`."""
    return np.hstack([encoded(encoder, texts, kept), np.stack([surface(text) for text in texts])])


def weight(example: Example) -> float:
    """Return how much an example counts: there are many more complete questions than others."""
    return _WEIGHTS.get(example.kind, 1.0)


def _examples(datasets: Path, chance: random.Random) -> Iterator[Example]:
    packs = all_packs(datasets)
    written = json.loads((HERE / "moves.json").read_text("utf-8"))
    slots = _with_more(slot_fillings(packs, chance))
    yield from filled(written, slots, _FILLINGS, chance)
    for at, pack in enumerate(packs):
        fold = at % FOLDS
        for followup in pack["followups"]:
            yield Example(hasty(followup["standalone"]), "complete", fold)
    asked = {(c.question, c.question == c.standalone, c.fold) for c in cases(packs, chance)}
    for question, complete, fold in sorted(asked):
        # A question that names nothing may follow up, even if it was written to stand alone.
        if not complete or names(question) or chance.random() < _NAMELESS:
            yield Example(question, "complete" if complete else "followup", fold)
    for intent, texts in json.loads((HERE / "intents.json").read_text("utf-8")).items():
        if intent.startswith("talk") and intent != "talk_help":
            for at, text in enumerate(texts):
                yield Example(text, "talk", at % FOLDS)
                yield Example(hasty(text), "talk", at % FOLDS)
    yield from _asked_elsewhere(datasets, chance)


def _asked_elsewhere(datasets: Path, chance: random.Random) -> Iterator[Example]:
    for at, text in questions_of(datasets, _ELSEWHERE, chance):
        yield Example(hasty(text) if at % 3 == 0 else text, "complete", at % FOLDS)


def _with_more(filling: Slots) -> Mapping[str, Sequence[str]]:
    nouns = sorted({topic.split()[-1] for topic in filling["topic"] if topic.islower()})
    return {**filling, "noun": nouns, "number": _NUMBERS}


if __name__ == "__main__":
    main()
