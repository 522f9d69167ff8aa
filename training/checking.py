"""Fits the check of short answers.

    python -m training.checking FILE

FILE keeps what the shipped reader answers to the questions of train/stories, each read in the
article that answers it or seems to; what is missing there is read first, which takes two cores
half an hour (--most N stops after N). A reader that stories have taught is surer of these than of
others: for it, --held-out takes only those that taught nothing. An answerable question that was
not read counts with the right answer, and with the margin of one that was. A fifth of the stories
is held out in turn for the figures that are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from qa.answering.checking import FEATURES, FILE, features
from qa.evaluation.metrics import token_f1
from qa.models.span_model import SpanModel
from qa.retrieval.overlap import idf
from qa.text import Span, sentence_spans, terms
from qa.types import Article
from training.inference import read_best
from training.sources import HELD_OUT, Context

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUT = Path(__file__).resolve().parent.parent / "qa" / "models" / FILE
_FOLDS = 5
# The share of questions without an answer for which the probability holds.
_UNANSWERABLE = 0.2
# An answer has to be more likely right than wrong.
_THRESHOLD = 0.5
_RIGHT = 0.5  # the least F1 of a right answer
_STRENGTH = 2.0
# Whether a larger value of a feature may only raise the probability, or only lower it.
_SIGNS = (1, *[-1] * (len(FEATURES) - 1))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a story, the article that it is read in, its answer or None, and the story."""

    question: str
    article: Article
    answer: str | None
    story: int


def main() -> None:
    """Print what is held out and how it was told, then write the weights."""
    parser = argparse.ArgumentParser(description="Fit the check of short answers.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--most", type=int, help="read at most this many further questions")
    parser.add_argument("--held-out", action="store_true", help="only stories that taught nothing")
    options = parser.parse_args()
    stories = Path(os.environ["QA_DATASETS"]) / "train/stories/packs.jsonl"
    packs = [json.loads(line) for line in stories.read_text("utf-8").splitlines()]
    packs = packs[:HELD_OUT] if options.held_out else packs
    asked = list(story_questions(packs))
    given = answers(asked, options.file, options.most)
    frequency, total = frequencies(packs)
    rows, right, story = [], [], []
    drawn = _drawn(asked, given)
    for one in asked:
        if one.answer and one.question not in given:
            given[one.question] = {"answer": one.answer, "margin": next(drawn)}
        if (answer := given.get(one.question)) and (found := placed(one, answer["answer"])):
            weights = idf(terms(one.question), frequency, total)
            rows.append(features(one.question, weights, one.article, found, answer["margin"]))
            right.append(is_right(one, answer["answer"]))
            story.append(one.story)
    _fit_and_write(np.array(rows), np.array(right), np.array(story))


def _fit_and_write(
    x: NDArray[np.float64], right: NDArray[np.bool_], story: NDArray[np.int64]
) -> None:
    """Fit, print how what is held out is told, and write the weights."""
    share = np.where(right, 1 - _UNANSWERABLE, _UNANSWERABLE)
    weights = share / np.where(right, right.mean(), 1 - right.mean())
    chance = np.empty(len(right))
    for held in range(_FOLDS):
        kept = story % _FOLDS != held
        chance[~kept] = _chance(_fitted(x[kept], right[kept], weights[kept]), x[~kept])
    given = chance >= _THRESHOLD
    print(
        f"{len(right)} questions, {right.sum()} answered rightly by the reader;"
        f" AUROC {roc_auc_score(right, chance):.3f}"
        f" (margin alone {roc_auc_score(right, x[:, 0]):.3f});"
        f" right answers kept {given[right].mean():.3f}, wrong {given[~right].mean():.3f}"
    )
    fitted = _fitted(x, right, weights)
    values = dict(zip(FEATURES, fitted[:-1].round(4).tolist(), strict=True))
    values |= {"bias": round(float(fitted[-1]), 4), "threshold": _THRESHOLD}
    OUT.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    print(values)


def _fitted(
    x: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the coefficients and, last, the intercept of a regression with fixed signs.

    The stories' answerable questions were put into other words than their articles', and the
    others less so. Without fixed signs, sharing words with the question would count against an
    answer.
    """
    sign = np.where(right, 1.0, -1.0)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (x @ w[:-1] + w[-1])
        value = float(weights @ np.logaddexp(0, -margin) + w[1:-1] @ w[1:-1] / _STRENGTH)
        slope: NDArray[np.float64] = -weights * sign / (1 + np.exp(margin))
        gradient = np.append(x.T @ slope, slope.sum())
        gradient[1:-1] += 2 * w[1:-1] / _STRENGTH
        return value, gradient

    bounds = [(0, None) if sign > 0 else (None, 0) for sign in _SIGNS]
    start = np.zeros(x.shape[1] + 1)
    found = minimize(loss, start, jac=True, bounds=[*bounds, (None, None)], method="L-BFGS-B")
    return np.asarray(found.x)


def _chance(w: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-(x @ w[:-1] + w[-1]))))


def story_questions(packs: Sequence[Mapping[str, Any]]) -> Iterator[Asked]:
    """Yield the questions, except those for yes or no, each with its article."""
    for at, pack in enumerate(packs):
        articles = {
            a["id"]: Article(a["id"], a["title"], a["text"], a["source"], a["published"])
            for a in pack["articles"]
        }
        for row in pack["questions"]:
            if row["article"] and row["form"] != "yes_no":
                yield Asked(row["question"], articles[row["article"]], row["answer"], at)


def answers(asked: Sequence[Asked], file: Path, most: int | None) -> dict[str, dict[str, Any]]:
    """Return question -> what the reader answers, from the file or else read now."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    given = {row["question"]: row for row in map(json.loads, lines)}
    missing = [one for one in asked if one.question not in given]
    random.Random(3).shuffle(missing)  # noqa: S311 - no secret
    model = SpanModel()
    with file.open("a", encoding="utf-8") as kept:
        for one in missing[:most]:
            best = read_best(model, one.question, Context("", "", one.article.text))
            row = {
                "question": one.question,
                "answer": best.text,
                "margin": round(best.margin, 3),
            }
            given[one.question] = row
            kept.write(json.dumps(row, ensure_ascii=False) + "\n")
            kept.flush()
    return given


def _drawn(asked: Sequence[Asked], given: Mapping[str, Mapping[str, Any]]) -> Iterator[float]:
    """Yield margins of right answers at random."""
    margins = [
        row["margin"]
        for one in asked
        if one.answer and (row := given.get(one.question)) and is_right(one, row["answer"])
    ]
    chance = random.Random(4)  # noqa: S311 - no secret
    while True:
        yield chance.choice(margins)


def is_right(asked: Asked, answer: str) -> bool:
    """Return whether an answer is the right one, or nearly so."""
    return bool(asked.answer) and token_f1(answer, [asked.answer or ""]) >= _RIGHT


def placed(asked: Asked, answer: str) -> tuple[Span, Span] | None:
    """Return the sentence that holds an answer and most of the question, and the answer's place."""
    text, wanted = asked.article.text, set(terms(asked.question))
    places = [
        (len(wanted & set(terms(text[start:end]))), (start, end), (at, at + len(answer)))
        for start, end in sentence_spans(text)
        if start <= (at := text.find(answer, start)) < end
    ]
    return max(places, key=lambda place: place[0])[1:] if places else None


def frequencies(packs: Sequence[Mapping[str, Any]]) -> tuple[Counter[str], int]:
    """Return stem -> number of paragraphs with it, and the number of paragraphs."""
    paragraphs = [p for pack in packs for a in pack["articles"] for p in a["text"].split("\n\n")]
    return Counter(term for text in paragraphs for term in set(terms(text))), len(paragraphs)


if __name__ == "__main__":
    main()
