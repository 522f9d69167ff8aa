"""Evaluates trained weights, or those that ship, with the paragraph or article given.

    python -m training.evaluate [WEIGHTS]

No training data is used: of squad2 only the articles that the recipe leaves out, of xquad-en no
article that shares a paragraph with those it takes.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch

from training import model
from training.base import LAYOUTS, packaged_tokenizer
from training.features import Encoder
from training.inference import Prediction, predict, predict_shipped
from training.scoring import ScoredPrediction, auroc, exact_and_f1, f1_with_threshold
from training.sources import (
    HELD_OUT,
    TAUGHT,
    Context,
    Example,
    Span,
    read_jsonl,
    squad2,
    squad_form,
    stories,
    story_packs,
)


@dataclass(frozen=True, slots=True)
class DevQuestion:
    """A question, its text, and the gold answers; none if the text does not answer it."""

    question: str
    context: Context
    answers: tuple[str, ...]


def squad2_held(datasets: Path) -> Iterator[DevQuestion]:
    """Yield the questions on squad2's held-out articles."""
    folder = datasets / "dev" / "squad2"
    held = [row["id"] for row in read_jsonl(folder / "articles.jsonl") if row["id"] not in TAUGHT]
    yield from map(_from_example, squad2(folder, held).examples)


def xquad(datasets: Path) -> Iterator[DevQuestion]:
    """Yield xquad-en's questions with the paragraph that holds the gold span."""
    folder, taught = datasets / "dev" / "xquad-en", taught_xquad(datasets)
    articles = _articles(folder)
    for row in read_jsonl(folder / "questions.jsonl"):
        gold = row["relevant"][0]
        if gold["article_id"] not in taught:
            article = articles[gold["article_id"]]
            start, end = paragraph_around(article.text, gold["start"])
            context = replace(article, text=article.text[start:end])
            yield DevQuestion(row["question"], context, tuple(row["answers"]))


def taught_xquad(datasets: Path) -> set[str]:
    """Return the ids of xquad-en's articles that share a paragraph with the training articles."""
    taught = {context.text for context in squad2(datasets / "dev" / "squad2", TAUGHT).contexts}
    rows = read_jsonl(datasets / "dev" / "xquad-en" / "articles.jsonl")
    return {row["id"] for row in rows if any(paragraph in row["text"] for paragraph in taught)}


def qamr_news(datasets: Path) -> Iterator[DevQuestion]:
    """Yield qamr-news' questions with the whole article."""
    folder = datasets / "dev" / "qamr-news"
    articles = _articles(folder)
    for row in read_jsonl(folder / "questions.jsonl"):
        gold = row["relevant"][0]["article_id"] if row.get("relevant") else row["doc_ids"][0]
        yield DevQuestion(row["question"], articles[gold], tuple(row["answers"]))


def _articles(folder: Path) -> dict[str, Context]:
    return {
        row["id"]: Context(row["id"], row["id"], row["text"], row["title"])
        for row in read_jsonl(folder / "articles.jsonl")
    }


def stories_held(datasets: Path) -> Iterator[DevQuestion]:
    """Yield the questions on the invented stories that teach nothing, each with its article."""
    packs = story_packs(datasets)[:HELD_OUT]
    packs += read_jsonl(datasets / "dev" / "stories" / "packs.jsonl")
    yield from map(_from_example, stories(packs).examples)


def shifts(name: str) -> Callable[[Path], Iterator[DevQuestion]]:
    """Return a loader of one of dev-paragraphs' sets."""
    return lambda datasets: map(
        _from_example, squad_form(name, datasets / "dev-paragraphs").examples
    )


SETS: dict[str, Callable[[Path], Iterator[DevQuestion]]] = {
    "squad2 (held articles)": squad2_held,
    "xquad-en": xquad,
    "qamr-news": qamr_news,
    "stories (held out)": stories_held,
    "shifts-reddit": shifts("shifts-reddit"),
    "shifts-amazon": shifts("shifts-amazon"),
}


def paragraph_around(text: str, at: int) -> Span:
    """Return the span of the paragraph at a character; paragraphs end at line breaks."""
    before, after = text.rfind("\n", 0, at), text.find("\n", at)
    return before + 1, len(text) if after == -1 else after


def _from_example(example: Example) -> DevQuestion:
    answers = tuple(example.context.text[start:end] for start, end in example.answers)
    return DevQuestion(example.question, example.context, answers)


SCORES: dict[str, Callable[[Prediction], float]] = {
    "margin": lambda prediction: prediction.margin,
    "head": lambda prediction: prediction.answerable,
    "both": lambda prediction: prediction.margin / 2 + prediction.answerable,
}
"""Measures of certainty: the span's margin, the head that only judges answerability, both."""


def figures(questions: list[DevQuestion], predictions: list[Prediction]) -> dict[str, float]:
    """Return the figures of one set, in percent except for AUROC."""
    answerable = [bool(one.answers) for one in questions]
    scored = {name: _scored(questions, predictions, score) for name, score in SCORES.items()}
    exact, f1 = exact_and_f1([one for one in scored["margin"] if one.answers])
    found = {"n": float(sum(answerable)), "EM": exact, "F1": f1}
    if all(answerable):
        return found
    for name, with_score in scored.items():
        found[f"all: F1 ({name})"] = f1_with_threshold(with_score)
        yes, no = (
            [one.score for one in with_score if bool(one.answers) == side] for side in (True, False)
        )
        found[f"AUROC ({name})"] = auroc(yes, no)
    return found


def _scored(
    questions: list[DevQuestion],
    predictions: list[Prediction],
    score: Callable[[Prediction], float],
) -> list[ScoredPrediction]:
    return [
        ScoredPrediction(q.question, p.text, score(p), q.answers)
        for q, p in zip(questions, predictions, strict=True)
    ]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "weights", type=Path, nargs="?", help="32-bit weights; by default, the shipped ones"
    )
    parser.add_argument("--datasets", type=Path, default=os.environ.get("QA_DATASETS"))
    parser.add_argument(
        "--base", choices=LAYOUTS, default="mpnet", help="the encoder that the run started from"
    )
    parser.add_argument(
        "--limit", type=int, help="ask at most this many questions of each set, sampled"
    )
    parser.add_argument("--only", choices=SETS, help="one set")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    if options.datasets is None:
        parser.error(
            "--datasets, or QA_DATASETS, must name the folder that holds dev/ and dev-paragraphs/"
        )
    return options


def main() -> None:
    """Print a table of figures."""
    options = arguments()
    torch.set_num_threads(options.threads)
    predict_all: Callable[[Sequence[tuple[str, Context]]], list[Prediction]] = predict_shipped
    if options.weights:
        encoder = Encoder(packaged_tokenizer(), LAYOUTS[options.base])
        predict_all = partial(predict, model.restored(options.weights, options.base), encoder)
    for name, load in SETS.items():
        if options.only in {None, name}:
            questions, began = list(load(options.datasets)), time.monotonic()
            if options.limit and options.limit < len(questions):
                questions = random.Random(0).sample(questions, options.limit)  # noqa: S311 -- no secret
            predictions = predict_all([(one.question, one.context) for one in questions])
            pace = (time.monotonic() - began) / len(questions) * 1000
            print(f"{name} ({pace:.0f} ms a question)")
            for label, value in figures(questions, predictions).items():
                digits = 0 if label == "n" else 3 if label.startswith("AUROC") else 1
                print(f"    {label:<20}{value:8.{digits}f}")


if __name__ == "__main__":
    main()
