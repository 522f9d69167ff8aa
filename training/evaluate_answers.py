"""Measures whether the judge tells right short answers from wrong ones better than the check does.

    python -m training.evaluate_answers DIR/judge.safetensors FILE

The judge reads a question with a short answer behind it beside the article. FILE keeps what the
shipped reader answers to the questions of dev/stories, which teach neither the judge nor the check
(`qa.answering.checking`). Printed are areas under the ROC curve (of both together, each story by a
regression over the others), and for thresholds that keep most of these right answers, the share of
the wrong ones that is kept and that of the right answers of dev/xquad-en that is lost.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from qa.answering.checking import features, model
from qa.retrieval.overlap import idf
from qa.text import paragraph_spans, terms
from training.base import LAYOUTS, packaged_tokenizer
from training.checking import answers, frequencies, is_right, placed, story_questions
from training.evaluate_judge import judged
from training.judge_data import JudgeEncoder, JudgeFeature
from training.judge_model import Judge
from training.judge_sources import SUPPORTED, Instance
from training.judge_stories import titled
from training.sources import Row, read_jsonl

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEPT = (0.98, 0.95, 0.9)
_XQUAD = 200


class _Odds:
    """The judge's log odds that texts give an answer."""

    def __init__(self, weights: Path) -> None:
        self._judge = Judge().eval()
        self._judge.load_state_dict(load_file(weights), strict=False)
        self._encoder = JudgeEncoder(packaged_tokenizer(), LAYOUTS["minilm"])

    def of(self, cases: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """Return the odds of questions with answers behind them, each beside a text."""
        return np.array(judged(self._judge, [self._window(*case) for case in cases]))

    def _window(self, claim: str, text: str) -> JudgeFeature:
        window = self._encoder.encode(Instance(claim, (text,), SUPPORTED))
        if window is None:
            raise ValueError(f"nothing to read beside {claim!r}")
        return window


@dataclass(frozen=True, slots=True)
class _Given:
    """What the reader answered.

    Attributes:
        claims: question and answer, and the article's text.
        right: whether each answer is right.
        story: the number of its story.
        margin: as the reader gave it.
        check: the log odds of `qa.answering.checking`.
    """

    claims: list[tuple[str, str]]
    right: NDArray[np.bool_]
    story: NDArray[np.int64]
    margin: NDArray[np.float64]
    check: NDArray[np.float64]


def _given(packs: Sequence[Row], file: Path) -> _Given:
    """Return the reader's answers to the questions of stories, as far as they are found again."""
    asked = list(story_questions(packs))
    given, (frequency, total) = answers(asked, file, None), frequencies(packs)
    claims, rows = [], []
    for one in asked:
        answer, margin = given[one.question]["answer"], given[one.question]["margin"]
        if found := placed(one, answer):
            weights = idf(terms(one.question), frequency, total)
            chance = model().probability(
                features(one.question, weights, one.article, found, margin)
            )
            heading = {"title": one.article.title, "source": one.article.source}
            text = titled({**heading, "published": one.article.published}, one.article.text)
            claims.append((f"{one.question} {answer}", text))
            rows.append((is_right(one, answer), one.story, margin, math.log(chance / (1 - chance))))
    right, story, margins, check = (np.array(column) for column in zip(*rows, strict=True))
    return _Given(claims, right, story, margins, check)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    dev, odds = Path(os.environ["QA_DATASETS"]) / "dev", _Odds(options.weights)
    given = _given(read_jsonl(dev / "stories" / "packs.jsonl"), options.file)
    right, judge = given.right, odds.of(given.claims)
    both = _crossed(np.stack([given.check, judge], 1), right, given.story)
    print(f"{len(right)} answers, {right.sum()} of them right")
    columns = {"margin": given.margin, "check": given.check, "judge": judge, "both": both}
    for name, values in columns.items():
        print(f"{name:8} AUROC {roc_auc_score(right, values):.3f}")
    other = odds.of(list(_right_answers(dev / "xquad-en")))
    for share in _KEPT:
        kept = {
            name: (values[~right] >= np.quantile(values[right], 1 - share)).mean()
            for name, values in columns.items()
        }
        lost = (other < np.quantile(judge[right], 1 - share)).mean()
        shares = ", ".join(f"{name} {value:.2f}" for name, value in kept.items())
        print(f"right {share}: wrong kept by {shares}; lost of xquad-en by the judge {lost:.3f}")


def _crossed(
    x: NDArray[np.float64], right: NDArray[np.bool_], story: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the log odds of each story by a regression over the others."""
    found = np.empty(len(x))
    for held in np.unique(story):
        own = story == held
        fitted = LogisticRegression(C=1.0).fit(x[~own], right[~own])
        found[own] = fitted.decision_function(x[own])
    return found


def _right_answers(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield questions with their right answers, and the paragraph that holds each."""
    texts = {row["id"]: row for row in read_jsonl(folder / "articles.jsonl")}
    rows = [row for row in read_jsonl(folder / "questions.jsonl") if row["relevant"]]
    for row in rows[:: max(1, len(rows) // _XQUAD)][:_XQUAD]:
        gold = row["relevant"][0]
        article = texts[gold["article_id"]]
        for start, end in paragraph_spans(article["text"]):
            if start <= gold["start"] < end:
                answer = article["text"][gold["start"] : gold["end"]]
                yield (
                    f"{row['question']} {answer}",
                    f"{article['title']}\n{article['text'][start:end]}",
                )


if __name__ == "__main__":
    main()
