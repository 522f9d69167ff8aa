"""Trains the network that chooses what a follow-up question leaves unsaid.

    python -m training.resolution [--folds] [--vectors FILE]

Of everything that a conversation made of the invented stories has mentioned, it learns what stands
in the question once it is written out. With --folds, a third of the stories is held out first for
the figures; the weights, written to qa/models/resolution.npz, come from all of them.
"""

from __future__ import annotations

import argparse
import os
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier
from torch import Tensor, nn
from torch.nn import functional

from qa.models.encoder import Encoder, packaged
from qa.models.resolution import LONGEST, within
from qa.text import terms
from qa.understanding.followups.features import (
    candidate_features,
    pronoun_shares,
    question_features,
)
from qa.understanding.followups.heard import Candidate, candidates
from qa.understanding.followups.spoken import places, spoken
from training.conversations import Case, cases
from training.heads import FOLDS, fit_without
from training.low_rank import exported
from training.moves import examples, features, weight
from training.packaged import WIDTH, PackagedEncoder, Run, fit
from training.sources import all_packs

OUT = Path(__file__).resolve().parent.parent / "qa" / "models" / "resolution.npz"
# Of what is trained, and of what ships.
_RANK, _SHIPPED = 8, 6
_RATE = 1.5e-3
_BATCH = 32
_UNITS = 32
_THRESHOLD = 0.4
_WITHOUT = 7
# Of a name most of its words have to stand in the question written out, of a phrase more.
_SHARE = {"name": 0.5, "phrase": 0.6}

Rows = NDArray[np.float32]


def main() -> None:
    """Print how what is held out was resolved, if wished, then write the weights."""
    parser = argparse.ArgumentParser(description="Train the network that resolves follow-ups.")
    parser.add_argument("--folds", action="store_true", help="hold out a third first")
    parser.add_argument("--vectors", type=Path, help="keep vectors in this .npz for the next run")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    datasets = Path(os.environ["QA_DATASETS"])
    packs = all_packs(datasets)
    made = list(cases(packs, random.Random(7)))  # noqa: S311 - no secret
    moves = _held_out_moves(made, datasets, options.vectors)
    # With an unknown encoder nothing tells the move.
    moves = [{} if number % _WITHOUT == 0 else each for number, each in enumerate(moves)]
    asked = table(made, moves, packs)
    if options.folds:
        kept = [each for each in asked if each.fold != 0]
        network = trained(kept, options.epochs)
        held = [each for each in asked if each.fold == 0]
        for threshold in (0.3, 0.4, 0.5, 0.6):
            print(f"threshold {threshold}: {_report(held, network, threshold)}")
    network = trained(asked, options.epochs)
    learned = {name: p.detach().numpy() for name, p in network.named_parameters()}
    arrays: dict[str, Any] = exported(learned | _alone(asked, network), _SHIPPED)
    arrays |= {"mean": network.mean.numpy(), "scale": network.scale.numpy()}
    np.savez_compressed(OUT, threshold=np.float32(_THRESHOLD), **arrays)
    mentions = sum(len(each.labels) for each in asked)
    print(f"{len(asked)} questions, {mentions} mentions; {OUT.stat().st_size:,} bytes")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a conversation, and everything that was mentioned before.

    Attributes:
        ids: the tokens of question and conversation.
        tokens: of each thing mentioned, the numbers of its tokens; none if it was cut off.
        features: shape (mentions, features).
        labels: whether each is meant.
        fold: the number of the fold that holds it out.
        complete: whether the question leaves nothing unsaid.
    """

    ids: list[int]
    tokens: list[list[int]]
    features: Rows
    labels: NDArray[np.bool_]
    fold: int
    complete: bool


class ResolutionNetwork(PackagedEncoder):
    """Reads a conversation, and tells of each thing mentioned whether it is meant.

    Args:
        examples: whose features' mean and standard deviation it keeps.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, examples: Sequence[Asked]) -> None:
        super().__init__(_RANK)
        rows = np.concatenate([each.features for each in examples])
        self.register_buffer("mean", torch.tensor(rows.mean(axis=0)))
        self.register_buffer("scale", torch.tensor(np.maximum(rows.std(axis=0), np.float32(1e-3))))
        self.units = nn.Linear(WIDTH + rows.shape[1], _UNITS)
        self.output = nn.Linear(_UNITS, 1)

    def forward(self, batch: Sequence[Asked]) -> Tensor:
        """Return the logits of all mentions of a batch, one after another."""
        read, _ = self.read([each.ids for each in batch])
        rows = [
            row[tokens].mean(dim=0) if tokens else torch.zeros(WIDTH, dtype=read.dtype)
            for row, each in zip(read, batch, strict=True)
            for tokens in each.tokens
        ]
        features = torch.tensor(np.concatenate([each.features for each in batch]))
        scaled = (features - self.mean) / self.scale
        seen = self.units(torch.hstack([self.drop(torch.stack(rows)), scaled]))
        logits: Tensor = self.output(functional.relu(seen))[:, 0]
        return logits.float()


def trained(examples: Sequence[Asked], epochs: int) -> ResolutionNetwork:
    """Return the network that learned from examples."""
    torch.manual_seed(0)
    network = ResolutionNetwork(examples)

    def loss_of(batch: Sequence[Asked]) -> Tensor:
        labels = torch.tensor(np.concatenate([each.labels for each in batch]), dtype=torch.float)
        return functional.binary_cross_entropy_with_logits(network(batch), labels)

    fit(network, examples, loss_of, Run(epochs, _BATCH, _RATE))
    return network


def _alone(examples: Sequence[Asked], network: ResolutionNetwork) -> dict[str, Rows]:
    """Return the parameters of a network that learned from the features alone, by their names."""
    rows = np.concatenate([each.features for each in examples])
    labels = np.concatenate([each.labels for each in examples])
    model = MLPClassifier(
        (_UNITS,), alpha=1e-3, batch_size=256, max_iter=15, random_state=3, learning_rate_init=2e-3
    ).fit((rows - network.mean.numpy()) / network.scale.numpy(), labels)
    parameters: dict[str, Rows] = {}
    for part, weights, bias in zip(
        ("units", "output"), model.coefs_, model.intercepts_, strict=True
    ):
        parameters |= {f"alone.{part}.weight": weights.T, f"alone.{part}.bias": bias}
    return {name: values.astype(np.float32) for name, values in parameters.items()}


def table(
    made: Sequence[Case], moves: Sequence[Mapping[str, float]], packs: Sequence[Mapping[str, Any]]
) -> list[Asked]:
    """Return the questions before which something was mentioned that they may mean."""
    asked = []
    encoder = packaged().adapted({})
    texts = [[a["text"] for a in pack["articles"]] for pack in packs]
    everything = [text for each in texts for text in each]
    shares: dict[tuple[str, int], list[float]] = {}
    for number, case in enumerate(made):
        own = question_features(case.question, moves[number])
        stems = set(terms(case.question))
        mentioned = [each for each in candidates(case.before) if not each.stems <= stems]
        if not mentioned:
            continue
        rows = []
        for candidate in mentioned:
            key = (candidate.text, case.pack)
            if key not in shares:
                near = texts[case.pack]
                last = re.escape(candidate.text.split()[-1])
                named = any(re.search(rf"\b{last}\b", text) for text in near)
                shares[key] = pronoun_shares(candidate, near if named else everything)
            pronouns = shares[key] if candidate.kind == "name" else [0.0] * 4
            rows.append(own + candidate_features(case.question, candidate, case.before, pronouns))
        text = spoken(case.question, case.before)
        ids, spans = encoder.ids_and_spans(text, LONGEST)
        asked.append(
            Asked(
                ids,
                [within(spans, place) for place in places(text, case.question, mentioned)],
                np.array(rows, dtype=np.float32),
                np.array([_is_meant(candidate, case) for candidate in mentioned]),
                case.fold,
                complete=case.question == case.standalone,
            )
        )
    return asked


def _is_meant(candidate: Candidate, case: Case) -> bool:
    asked, wanted = set(terms(case.question)), set(terms(case.standalone))
    new = candidate.stems - asked
    return len(new & wanted) >= _SHARE[candidate.kind] * len(new)


def _held_out_moves(
    made: Sequence[Case], datasets: Path, vectors: Path | None
) -> list[dict[str, float]]:
    """Return the probabilities of the moves, each by a head that has not seen its story."""
    taught = examples(datasets)
    texts = [example.text for example in taught] + [case.question for case in made]
    found = features(Encoder(), texts, vectors)
    known, asked = found[: len(taught)], found[len(taught) :]
    weights = list(map(weight, taught))
    moves: list[dict[str, float]] = [{} for _ in made]
    for held in range(FOLDS):
        head = fit_without(held, taught, known, weights)
        for number, case in enumerate(made):
            if case.fold == held:
                shares = head.predict_proba(asked[number : number + 1])[0]
                moves[number] = dict(zip(head.classes_, shares.tolist(), strict=True))
    return moves


def _report(held: Sequence[Asked], network: ResolutionNetwork, threshold: float) -> str:
    """Return how many of what was meant was chosen, and how many complete questions changed."""
    right = meant = taken = changed = complete = 0
    for each in held:
        with torch.no_grad():
            chosen = torch.sigmoid(network([each])).numpy() >= threshold
        if each.complete:
            complete += 1
            changed += bool(chosen.any())
        else:
            right += int(np.sum(each.labels & chosen))
            meant, taken = meant + int(each.labels.sum()), taken + int(chosen.sum())
    return (
        f"recall {right / meant:.3f}, precision {right / max(taken, 1):.3f}; "
        f"changed {changed / max(complete, 1):.3f} of {complete} complete questions"
    )


if __name__ == "__main__":
    main()
