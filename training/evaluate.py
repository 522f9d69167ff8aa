"""Judge trained weights, or those that ship, with the paragraph or article given: `training/evaluate.py [WEIGHTS]`.

Nothing that was taught is asked: of squad2 only the articles that the recipe leaves out, of xquad-en no article
that shares a paragraph with those it takes.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch

from training import model
from training.base import LAYOUTS, packaged_tokenizer
from training.features import Encoder
from training.judging import Judged, auroc, exact_and_f1, f1_with_threshold
from training.reading import Reading, read, read_shipped
from training.sources import TAUGHT, Context, Example, Row, Span, read_jsonl, squad2, squad_form


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the text to read, and the answers that count; none where the text has none."""

    question: str
    context: Context
    answers: tuple[str, ...]


def squad2_held(datasets: Path) -> Iterator[Asked]:
    """Yield the questions of squad2's articles that were not taught."""
    folder = datasets / "dev" / "squad2"
    held = [row["id"] for row in read_jsonl(folder / "articles.jsonl") if row["id"] not in TAUGHT]
    yield from map(_asked, squad2(folder, held).examples)


def xquad(datasets: Path) -> Iterator[Asked]:
    """Yield xquad-en's questions with the paragraph that holds the gold span."""
    folder, taught = datasets / "dev" / "xquad-en", taught_xquad(datasets)
    articles = _articles(folder)
    for row in read_jsonl(folder / "questions.jsonl"):
        gold = row["relevant"][0]
        if gold["article_id"] not in taught:
            article = articles[gold["article_id"]]
            paragraph = article.text[slice(*paragraph_around(article.text, gold["start"]))]
            yield Asked(row["question"], replace(article, text=paragraph), tuple(row["answers"]))


def taught_xquad(datasets: Path) -> set[str]:
    """Return the ids of xquad-en's articles that share a paragraph with those that teach."""
    taught = {context.text for context in squad2(datasets / "dev" / "squad2", TAUGHT).contexts}
    rows = read_jsonl(datasets / "dev" / "xquad-en" / "articles.jsonl")
    return {row["id"] for row in rows if any(paragraph in row["text"] for paragraph in taught)}


def qamr_news(datasets: Path) -> Iterator[Asked]:
    """Yield qamr-news' questions with the whole article."""
    folder = datasets / "dev" / "qamr-news"
    articles = _articles(folder)
    for row in read_jsonl(folder / "questions.jsonl"):
        yield Asked(row["question"], articles[_article(row)], tuple(row["answers"]))


def _articles(folder: Path) -> dict[str, Context]:
    return {
        row["id"]: Context(row["id"], row["id"], row["text"], row["title"])
        for row in read_jsonl(folder / "articles.jsonl")
    }


def shifts(name: str) -> Callable[[Path], Iterator[Asked]]:
    """Return what yields the questions of one of dev-paragraphs' sets."""
    return lambda datasets: map(_asked, squad_form(name, datasets / "dev-paragraphs").examples)


SETS: dict[str, Callable[[Path], Iterator[Asked]]] = {
    "squad2 (held articles)": squad2_held,
    "xquad-en": xquad,
    "qamr-news": qamr_news,
    "shifts-reddit": shifts("shifts-reddit"),
    "shifts-amazon": shifts("shifts-amazon"),
}


def paragraph_around(text: str, at: int) -> Span:
    """Return the span of the paragraph that holds a character: paragraphs end at a line's end."""
    before, after = text.rfind("\n", 0, at), text.find("\n", at)
    return before + 1, len(text) if after == -1 else after


def _asked(example: Example) -> Asked:
    answers = tuple(example.context.text[start:end] for start, end in example.answers)
    return Asked(example.question, example.context, answers)


def _article(row: Row) -> str:
    return str(row["relevant"][0]["article_id"] if row.get("relevant") else row["doc_ids"][0])


# How a reading's certainty is told: by the span's margin, by the head that only judges answerability, by both.
SCORES: dict[str, Callable[[Reading], float]] = {
    "margin": lambda reading: reading.margin,
    "head": lambda reading: reading.answerable,
    "both": lambda reading: reading.margin / 2 + reading.answerable,
}


def figures(asked: list[Asked], readings: list[Reading]) -> dict[str, float]:
    """Return the figures of one set, in percent but for AUROC."""
    answerable = [bool(one.answers) for one in asked]
    judged = {name: _judged(asked, readings, score) for name, score in SCORES.items()}
    exact, f1 = exact_and_f1([one for one in judged["margin"] if one.answers])
    found = {"n": float(sum(answerable)), "EM": exact, "F1": f1}
    if all(answerable):
        return found
    for name, with_score in judged.items():
        found[f"all: F1 ({name})"] = f1_with_threshold(with_score)
        yes, no = ([one.score for one in with_score if bool(one.answers) == side] for side in (True, False))
        found[f"AUROC ({name})"] = auroc(yes, no)
    return found


def _judged(asked: list[Asked], readings: list[Reading], score: Callable[[Reading], float]) -> list[Judged]:
    return [Judged(a.question, r.text, score(r), a.answers) for a, r in zip(asked, readings, strict=True)]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="?", help="in 32 bits; without any, what ships is judged")
    parser.add_argument("--datasets", type=Path, default=os.environ.get("QA_DATASETS"))
    parser.add_argument("--base", choices=LAYOUTS, default="mpnet", help="the encoder that the run started from")
    parser.add_argument("--limit", type=int, help="ask only so many questions of each set, drawn at random")
    parser.add_argument("--only", choices=SETS, help="one set")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    if options.datasets is None:
        parser.error("--datasets, or QA_DATASETS, must name the folder that holds dev/ and dev-paragraphs/")
    return options


def reading_with(weights: Path, base: str) -> Callable[[Sequence[tuple[str, Context]]], list[Reading]]:
    """Return what reads questions and contexts with trained weights."""
    return partial(read, model.restored(weights, base), Encoder(packaged_tokenizer(), LAYOUTS[base]))


def main() -> None:
    """Print a table of figures."""
    options = arguments()
    torch.set_num_threads(options.threads)
    read_all = reading_with(options.weights, options.base) if options.weights else read_shipped
    for name, load in SETS.items():
        if options.only in {None, name}:
            asked, began = list(load(options.datasets)), time.monotonic()
            if options.limit and options.limit < len(asked):
                asked = random.Random(0).sample(asked, options.limit)  # noqa: S311 -- no secret depends on it
            readings = read_all([(one.question, one.context) for one in asked])
            print(f"{name} ({(time.monotonic() - began) / len(asked) * 1000:.0f} ms a question)")
            for label, value in figures(asked, readings).items():
                print(f"    {label:<20}{value:8.{0 if label == 'n' else 3 if label.startswith('AUROC') else 1}f}")


if __name__ == "__main__":
    main()
