"""What the reader is taught: which source gives which share, and what is made unanswerable."""

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

SEARCH_STYLE = 0.25
# Titles are left out, or another text's put in their place, so often: a file may have none, or one that says nothing.
UNTITLED = 0.2
MISTITLED = 0.05
_PASSES = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A share of all examples: `kind` is `answered`, `unanswered` (as in the set) or one that `Negatives` makes."""

    stage: str
    source: str
    kind: str
    share: float


# Sentences come first: they teach what a question word asks for, at a fifth of a paragraph's cost. SQuAD 2.0's
# unanswerable questions are few and the only ones written to mislead, so each is shown as often as passes allow.
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

# Nearly twice as many other texts, which do not answer, on top of what a plan asks for.
_MORE = {
    ("squad", "neighbour"): 0.020,
    ("squad2", "neighbour"): 0.005,
    ("squad", "bm25"): 0.040,
    ("shifts-wiki", "bm25"): 0.020,
    ("shifts-reddit", "bm25"): 0.005,
    ("shifts-amazon", "bm25"): 0.005,
}
HARDER = tuple(replace(part, share=part.share + _MORE.get((part.source, part.kind), 0.0)) for part in MIX)
MIXES = {"plain": MIX, "harder": HARDER}


def without(part: str, mix: Sequence[Part] = MIX) -> tuple[Part, ...]:
    """Return a mixture without a part of it, to see what that part is worth.

    Args:
        part: `sentences`, `made` (questions made unanswerable) or `unanswerable` (these, and those of the sets).
        mix: the whole mixture.
    """
    if part == "sentences":
        return tuple(one for one in mix if one.stage != "sentences")
    kept = {"answered", "unanswered"} if part == "made" else {"answered"}
    return tuple(one for one in mix if one.kind in kept)


@dataclass(frozen=True, slots=True)
class Lesson:
    """All features and the order in which they are taught, as batches of indices."""

    features: tuple[Feature, ...]
    order: tuple[tuple[int, ...], ...]
    counts: dict[str, int]

    def digest(self) -> str:
        """Return a fingerprint of the content and the order: what a resumed run must meet again."""
        seen = hashlib.sha256(repr(self.order).encode())
        for feature in self.features:
            seen.update(repr((feature.ids, feature.start, feature.end)).encode())
        return seen.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is taught, and in which order.

    Attributes:
        examples: how many are taught; a part that is asked for more than it has is gone through a few times at most.
        batch: how many are taught at once.
        seed: decides what is drawn, and its order.
    """

    examples: int
    batch: int = 32
    seed: int = 0


def lesson(datasets: Path, plan: Plan, encoder: Encoder, mix: Sequence[Part] = MIX) -> Lesson:
    """Read, make and encode all examples of a plan; the same plan gives the same lesson."""
    sources = {name: load(name, datasets) for name in dict.fromkeys(part.source for part in mix)}
    makers = {name: Negatives(source) for name, source in sources.items()}
    staged: dict[str, list[Feature]] = {part.stage: [] for part in mix}
    counts = {}
    for part in mix:
        rng = random.Random(f"{plan.seed}:{part.source}:{part.kind}")  # noqa: S311 -- no secret depends on it
        name = f"{part.stage}/{part.source}/{part.kind}"
        examples = drawn(part.kind, sources[part.source], makers[part.source], rng)
        titles = list(dict.fromkeys(context.title for context in sources[part.source].contexts))
        made = _encoded(examples, titles, encoder, rng)
        features = list(islice(made, round(part.share * plan.examples)))
        staged[part.stage] += features
        counts[name] = len(features)
    return _ordered(staged, plan, counts)


def drawn(kind: str, source: Source, negatives: Negatives, rng: random.Random) -> Iterator[Example]:
    """Yield examples of a kind, all of the source before any comes again, for a few passes, in each made anew."""
    for _ in range(_PASSES):
        for example in rng.sample(source.examples, len(source.examples)):
            if kind in {"answered", "unanswered"}:
                if bool(example.answers) == (kind == "answered"):
                    yield example
            elif made := negatives.make(kind, example, rng):
                yield made


def _encoded(
    examples: Iterator[Example], titles: Sequence[str], encoder: Encoder, rng: random.Random
) -> Iterator[Feature]:
    for example in examples:
        noisy = rng.random() < SEARCH_STYLE
        asked = replace(example, question=search_style(example.question)) if noisy else example
        feature = encoder.train(replace(asked, context=retitled(asked.context, titles, rng)), rng)
        if feature is not None:
            yield feature


def retitled(context: Context, titles: Sequence[str], rng: random.Random) -> Context:
    """Return a context with its title, or with none, or with one of `titles`."""
    drawn = rng.random()
    if not context.title or drawn >= UNTITLED + MISTITLED:
        return context
    return replace(context, title="" if drawn < UNTITLED else rng.choice(titles))


def _ordered(staged: dict[str, list[Feature]], plan: Plan, counts: dict[str, int]) -> Lesson:
    """Put the stages one after the other."""
    features: list[Feature] = []
    order: list[tuple[int, ...]] = []
    rng = random.Random(f"{plan.seed}:order")  # noqa: S311 -- no secret depends on it
    for members in staged.values():
        lengths = [len(feature.ids) for feature in members]
        order += [tuple(len(features) + i for i in b) for b in batches(lengths, plan.batch, rng)]
        features += members
    return Lesson(tuple(features), tuple(order), counts)
