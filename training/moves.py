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
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from qa.models.encoder import Encoder
from qa.models.moves import ABOUT_ANSWER, surface
from qa.text import terms
from qa.understanding.followups.mentions import names
from training.conversations import cases
from training.intents import Example, Slots, encoded, fit, report, slot_fillings

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "qa" / "models" / "moves.npz"
_FILLINGS = 6
_FOLDS = 3
_NAMELESS = 0.25
_SLOT = re.compile(r"\{(\w+)\}")
_ELSEWHERE = {"squad": 800, "shifts-wiki": 300, "qamr": 200}
_WEIGHTS = {"complete": 0.5, "followup": 0.7}


def main() -> None:
    """Print what is held out and how it was told, then write the weights."""
    parser = argparse.ArgumentParser(description="Fit the head that tells moves.")
    parser.add_argument("--vectors", type=Path, help="keep vectors in this .npz for the next run")
    arguments = parser.parse_args()
    taught = examples(Path(os.environ["QA_DATASETS"]))
    encoder = Encoder()
    texts = [example.text for example in taught]
    vectors = np.hstack(
        [encoded(encoder, texts, arguments.vectors), np.stack([surface(text) for text in texts])]
    )
    weights = np.array([weight(example) for example in taught])
    told = np.array([example.intent for example in taught])
    fold = np.array([example.fold for example in taught])
    guessed = np.empty_like(told)
    for held in range(_FOLDS):
        kept = fold != held
        fitted = fit(vectors[kept], told[kept], weights[kept])
        guessed[~kept] = fitted.predict(vectors[~kept])
    report(told, guessed)
    fitted = fit(vectors, told, weights)
    np.savez(
        OUT,
        weights=fitted.coef_.astype(np.float16),
        bias=fitted.intercept_.astype(np.float32),
        moves=np.array(list(fitted.classes_)),
        encoder=np.array(encoder.fingerprint),
        frame=np.array(sorted(_frame())),
    )
    print(f"{len(taught)} examples; {OUT.name}: {OUT.stat().st_size:,} bytes")


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
        for stem in terms(_SLOT.sub(" ", example))
    }


def weight(example: Example) -> float:
    """Return how much an example counts: there are many more complete questions than others."""
    return _WEIGHTS.get(example.intent, 1.0)


def _examples(datasets: Path, chance: random.Random) -> Iterator[Example]:
    lines = (datasets / "train/stories/packs.jsonl").read_text("utf-8").splitlines()
    packs = [json.loads(line) for line in lines]
    written = json.loads((HERE / "moves.json").read_text("utf-8"))
    yield from _filled(written, _with_nouns(slot_fillings(packs, chance)), chance)
    for at, pack in enumerate(packs):
        fold = at % _FOLDS
        for followup in pack["followups"]:
            yield Example(_hasty(followup["standalone"]), "complete", fold)
    asked = {(c.question, c.question == c.standalone, c.fold) for c in cases(packs, chance)}
    for question, complete, fold in sorted(asked):
        # A question that names nothing may follow up, even if it was written to stand alone.
        if not complete or names(question) or chance.random() < _NAMELESS:
            yield Example(question, "complete" if complete else "followup", fold)
    for intent, texts in json.loads((HERE / "intents.json").read_text("utf-8")).items():
        if intent.startswith("talk") and intent != "talk_help":
            for at, text in enumerate(texts):
                yield Example(text, "talk", at % _FOLDS)
                yield Example(_hasty(text), "talk", at % _FOLDS)
    yield from _asked_elsewhere(datasets, chance)


def _asked_elsewhere(datasets: Path, chance: random.Random) -> Iterator[Example]:
    for name, count in _ELSEWHERE.items():
        lines = (datasets / "train" / f"{name}.questions.jsonl").read_text("utf-8").splitlines()
        for at, line in enumerate(chance.sample(lines, count)):
            text = " ".join(json.loads(line)["question"].split())
            yield Example(_hasty(text) if at % 3 == 0 else text, "complete", at % _FOLDS)


def _filled(
    written: Mapping[str, Sequence[str]], filling: Slots, chance: random.Random
) -> Iterator[Example]:
    """Yield the examples with their slots filled, some as typed in haste."""
    for move, examples in written.items():
        for at, example in enumerate(examples):
            for turn in range(_FILLINGS if "{" in example else 2):
                text = _SLOT.sub(lambda m: chance.choice(filling[m[1].rstrip("2")]), example)
                yield Example(_hasty(text) if turn % 2 else text, move, at % _FOLDS)


def _with_nouns(filling: Slots) -> Mapping[str, Sequence[str]]:
    nouns = sorted({topic.split()[-1] for topic in filling["topic"] if topic.islower()})
    return {**filling, "noun": nouns}


def _hasty(text: str) -> str:
    return text.lower().rstrip("?!.")


if __name__ == "__main__":
    main()
