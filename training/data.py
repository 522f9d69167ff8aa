"""The training mixture: the share of each source and of each kind of negative."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from training.features import Encoder, Feature, batches
from training.negatives import Negatives
from training.perturb import search_style
from training.sources import Context, Example, Source, load

# Share of questions in the style of a search box.
SEARCH_STYLE = 0.25
# Shares of titles that are dropped, or replaced by another text's: a file may have none, or a
# useless one.
UNTITLED = 0.2
MISTITLED = 0.05
# A source is gone through at most this often.
_PASSES = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A share of all examples.

    Attributes:
        stage: stages are trained on one after the other.
        source: of the examples.
        kind: `answered` or `unanswered` (as in the source), or one that `Negatives` makes.
        share: of the planned number of examples.
    """

    stage: str
    source: str
    kind: str
    share: float


# Sentences come first: they teach what a question word asks for, at a fifth of a paragraph's cost.
# SQuAD 2.0's unanswerable questions are few and the only ones written to mislead, so each is
# repeated as often as `_PASSES` allows.
MIX = (
    Part("sentences", "qamr", "answered", 0.100),
    Part("sentences", "qasrl-gs", "answered", 0.050),
    Part("paragraphs", "squad", "answered", 0.260),
    Part("paragraphs", "shifts-wiki", "answered", 0.125),
    Part("paragraphs", "shifts-reddit", "answered", 0.075),
    Part("paragraphs", "shifts-amazon", "answered", 0.075),
    Part("paragraphs", "qamr-articles", "answered", 0.070),
    Part("paragraphs", "squad2", "answered", 0.020),
    Part("paragraphs", "squad", "neighbour", 0.030),
    Part("paragraphs", "squad2", "neighbour", 0.005),
    Part("paragraphs", "squad", "bm25", 0.040),
    Part("paragraphs", "shifts-wiki", "bm25", 0.020),
    Part("paragraphs", "shifts-reddit", "bm25", 0.010),
    Part("paragraphs", "shifts-amazon", "bm25", 0.010),
    Part("paragraphs", "squad", "perturbed", 0.035),
    Part("paragraphs", "shifts-wiki", "perturbed", 0.020),
    Part("paragraphs", "shifts-reddit", "perturbed", 0.005),
    Part("paragraphs", "shifts-amazon", "perturbed", 0.005),
    Part("paragraphs", "squad2", "perturbed", 0.010),
    Part("paragraphs", "squad", "unanswered", 0.010),
    Part("paragraphs", "squad2", "unanswered", 0.025),
)

# Nearly twice as many unrelated texts, in addition to the planned examples.
_MORE = {
    ("squad", "neighbour"): 0.020,
    ("squad2", "neighbour"): 0.005,
    ("squad", "bm25"): 0.040,
    ("shifts-wiki", "bm25"): 0.020,
    ("shifts-reddit", "bm25"): 0.005,
    ("shifts-amazon", "bm25"): 0.005,
}
HARDER = tuple(
    replace(part, share=part.share + _MORE.get((part.source, part.kind), 0.0)) for part in MIX
)

# Adapts a trained reader to news, with a third of what taught it before. The stories' answerable
# questions are in other words than their articles, and the others less so: without the sets'
# questions the network would learn to tell them apart by that.
NEWS = (
    Part("news", "stories", "answered", 0.280),
    Part("news", "stories", "unanswered", 0.220),
    Part("news", "stories", "neighbour", 0.060),
    Part("news", "stories", "cut", 0.090),
    Part("news", "stories", "perturbed", 0.020),
    Part("news", "squad", "answered", 0.120),
    Part("news", "qamr-articles", "answered", 0.060),
    Part("news", "squad2", "answered", 0.030),
    Part("news", "squad2", "unanswered", 0.050),
    Part("news", "squad", "bm25", 0.020),
    Part("news", "squad", "cut", 0.020),
    Part("news", "squad", "perturbed", 0.030),
)
MIXES = {"plain": MIX, "harder": HARDER, "news": NEWS}


def without(part: str, mix: Sequence[Part] = MIX) -> tuple[Part, ...]:
    """Return a mixture without a part of it, for an ablation.

    Args:
        part: `sentences`, `made` (questions made unanswerable) or `unanswerable` (also the sets'
            own unanswerable questions).
        mix: the whole mixture.
    """
    if part == "sentences":
        return tuple(one for one in mix if one.stage != "sentences")
    kept = {"answered", "unanswered"} if part == "made" else {"answered"}
    return tuple(one for one in mix if one.kind in kept)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """All features, their order as batches of indices, and how many each part gives."""

    features: tuple[Feature, ...]
    order: tuple[tuple[int, ...], ...]
    counts: dict[str, int]

    def digest(self) -> str:
        """Return a fingerprint of content and order, which must not change when a run resumes."""
        seen = hashlib.sha256(repr(self.order).encode())
        for feature in self.features:
            seen.update(repr((feature.ids, feature.start, feature.end)).encode())
        return seen.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Plan:
    """Size and seed of the training data.

    Attributes:
        examples: how many; a part with too few is repeated, but only a few times.
        batch: examples in a batch.
        seed: determines the sample and its order.
    """

    examples: int
    batch: int = 32
    seed: int = 0


def training_data(
    datasets: Path, plan: Plan, encoder: Encoder, mix: Sequence[Part] = MIX
) -> TrainingData:
    """Read, make and encode all examples of a plan; the same plan gives the same data."""
    sources = {name: load(name, datasets) for name in dict.fromkeys(part.source for part in mix)}
    makers = {name: Negatives(source) for name, source in sources.items()}
    staged: dict[str, list[Feature]] = {part.stage: [] for part in mix}
    counts = {}
    for part in mix:
        rng = random.Random(f"{plan.seed}:{part.source}:{part.kind}")  # noqa: S311 -- no secret depends on it
        name = f"{part.stage}/{part.source}/{part.kind}"
        examples = drawn(part.kind, sources[part.source], makers[part.source], rng)
        titles = list(dict.fromkeys(context.title for context in sources[part.source].contexts))
        made = encoded(examples, titles, encoder, rng)
        features = list(islice(made, round(part.share * plan.examples)))
        staged[part.stage] += features
        counts[name] = len(features)
    return _ordered(staged, plan, counts)


def drawn(kind: str, source: Source, negatives: Negatives, rng: random.Random) -> Iterator[Example]:
    """Yield examples of a kind in a few passes over the source, with new negatives in each."""
    for _ in range(_PASSES):
        for example in rng.sample(source.examples, len(source.examples)):
            if kind in {"answered", "unanswered"}:
                if bool(example.answers) == (kind == "answered"):
                    yield example
            elif made := negatives.make(kind, example, rng):
                yield made


def encoded(
    examples: Iterator[Example], titles: Sequence[str], encoder: Encoder, rng: random.Random
) -> Iterator[Feature]:
    """Yield examples as windows, some in the style of a search box or with another title."""
    for example in examples:
        noisy = rng.random() < SEARCH_STYLE
        asked = replace(example, question=search_style(example.question)) if noisy else example
        feature = encoder.train(replace(asked, context=retitled(asked.context, titles, rng)), rng)
        if feature is not None:
            yield feature


def retitled(context: Context, titles: Sequence[str], rng: random.Random) -> Context:
    """Return a context with its title, without one, or with one of `titles`, at random."""
    drawn = rng.random()
    if not context.title or drawn >= UNTITLED + MISTITLED:
        return context
    return replace(context, title="" if drawn < UNTITLED else rng.choice(titles))


def _ordered(staged: dict[str, list[Feature]], plan: Plan, counts: dict[str, int]) -> TrainingData:
    """Batch each stage, and concatenate the stages."""
    features: list[Feature] = []
    order: list[tuple[int, ...]] = []
    rng = random.Random(f"{plan.seed}:order")  # noqa: S311 -- no secret depends on it
    for members in staged.values():
        lengths = [len(feature.ids) for feature in members]
        order += [tuple(len(features) + i for i in b) for b in batches(lengths, plan.batch, rng)]
        features += members
    return TrainingData(tuple(features), tuple(order), counts)
