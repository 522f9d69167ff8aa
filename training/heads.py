"""What the heads over a question's vector share: examples, vectors, the fit and its figures."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa.models.encoder import Encoder

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent / "qa" / "models"
FOLDS = 3
SLOT = re.compile(r"\{(\w+)\}")
"""What stands in a written example for a topic, a person, an outlet or a date."""

_BATCH = 64
_STRENGTH = 20.0

Slots = Mapping[str, Sequence[str]]
"""By slot, what may stand in it."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message, its kind, and the number of the fold that holds it out."""

    text: str
    kind: str
    fold: int


def hasty(text: str) -> str:
    """Return a text as typed in haste."""
    return text.lower().rstrip("?!.")


def filled(
    written: Mapping[str, Sequence[str]], slots: Slots, fillings: int, chance: random.Random
) -> Iterator[Example]:
    """Yield written examples with their slots filled so often, every second as typed in haste."""
    for kind, examples in written.items():
        for at, example in enumerate(examples):
            for turn in range(fillings if "{" in example else 2):
                text = SLOT.sub(lambda m: chance.choice(slots[m[1].rstrip("2")]), example)
                yield Example(hasty(text) if turn % 2 else text, kind, at % FOLDS)


def questions_of(
    datasets: Path, counts: Mapping[str, int], chance: random.Random
) -> Iterator[tuple[int, str]]:
    """Yield so many questions of each training set, numbered from 0 within it."""
    for name, count in counts.items():
        lines = (datasets / "train" / f"{name}.questions.jsonl").read_text("utf-8").splitlines()
        for at, line in enumerate(chance.sample(lines, count)):
            yield at, " ".join(json.loads(line)["question"].split())


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


def fit(
    examples: Sequence[Example], vectors: NDArray[np.float32], weights: Sequence[float]
) -> LogisticRegression:
    """Print how each fold was told by the others, and return the regression of all.

    Args:
        examples: what teaches.
        vectors: of the examples, shape (examples, dimension).
        weights: of the examples.
    """
    told = np.array([example.kind for example in examples])
    fold = np.array([example.fold for example in examples])
    guessed = np.empty_like(told)
    for held in range(FOLDS):
        others = fit_without(held, examples, vectors, weights)
        guessed[fold == held] = others.predict(vectors[fold == held])
    report(told, guessed)
    return fit_without(None, examples, vectors, weights)


def fit_without(
    held: int | None,
    examples: Sequence[Example],
    vectors: NDArray[np.float32],
    weights: Sequence[float],
) -> LogisticRegression:
    """Return the regression of all examples but those of a fold; arguments are those of `fit`."""
    kept = np.array([example.fold != held for example in examples])
    told = np.array([example.kind for example in examples])
    fitted = LogisticRegression(C=_STRENGTH, max_iter=400)
    return fitted.fit(vectors[kept], told[kept], sample_weight=np.array(weights)[kept])


def save(name: str, fitted: LogisticRegression, encoder: Encoder, **others: Any) -> None:
    """Write a head into qa/models, with the encoder that it belongs to."""
    path = MODELS / name
    np.savez(
        path,
        weights=fitted.coef_.astype(np.float16),
        bias=fitted.intercept_.astype(np.float32),
        encoder=np.array(encoder.fingerprint),
        **others,
    )
    print(f"{name}: {path.stat().st_size:,} bytes")


def report(told: NDArray[np.str_], guessed: NDArray[np.str_]) -> None:
    """Print for each kind how often it was told, and what it was taken for."""
    for kind in sorted(set(told)):
        right = int(np.sum((told == kind) & (guessed == kind)))
        n, claimed = int(np.sum(told == kind)), int(np.sum(guessed == kind))
        confused = Counter(guessed[(told == kind) & (guessed != kind)]).most_common(2)
        others = ", ".join(f"{name} {count}" for name, count in confused)
        print(
            f"{kind:20} n {n:5}  recall {right / n:.2f}"
            f"  precision {right / max(claimed, 1):.2f}  {others}"
        )
    print(f"right in all: {np.mean(told == guessed):.3f} of {len(told)} examples")
