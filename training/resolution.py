"""Fits the network that chooses what a follow-up question leaves unsaid.

    python -m training.resolution [--vectors FILE]

Of everything that a conversation made of train/stories has mentioned, it learns what stands in the
question once it is written out. A third of the stories is held out for the figures; the weights,
written to qa/models/resolution.npz, come from all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from qa.models.encoder import Encoder
from qa.text import terms
from qa.understanding.followups.features import (
    candidate_features,
    pronoun_shares,
    question_features,
)
from qa.understanding.followups.heard import Candidate, candidates
from training.conversations import Case, cases
from training.heads import FOLDS, fit_without
from training.moves import examples, features, weight

OUT = Path(__file__).resolve().parent.parent / "qa" / "models" / "resolution.npz"
_UNITS = 24
_THRESHOLD = 0.4
_WITHOUT = 7
# Of a name most of its words have to stand in the question written out, of a phrase more.
_SHARE = {"name": 0.5, "phrase": 0.6}

Rows = NDArray[np.float32]


def main() -> None:
    """Print how what is held out was resolved, then write the weights."""
    parser = argparse.ArgumentParser(description="Fit the network that resolves follow-ups.")
    parser.add_argument("--vectors", type=Path, help="keep vectors in this .npz for the next run")
    arguments = parser.parse_args()
    datasets = Path(os.environ["QA_DATASETS"])
    lines = (datasets / "train/stories/packs.jsonl").read_text("utf-8").splitlines()
    packs = [json.loads(line) for line in lines]
    made = list(cases(packs, random.Random(7)))  # noqa: S311 - no secret
    moves = _held_out_moves(made, datasets, arguments.vectors)
    # With an unknown encoder nothing tells the move.
    moves = [{} if number % _WITHOUT == 0 else each for number, each in enumerate(moves)]
    rows, labels, of = table(made, moves, packs)
    fold = np.array([made[number].fold for number in of])
    kept = fold != 0
    model, mean, scale = _fitted(rows[kept], labels[kept])
    guessed = np.zeros(len(labels))
    guessed[~kept] = model.predict_proba((rows[~kept] - mean) / scale)[:, 1]
    for threshold in (0.3, 0.4, 0.5, 0.6):
        print(f"threshold {threshold}: {_report(made, of, labels, guessed >= threshold)}")
    model, mean, scale = _fitted(rows, labels)
    np.savez(
        OUT,
        mean=mean,
        scale=scale,
        hidden=model.coefs_[0].astype(np.float16),
        hidden_bias=model.intercepts_[0].astype(np.float32),
        output=model.coefs_[1][:, 0].astype(np.float16),
        output_bias=np.float32(model.intercepts_[1][0]),
        threshold=np.float32(_THRESHOLD),
    )
    print(f"{len(made)} questions, {len(rows)} mentions; {OUT.stat().st_size:,} bytes")


def table(
    made: Sequence[Case], moves: Sequence[Mapping[str, float]], packs: Sequence[Mapping[str, Any]]
) -> tuple[Rows, NDArray[np.bool_], list[int]]:
    """Return the features of everything mentioned, whether it was meant, and in which case."""
    rows, labels, of = [], [], []
    texts = [[a["text"] for a in pack["articles"]] for pack in packs]
    everything = [text for each in texts for text in each]
    shares: dict[tuple[str, int], list[float]] = {}
    for number, case in enumerate(made):
        asked = question_features(case.question, moves[number])
        for candidate in candidates(case.before):
            if candidate.stems <= set(terms(case.question)):
                continue
            key = (candidate.text, case.pack)
            if key not in shares:
                near = texts[case.pack]
                last = re.escape(candidate.text.split()[-1])
                named = any(re.search(rf"\b{last}\b", text) for text in near)
                shares[key] = pronoun_shares(candidate, near if named else everything)
            pronouns = shares[key] if candidate.kind == "name" else [0.0] * 4
            rows.append(asked + candidate_features(case.question, candidate, case.before, pronouns))
            labels.append(_is_meant(candidate, case))
            of.append(number)
    return np.array(rows, dtype=np.float32), np.array(labels), of


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


def _fitted(rows: Rows, labels: NDArray[np.bool_]) -> tuple[MLPClassifier, Rows, Rows]:
    mean = rows.mean(axis=0)
    scale = np.maximum(rows.std(axis=0), np.float32(1e-3))
    model = MLPClassifier(
        (_UNITS,), alpha=1e-3, batch_size=256, max_iter=15, random_state=3, learning_rate_init=2e-3
    )
    return model.fit((rows - mean) / scale, labels), mean, scale


def _report(
    made: Sequence[Case], of: Sequence[int], labels: NDArray[np.bool_], chosen: NDArray[np.bool_]
) -> str:
    """Return how many of what was meant was chosen, and how many complete questions changed."""
    held = {number for number in of if made[number].fold == 0}
    complete = {n for n in held if made[n].question == made[n].standalone}
    in_followup = np.array([n in held and n not in complete for n in of])
    right = int(np.sum(labels & chosen & in_followup))
    meant, taken = int(np.sum(labels & in_followup)), int(np.sum(chosen & in_followup))
    changed = len({n for n, c in zip(of, chosen, strict=True) if c and n in complete})
    return (
        f"recall {right / meant:.3f}, precision {right / max(taken, 1):.3f}; "
        f"changed {changed / max(len(complete), 1):.3f} of {len(complete)} complete questions"
    )


if __name__ == "__main__":
    main()
