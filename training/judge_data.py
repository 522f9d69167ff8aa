"""The judge's training data: instances as token windows, in batches of similar length."""

from __future__ import annotations

import hashlib
import random
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from qa.answering.grounding.excerpt import Piece, excerpt
from qa.models.judge_input import WINDOW, compose, room, tokens
from qa.models.reader_manifest import TokenLayout
from training import judge_sources as sources
from training import judge_stories as stories
from training.judge_sources import Instance
from training.sources import HELD_OUT

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Of three passes over the stories, two are with other names.
_AS_TOLD = 3
# Stories whose questions the reader was asked (see `reader_mistakes`).
_ANSWERED = 60
_MADE, _ASKED = 250, 4500
# Share of the sentence pairs that come before everything else; the others are mixed with it.
_FIRST = 0.75
# Share of the inputs that lose pieces in a pass, and the largest share of these.
_THINNED, _LOST = 0.4, 0.6


@dataclass(frozen=True, slots=True)
class JudgeFeature:
    """An instance as the encoder takes it.

    Attributes:
        ids: the input (see `judge_input`).
        places: of each piece, its first token and the one after its last.
        label: of the instance, given what is in the window.
        evidence: for each piece, whether it decides; empty where unknown.
    """

    ids: Sequence[int]
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
        return JudgeFeature(array("H", made.ids), made.places, label, _decisive(instance, pieces))

    def _tokens(self, text: str) -> list[int]:
        if text not in self._known:
            self._known[text] = tokens(self._tokenizer, text)
        return self._known[text]


def _decisive(instance: Instance, pieces: Sequence[Piece]) -> tuple[bool, ...]:
    if instance.evidence is None:
        return ()
    return tuple((piece.text, piece.span) in instance.evidence for piece in pieces)


def thinned(feature: JudgeFeature, rng: random.Random) -> JudgeFeature:
    """Return a feature, perhaps without some of the pieces that decide nothing.

    No two passes over the data are the same then.
    """
    if not feature.evidence or feature.label == sources.UNSUPPORTED or rng.random() > _THINNED:
        return feature
    share = rng.random() * _LOST
    kept = [at for at, decides in enumerate(feature.evidence) if decides or rng.random() > share]
    if not kept:
        return feature
    ids, places = list(feature.ids[: feature.places[0][0]]), []
    for start, end in (feature.places[at] for at in kept):
        places.append((len(ids), len(ids) + end - start))
        ids.extend(feature.ids[start:end])
    ids.append(feature.ids[-1])
    evidence = tuple(feature.evidence[at] for at in kept)
    return JudgeFeature(array("H", ids), tuple(places), feature.label, evidence)


@dataclass(frozen=True, slots=True)
class JudgeData:
    """All features, their order as batches of indices, and how many each source gives.

    `first` is how many features come before all others.
    """

    features: Sequence[JudgeFeature]
    first: int
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
        passes: over the stories.
        epochs: passes over all but the first sentence pairs.
        window: shortest and longest window in tokens. Those of training may be shorter than those
            of use: half the tokens are half the time.
        seed: determines sample and order.
    """

    tokens: int = 2048
    fraction: float = 1.0
    passes: int = 2
    epochs: int = 1
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
    for name, instances in _parts(datasets, mistakes, plan, rng):
        found = list(_encoded(instances, encoder, plan.window, rng))
        first = round(_FIRST * len(found)) if name.partition(" ")[0] in sources.SENTENCES else 0
        stages[0].extend(found[:first])
        stages[1].extend(found[first:])
        counts[name] = len(found)
    features = (*stages[0], *stages[1])
    return arranged(features, len(stages[0]), [len(one.ids) for one in features], counts, plan)


def arranged(
    features: Sequence[JudgeFeature],
    first: int,
    sizes: Sequence[int],
    counts: dict[str, int],
    plan: JudgePlan,
) -> JudgeData:
    """Return features with their order as batches.

    Args:
        features: all of them.
        first: how many come before the others, once.
        sizes: the length of each.
        counts: how many each source gives.
        plan: the size of a batch and the passes over the others.
    """
    rng = random.Random(f"order:{plan.seed}")  # noqa: S311 -- no secret depends on it
    order = _batches(range(first), sizes, plan.tokens, rng)
    for _ in range(plan.epochs):
        order += _batches(range(first, len(features)), sizes, plan.tokens, rng)
    return JudgeData(features, first, tuple(order), counts)


def taught(datasets: Path) -> list[stories.Story]:
    """Return the stories that teach."""
    return stories.read(datasets / "train" / "stories" / "packs.jsonl")[HELD_OUT:]


def answered(datasets: Path) -> list[stories.Story]:
    """Return the stories whose questions teach."""
    return taught(datasets)[:_ANSWERED]


def held_out(datasets: Path) -> list[stories.Story]:
    """Return the stories of train/ that choose between recipes."""
    return stories.read(datasets / "train" / "stories" / "packs.jsonl")[:HELD_OUT]


def _parts(
    datasets: Path, mistakes: Path, plan: JudgePlan, rng: random.Random
) -> Iterator[tuple[str, Iterable[Instance]]]:
    """Yield the name of each source and its instances."""
    told = stories.misread(taught(datasets), stories.reader_mistakes(mistakes))
    for at in range(plan.passes):
        shown = stories.renamed(told, rng) if at % _AS_TOLD else told
        yield f"claims {at}", stories.claim_instances(shown, rng)
        if at % 2 == 0:
            yield f"answers {at}", stories.answer_instances(shown, rng)
    for name, count in (sources.SENTENCES | sources.PASSAGES).items():
        for at in range(2 if name in sources.PASSAGES and plan.passes > 2 else 1):
            beside = sources.BESIDE.get(name, 0.0)
            folder = datasets / "train" / "entailment"
            found = sources.entailment_instances(folder, name, rng, beside)
            yield f"{name} {at}", islice(found, round(plan.fraction * count))
    for name in ("squad", "shifts-wiki"):
        made = round(plan.fraction * _MADE), round(plan.fraction * _ASKED)
        yield f"made of {name}", sources.made_instances(datasets, name, made[0], rng)
        yield f"asked of {name}", sources.asked_instances(datasets, name, made[1], rng)


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
    indices: Sequence[int], sizes: Sequence[int], most: int, rng: random.Random, pool: int = 40
) -> list[tuple[int, ...]]:
    """Return the indices in shuffled batches of similar length and of at most `most` tokens.

    Args:
        indices: of the features.
        sizes: the length of each feature.
        most: tokens in a batch, padding included.
        rng: the order.
        pool: the number of batches that are sorted by length together, about.
    """
    order = rng.sample(indices, len(indices))
    made: list[tuple[int, ...]] = []
    step = max(1, pool * most * len(order) // max(1, sum(sizes[i] for i in order)))
    for at in range(0, len(order), step):
        batch: list[int] = []
        for index in sorted(order[at : at + step], key=lambda i: sizes[i]):
            if batch and (len(batch) + 1) * sizes[index] > most:
                made.append(tuple(batch))
                batch = []
            batch.append(index)
        made.append(tuple(batch))
    rng.shuffle(made)
    return made
