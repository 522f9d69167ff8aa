"""Trains the network that tells what a message wants: an answer, the catalogue, a summary, or talk.

    python -m training.intents [--folds]

The packaged encoder, adapted at low rank, and a multinomial logistic regression over its vectors.
It learns from the questions of train/stories, some of other training sets, and `intents.json`:
examples by intent, whose slots are filled with the topics of `topics.json` and with people, things
and outlets of train/stories. The weights, qa/models/intents.npz, come from all of them (ten minutes
of one core); with --folds, a third of the examples is held out in turn first for the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from qa.lexicon import MONTHS, WEEKDAYS
from qa.models.intents import FRAMES
from qa.text import terms
from training.heads import (
    FOLDS,
    HERE,
    MODELS,
    SLOT,
    Example,
    Slots,
    filled,
    questions_of,
    report,
)
from training.low_rank import exported
from training.packaged import WIDTH, PackagedEncoder, Run, fit
from training.sources import story_packs

# Of what is trained, and of what ships: the smallest parts tell three messages in 500 apart.
_RANK, _SHIPPED = 8, 6
_RATE = 2.5e-3
_BATCH = 128
_SMOOTHING = 0.05
# How much larger the head's weights start than usual, as its input is a unit vector.
_SHARPER = 8.0
# Tokens of a message that are read.
_LONGEST = 48

_FILLINGS = 16
# The weight of a plain question, of which there are many more than of anything else, and of small
# talk, whose examples have no slots to be filled so often.
_ASKED, _TALKED = 0.7, 2.0
_ELSEWHERE = {"squad": 1500, "shifts-wiki": 600, "qamr": 500}
# What these sets answer with a few words is told as a story here.
_WHAT_HAPPENED = re.compile(r"^what (?:has |had )?happen|^what became\b", re.IGNORECASE)
_THING = re.compile(r"(?<=[a-z,] )the [A-Z][\w'-]+ (?:[A-Z][\w'-]+ )?[A-Z][a-z]+\b")
_THINGS = 150
# What topics are made of these things and of people.
_EVENTS = (
    "the accident of {}",
    "the fire at {}",
    "the row over {}",
    "the death of {}",
    "the vote on {}",
    "the case against {}",
    "the money of {}",
    "the sale of {}",
    "the search for {}",
    "the inquiry into {}",
    "the break-in at {}",
    "the affair around {}",
    "the strike at {}",
    "the loss of {}",
    "the plans for {}",
    "the size of the march against {}",
)
_PERSON = re.compile(r"(?<=[a-z,] )[A-Z][a-zà-ÿ]+ [A-Z][a-zà-ÿ]+\b")


def main() -> None:
    """Print how held-out examples were told, if wished, then write the weights."""
    parser = argparse.ArgumentParser(description="Train the network that tells intents.")
    parser.add_argument("--folds", action="store_true", help="hold out each third first")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    datasets = Path(os.environ["QA_DATASETS"])
    packs = story_packs(datasets)
    written = json.loads((HERE / "intents.json").read_text("utf-8"))
    chance = random.Random(5)  # noqa: S311 - no secret
    examples = [
        *filled(written, slot_fillings(packs, chance), _FILLINGS, chance),
        *_asked(packs),
        *_asked_elsewhere(datasets, chance),
    ]
    if options.folds:
        _hold_out(examples, options.epochs)
    network = trained(examples, options.epochs)
    learned = {name: p.detach().numpy() for name, p in network.named_parameters()}
    arrays: dict[str, Any] = exported(learned, _SHIPPED)
    arrays |= {f"frame_{name}": np.array(sorted(_frame(written, name))) for name in FRAMES}
    path = MODELS / "intents.npz"
    np.savez_compressed(path, intents=np.array(network.kinds), **arrays)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


class MessageNetwork(PackagedEncoder):
    """Tells the kind of a message from the mean of its tokens, as a unit vector.

    Args:
        kinds: that it tells apart.
    """

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(_RANK)
        self.kinds = list(kinds)
        self.head = nn.Linear(WIDTH, len(kinds))
        with torch.no_grad():
            self.head.weight *= _SHARPER

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Return the logits of messages, shape (messages, kinds)."""
        hidden, mask = self.read([tokens[:_LONGEST] for tokens in self.bert.ids(texts)])
        summed = (hidden * mask.unsqueeze(-1)).sum(dim=1)
        logits: Tensor = self.head(self.drop(functional.normalize(summed, dim=1)))
        return logits.float()


def trained(examples: Sequence[Example], epochs: int) -> MessageNetwork:
    """Return the network that learned from examples."""
    torch.manual_seed(0)
    kinds = sorted({example.kind for example in examples})
    network = MessageNetwork(kinds)

    def loss_of(batch: Sequence[Example]) -> Tensor:
        losses = functional.cross_entropy(
            network([example.text for example in batch]),
            torch.tensor([kinds.index(example.kind) for example in batch]),
            reduction="none",
            label_smoothing=_SMOOTHING,
        )
        return (losses * torch.tensor([weight(example) for example in batch])).mean()

    fit(network, examples, loss_of, Run(epochs, _BATCH, _RATE))
    return network


def _hold_out(examples: Sequence[Example], epochs: int) -> None:
    """Print how each fold is told by a network that learned from the others."""
    told = np.array([example.kind for example in examples])
    guessed = np.empty_like(told)
    for held in range(FOLDS):
        network = trained([example for example in examples if example.fold != held], epochs)
        for at in range(0, len(examples), _BATCH):
            batch = range(at, min(at + _BATCH, len(examples)))
            asked = [i for i in batch if examples[i].fold == held]
            if asked:
                with torch.no_grad():
                    logits = network([examples[i].text for i in asked])
                guessed[asked] = [network.kinds[best] for best in logits.argmax(dim=1)]
    report(told, guessed)


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
    things = _things(articles, chance)
    events = [
        chance.choice(_EVENTS).format(chance.choice([*things, *names])) for _ in range(_THINGS)
    ]
    return {
        "topic": [*topics, *chance.sample(names, len(topics) // 2), *things, *events],
        "person": names,
        "outlet": sorted({a["source"] for a in articles}),
        "date": dates,
    }


def _things(articles: Sequence[Mapping[str, str]], chance: random.Random) -> list[str]:
    """Return what else articles speak of by name: "the Harbour Board"."""
    found = {thing for a in articles for thing in _THING.findall(a["text"])}
    return chance.sample(sorted(found), min(_THINGS, len(found)))


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
