"""What teaches the reader of many languages, encoded into one file.

    python -m training.language_data DATA.npz

English questions as the English reader learns from, and those of train/languages in several passes,
each time with another part of the article around the answer. The file also holds the weights of
multilingual-e5-small that the run needs, so that it runs where neither sets nor packages are.
`training.train_languages` writes it where it is missing.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from qa.models import e5
from qa.models.reader_manifest import TokenLayout
from qa.sentences import sentence_spans
from training.data import MIX, Part, drawn, encoded
from training.features import Encoder, Feature
from training.negatives import Negatives, holds_answer
from training.perturb import swap_number
from training.sources import Context, Example, Row, load, read_jsonl

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

SETS = {"arcd-ar": "ar", "cmrc-zh": "zh", "piaf-fr": "fr", "tydi-ar": "ar", "tydi-ru": "ru"}
"""The sets of train/languages, and their languages."""

# Every tenth article of a set teaches nothing; it measures and calibrates.
_HELD_OUT = 10
WINDOW = 320
ENGLISH = 110_000
"""English examples."""

WEIGHT = "weight:"
_STORIES = (
    Part("all", "stories", "answered", 0.040),
    Part("all", "stories", "unanswered", 0.030),
    Part("all", "stories", "neighbour", 0.010),
    Part("all", "stories", "cut", 0.015),
)
# How often each question is asked in each way.
_PASSES = {"answered": 8, "neighbour": 2, "similar": 3, "cut": 2, "number": 2, "foreign": 1}
_WIDER = 800
_BEST = 4
# ARCD's questions come with a list's dash and the rest of a prompt.
_PROMPT = ("- ", " ال")


def layout(tokenizer: Tokenizer) -> TokenLayout:
    """Return the layout of the network's input, with the encoder's prompt for questions."""
    prompt = tokenizer.encode("query:", add_special_tokens=False).ids
    return TokenLayout(shift=0, opening=(0, *prompt), between=(2, 2), closing=(2,), pad=1)


def is_held_out(name: str, article_id: str, articles: Sequence[str]) -> bool:
    """Return whether an article of a set is kept from the training data."""
    return articles.index(article_id) % _HELD_OUT == sum(map(ord, name)) % _HELD_OUT


def held_out_articles(folder: Path, name: str) -> frozenset[str]:
    """Return the articles of a set that are kept from the training data."""
    ids = [row["id"] for row in read_jsonl(folder / name / "articles.jsonl")]
    return frozenset(one for one in ids if is_held_out(name, one, ids))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a language, the article and its language."""

    example: Example
    article: Row
    paragraph: tuple[int, int]
    answers: tuple[tuple[int, int], ...]
    language: str


def of_language(folder: Path, name: str, *, held_out: bool = False) -> list[Asked]:
    """Return the questions of a set, those that teach or those that are held out."""
    rows = {row["id"]: row for row in read_jsonl(folder / name / "articles.jsonl")}
    ids = list(rows)
    asked = []
    for row in read_jsonl(folder / name / "questions.jsonl"):
        where, gold = row["paragraph"], row["relevant"]
        article = rows[where["article_id"]]
        if is_held_out(name, article["id"], ids) is not held_out or not gold:
            continue
        answers = tuple((g["start"], g["end"]) for g in gold)
        span = (where["start"], where["end"])
        question = cleaned(row["question"])
        example = _around(question, article, span, answers, span)
        asked.append(Asked(example, article, span, answers, SETS[name]))
    return asked


def cleaned(question: str) -> str:
    """Return a question without what ARCD puts around some."""
    return question.removeprefix(_PROMPT[0]).removesuffix(_PROMPT[1])


def _around(
    question: str,
    article: Row,
    paragraph: tuple[int, int],
    answers: Sequence[tuple[int, int]],
    part: tuple[int, int],
) -> Example:
    """Return the question of a part of the article."""
    first, last = part
    inside = tuple((a - first, b - first) for a, b in answers if first <= a and b <= last)
    id_ = f"{article['id']}:{paragraph[0]}"
    text = article["text"][first:last]
    return Example(question, Context(id_, article["id"], text, article.get("title", "")), inside)


class Made:
    """Makes examples of all kinds from the questions of one language."""

    def __init__(self, asked: Sequence[Asked], others: Sequence[Context]) -> None:
        self._asked = asked
        self._others = others
        contexts = {each.example.context.id: each.example.context for each in asked}
        self._contexts = list(contexts.values())
        self._near = self._nearest()

    def examples(self, rng: random.Random) -> Iterator[Example]:
        """Yield all examples, each kind as often as planned."""
        for kind, passes in _PASSES.items():
            for number in range(passes):
                for at, each in enumerate(self._asked):
                    made = self._made(kind, at, each, number, rng)
                    if made is not None:
                        yield made

    def _made(
        self, kind: str, at: int, each: Asked, number: int, rng: random.Random
    ) -> Example | None:
        example = each.example
        if kind == "answered":
            return self._wider(each, rng) if number % 2 else example
        if kind == "cut":
            return _cut(self._wider(each, rng), each.language)
        if kind == "number":
            near = example.context.text
            changed = swap_number(example.question, near, [], rng)
            return None if changed is None else replace(example, question=changed, answers=())
        if kind == "neighbour":
            found = [
                c
                for c in self._contexts
                if c.article == example.context.article and c.id != example.context.id
            ]
        elif kind == "similar":
            found = [self._contexts[i] for i in self._near[at]]
        else:
            found = [rng.choice(self._others)]
        lacking = [
            c for c in found if c.id != example.context.id and not holds_answer(c.text, example)
        ]
        return Example(example.question, rng.choice(lacking[:_BEST]), ()) if lacking else None

    def _wider(self, each: Asked, rng: random.Random) -> Example:
        text = each.article["text"]
        first = max(0, each.paragraph[0] - rng.randint(0, _WIDER))
        last = min(len(text), each.paragraph[1] + rng.randint(0, _WIDER))
        while 0 < first < each.paragraph[0] and text[first - 1].isalnum():
            first += 1
        part = (first, last)
        return _around(each.example.question, each.article, each.paragraph, each.answers, part)

    def _nearest(self) -> NDArray[np.int64]:
        """Return the contexts that share most runs of letters with each question, best first."""
        counts = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True)
        texts = counts.fit_transform([c.text for c in self._contexts])
        asked = counts.transform([each.example.question for each in self._asked])
        order: NDArray[np.int64] = np.argsort(-(asked @ texts.T).toarray(), axis=1)[:, : _BEST + 2]
        return order


def _cut(example: Example, language: str) -> Example | None:
    """Return the example without the sentences that answer; None if the rest still may."""
    text = example.context.text
    spans = sentence_spans(text, language=language)
    kept = [
        text[a:b]
        for a, b in spans
        if all(b <= first or last <= a for first, last in example.answers)
    ]
    rest = ("" if language == "zh" else " ").join(kept)
    if not rest or holds_answer(rest, example):
        return None
    return replace(example, context=replace(example.context, text=rest), answers=())


class CachedTokenizer:
    """The tokenizer, which remembers what it encoded: texts come again and again."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._seen = functools.lru_cache(maxsize=50_000)(self._encode)

    def encode(self, text: str, *, add_special_tokens: bool) -> _Encoded:
        """Return the ids and the offsets of a text's tokens."""
        assert not add_special_tokens  # noqa: S101 -- nothing else is asked for
        return self._seen(text)

    def _encode(self, text: str) -> _Encoded:
        found = self._tokenizer.encode(text, add_special_tokens=False)
        return _Encoded(found.ids, found.offsets)


@dataclass(frozen=True, slots=True)
class _Encoded:
    ids: list[int]
    offsets: list[tuple[int, int]]


def english(
    datasets: Path, encoder: Encoder, seed: int, fraction: float
) -> Iterator[tuple[int, Feature]]:
    """Yield stage and feature of the English examples: sentences first."""
    mix = (*MIX, *_STORIES)
    sources = {name: load(name, datasets) for name in dict.fromkeys(part.source for part in mix)}
    makers = {name: Negatives(source) for name, source in sources.items()}
    for part in mix:
        rng = random.Random(f"{seed}:{part.source}:{part.kind}")  # noqa: S311 -- no secret depends on it
        source = sources[part.source]
        titles = list(dict.fromkeys(context.title for context in source.contexts))
        examples = drawn(part.kind, source, makers[part.source], rng)
        made = encoded(examples, titles, encoder, rng)
        stage = int(part.stage != "sentences")
        yield from ((stage, one) for one in islice(made, round(part.share * ENGLISH * fraction)))


def other_languages(
    datasets: Path, encoder: Encoder, seed: int, fraction: float
) -> Iterator[tuple[int, Feature]]:
    """Yield stage and feature of the examples of train/languages."""
    folder = datasets / "train" / "languages"
    sets = {name: of_language(folder, name) for name in SETS}
    squad = load("squad", datasets).contexts
    for name, asked in sets.items():
        rng = random.Random(f"{seed}:{name}")  # noqa: S311 -- no secret depends on it
        foreign = [
            each.example.context
            for other, those in sets.items()
            if SETS[other] != SETS[name]
            for each in those
        ]
        others = [*foreign, *rng.sample(squad, 500)]
        titles = [each.example.context.title for each in asked]
        made = Made(asked, others).examples(rng)
        for one in encoded(made, titles, encoder, rng):
            if rng.random() < fraction:
                yield 1, one


def write(features: Iterable[tuple[int, Feature]], path: Path) -> dict[str, int]:
    """Write features, the rows of the input table that they need, and the other weights."""
    stages, lengths, places, ids = [], [], [], []
    for stage, one in features:
        stages.append(stage)
        lengths.append(len(one.ids))
        places.append((one.context, one.context + len(one.offsets), one.start, one.end))
        ids.append(np.array(one.ids, dtype=np.int32))
    flat = np.concatenate(ids)
    rows, compact = np.unique(np.append(flat, 1), return_inverse=True)
    few = np.uint16 if len(rows) <= np.iinfo(np.uint16).max + 1 else np.uint32
    words, raw = e5.raw_tensors(np.fromfile(e5.weights_file(), dtype=np.uint8))
    kept: dict[str, Any] = {f"{WEIGHT}{name}": tensor for name, tensor in raw.items()}
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        stages=np.array(stages, dtype=np.uint8),
        lengths=np.array(lengths, dtype=np.uint16),
        places=np.array(places, dtype=np.uint16),
        ids=compact[:-1].astype(few),
        pad=compact[-1],
        words=words[rows],
        **kept,
    )
    partial.replace(path)
    return {"examples": len(lengths), "tokens": len(flat), "rows": len(rows)}


def build(path: Path, datasets: Path, seed: int, fraction: float) -> dict[str, int]:
    """Read, make and encode all examples into a file; return how much there is."""
    tokenizer = e5.tokenizer()
    cached: Any = CachedTokenizer(tokenizer)
    encoder = Encoder(cached, layout(tokenizer), WINDOW)
    given = (datasets, encoder, seed, fraction)
    return write(itertools.chain(english(*given), other_languages(*given)), path)


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--datasets", type=Path, default=os.environ.get("QA_DATASETS"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fraction", type=float, default=1.0, help="of the examples")
    options = parser.parse_args()
    print(build(options.data, options.datasets, options.seed, options.fraction))


if __name__ == "__main__":
    main()
