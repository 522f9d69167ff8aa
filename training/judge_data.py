"""The judge's training data: instances as token windows, in batches of similar length."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from qa.answering.grounding.excerpt import Piece, excerpt
from qa.models.judge_input import WINDOW, compose, room, tokens
from qa.models.reader_manifest import TokenLayout
from training import judge_sources as sources
from training.judge_sources import Instance
from training.sources import HELD_OUT

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_STORY_PASSES = 2
# Stories whose questions teach, with a right or wrong answer behind them.
_ANSWERED = 60
_MADE, _ASKED = 40, 400
# Share of the sentence pairs that come before everything else; the others are mixed with it.
_FIRST = 0.75


@dataclass(frozen=True, slots=True)
class JudgeFeature:
    """An instance as the encoder takes it.

    Attributes:
        ids: the input (see `judge_input`).
        places: of each piece, its first token and the one after its last.
        label: of the instance, given what is in the window.
        evidence: for each piece, whether it decides; empty where unknown.
    """

    ids: tuple[int, ...]
    places: tuple[tuple[int, int], ...]
    label: int
    evidence: tuple[bool, ...]


class JudgeEncoder:
    """Encodes instances."""

    def __init__(self, tokenizer: Tokenizer, layout: TokenLayout) -> None:
        self._tokenizer = tokenizer
        self._layout = layout
        self._known: dict[str, list[int]] = {}

    def encode(self, instance: Instance, window: int = WINDOW) -> JudgeFeature | None:
        """Return the window of an instance; None if it lacks a part of what supports the claim."""
        claim = self._tokens(instance.claim)
        pieces = excerpt(
            instance.claim,
            instance.texts,
            room(claim, self._layout, window),
            lambda text: len(self._tokens(text)),
        )
        held = {(piece.text, piece.span) for piece in pieces}
        label = instance.label
        if instance.evidence and not held.issuperset(instance.evidence):
            if label == sources.SUPPORTED:
                return None
            label = sources.UNSUPPORTED
        ids = [self._tokens(instance.texts[p.text][slice(*p.span)]) for p in pieces]
        made = compose(claim, ids, self._layout)
        return JudgeFeature(made.ids, made.places, label, _decisive(instance, pieces))

    def _tokens(self, text: str) -> list[int]:
        if text not in self._known:
            self._known[text] = tokens(self._tokenizer, text)
        return self._known[text]


def _decisive(instance: Instance, pieces: Sequence[Piece]) -> tuple[bool, ...]:
    if instance.evidence is None:
        return ()
    return tuple((piece.text, piece.span) in instance.evidence for piece in pieces)


@dataclass(frozen=True, slots=True)
class JudgeData:
    """All features, their order as batches of indices, and how many each source gives."""

    features: tuple[JudgeFeature, ...]
    order: tuple[tuple[int, ...], ...]
    counts: dict[str, int]

    def digest(self) -> str:
        """Return a fingerprint of content and order, which must not change when a run resumes."""
        seen = hashlib.sha256(repr(self.order).encode())
        for feature in self.features:
            seen.update(repr(feature).encode())
        return seen.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class JudgePlan:
    """Size and form of the training data.

    Attributes:
        tokens: in a batch.
        fraction: of the entailment pairs and of what is made by rule; stories are all used.
        window: shortest and longest window in tokens. Those of training are shorter than those of
            use: half the tokens are half the time.
        seed: determines sample and order.
    """

    tokens: int = 2048
    fraction: float = 1.0
    window: tuple[int, int] = (110, 200)
    seed: int = 0


def judge_data(datasets: Path, mistakes: Path, encoder: JudgeEncoder, plan: JudgePlan) -> JudgeData:
    """Read, make and encode all instances; the same settings give the same data.

    Args:
        datasets: the folder with `train/`.
        mistakes: a file that `training.reader_mistakes` wrote, or one that is absent.
        encoder: encodes them.
        plan: how much of them, and in which form.
    """
    rng = random.Random(f"judge:{plan.seed}")  # noqa: S311 -- no secret depends on it
    stages: tuple[list[JudgeFeature], list[JudgeFeature]] = [], []
    counts = {}
    for name, instances in _parts(datasets, mistakes, plan.fraction, rng):
        found = list(_encoded(instances, encoder, plan.window, rng))
        first = round(_FIRST * len(found)) if name in sources.SENTENCES else 0
        stages[0].extend(found[:first])
        stages[1].extend(found[first:])
        counts[name] = len(found)
    order = [
        tuple(by + i for i in batch)
        for by, stage in zip((0, len(stages[0])), stages, strict=True)
        for batch in _batches(stage, plan.tokens, rng)
    ]
    return JudgeData((*stages[0], *stages[1]), tuple(order), counts)


def taught(datasets: Path) -> list[sources.Story]:
    """Return the stories that teach."""
    return sources.stories(datasets / "train" / "stories" / "packs.jsonl")[HELD_OUT:]


def answered(datasets: Path) -> list[sources.Story]:
    """Return the stories whose questions teach."""
    return taught(datasets)[:_ANSWERED]


def held_out(datasets: Path) -> list[sources.Story]:
    """Return the stories of train/ that choose between recipes."""
    return sources.stories(datasets / "train" / "stories" / "packs.jsonl")[:HELD_OUT]


def _parts(
    datasets: Path, mistakes: Path, fraction: float, rng: random.Random
) -> Iterator[tuple[str, Iterable[Instance]]]:
    """Yield the name of each source and its instances."""
    told, wrong = taught(datasets), sources.reader_mistakes(mistakes)
    for at in range(_STORY_PASSES):
        yield f"claims {at}", sources.claim_instances(told, rng)
    yield "answers", sources.answer_instances(answered(datasets), wrong, rng)
    for name, count in (sources.SENTENCES | sources.PASSAGES).items():
        found = sources.entailment_instances(datasets / "train" / "entailment", name, rng)
        yield name, islice(found, round(fraction * count))
    for name in ("squad", "shifts-wiki"):
        yield (
            f"made of {name}",
            sources.made_instances(datasets, name, round(fraction * _MADE), rng),
        )
        yield (
            f"asked of {name}",
            sources.asked_instances(datasets, name, round(fraction * _ASKED), rng),
        )


def _encoded(
    instances: Iterable[Instance],
    encoder: JudgeEncoder,
    window: tuple[int, int],
    rng: random.Random,
) -> Iterator[JudgeFeature]:
    for instance in instances:
        feature = encoder.encode(instance, rng.randint(*window))
        if feature is not None and feature.places:
            yield feature


def _batches(
    features: Sequence[JudgeFeature], size: int, rng: random.Random, pool: int = 400
) -> list[tuple[int, ...]]:
    """Return the indices in shuffled batches of similar length and of about `size` tokens."""
    order = rng.sample(range(len(features)), len(features))
    made: list[tuple[int, ...]] = []
    for at in range(0, len(order), pool):
        batch: list[int] = []
        for index in sorted(order[at : at + pool], key=lambda i: len(features[i].ids)):
            if batch and (len(batch) + 1) * len(features[index].ids) > size:
                made.append(tuple(batch))
                batch = []
            batch.append(index)
        made.append(tuple(batch))
    rng.shuffle(made)
    return made
