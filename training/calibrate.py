"""Fits the reader's calibration and its abstention threshold.

    python -m training.calibrate

The result goes into the reader's manifest (qa/models/reader.json). The questions are development
questions with known answers, asked in five conditions: with all articles; with the gold article
left out; of another set's articles; with a paragraph that only looks as if it answered (SQuAD 2.0);
and on invented news, with and without an answer, beside the news of other stories. First a logistic
regression over all spans is fitted: does the sentence hold an answer? Then it is refitted over the
best span of each question, as the previous fit ranks them, each condition weighing the same: its
output is the probability that this span is right. The threshold is the lowest at which the stated
share of the answers given is right; news has one of its own, as half of its questions here only
look answerable. Articles of the training data are left out (see evaluate.py).
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from qa import Index, Settings
from qa.answering.reader import Found, Reader, worth_reading
from qa.evaluation.metrics import quote_contains_answer
from qa.evaluation.questions import Question
from qa.evaluation.sets import load_set
from qa.models.reader_manifest import NAME, reader_manifest
from qa.retrieval.hybrid import Retriever
from qa.types import Article, Hit, Passage
from training.evaluate import squad2_held, taught_xquad
from training.sources import HELD_OUT, story_packs

MANIFEST = Path(__file__).resolve().parent.parent / "qa" / "models" / NAME
_SEARCHED = ("xquad-en", "qed-nq")
# Sets whose questions are asked of another set's articles.
_ELSEWHERE = (("qed-nq", "xquad-en"), ("xquad-en", "qed-nq"))
# One fit over all spans, then three over best spans, which hardly change after the first.
_ROUNDS = 4
_NEWS = "news"
# How many stories share a collection with those that are asked about.
_OTHER_STORIES = 40


@dataclass(frozen=True, slots=True)
class Candidates:
    """The spans read for one question.

    Attributes:
        condition: how the question was asked.
        answerable: whether the texts hold an answer.
        features: shape (spans, features).
        correct: whether the sentence of each span holds an answer, shape (spans,).
    """

    condition: str
    answerable: bool
    features: npt.NDArray[np.float64]
    correct: npt.NDArray[np.bool_]


class Collection:
    """An index of a set's articles.

    Args:
        articles: the file that holds them.
        index: where to build the index.
    """

    def __init__(self, articles: Path, index: Path) -> None:
        self._index = Index.open(Settings(index=index), create=True)
        self._index.update([articles])
        self._settings = settings = self._index.settings
        self._articles = {article.id: article for article in self._index.articles()}
        self._retriever = Retriever(
            self._index.encoder,
            first_stage_k=settings.first_stage_k,
            lexical_weight=settings.lexical_weight,
        )
        self._reader = Reader()

    def ask(
        self,
        condition: str,
        asked: str,
        answers: Sequence[str],
        *,
        without: AbstractSet[str] = frozenset(),
    ) -> Candidates:
        """Return the spans read for a question, ignoring hits in the articles `without`.

        Args:
            condition: how it is asked.
            asked: the question.
            answers: what is right; empty if the articles that are left do not say.
            without: ids of articles.
        """
        settings = self._settings
        with self._index.snapshot() as snapshot:
            hits = self._retriever.retrieve(snapshot, asked, 3 * settings.k)
            left = [hit for hit in hits if hit.passage.article_id not in without]
            read = worth_reading(left, settings.reader_top_k, settings.reader_margin)
            spans = list(self._reader.spans(snapshot, asked, read, self._articles))
        return _candidates(condition, spans, self._articles, answers)


def searched(datasets: Path, name: str, count: int, rng: random.Random) -> Iterator[Candidates]:
    """Yield a set's questions, each with its gold articles present and left out."""
    left_out = taught_xquad(datasets)
    with TemporaryDirectory() as index:
        collection = Collection(datasets / "dev" / name / "articles.jsonl", Path(index))
        questions = [q for q in _answered(datasets, name) if not q.gold_articles & left_out]
        for question in rng.sample(questions, min(count, len(questions))):
            asked, gold = question.question, question.gold_articles
            yield collection.ask(name, asked, question.answers)
            yield collection.ask(f"{name} without", asked, (), without=gold)


def elsewhere(datasets: Path, count: int, rng: random.Random) -> Iterator[Candidates]:
    """Yield questions of one set, asked of another set's articles."""
    for name, other in _ELSEWHERE:
        with TemporaryDirectory() as index:
            collection = Collection(datasets / "dev" / other / "articles.jsonl", Path(index))
            for question in rng.sample(_answered(datasets, name), count // 2):
                yield collection.ask("elsewhere without", question.question, ())


def news(datasets: Path) -> Iterator[Candidates]:
    """Yield the questions on the stories that teach nothing, asked of these and other stories."""
    packs = story_packs(datasets)
    with TemporaryDirectory() as place:
        file = Path(place) / "articles.jsonl"
        rows = [
            json.dumps(article | {"id": f"{pack['id']}/{article['id']}"})
            for pack in packs[: HELD_OUT + _OTHER_STORIES]
            for article in pack["articles"]
        ]
        file.write_text("\n".join(rows), encoding="utf-8")
        collection = Collection(file, Path(place) / "index")
        for row in (row for pack in packs[:HELD_OUT] for row in pack["questions"]):
            if row["form"] != "yes_no":
                answers = (row["answer"],) if row["answer"] else ()
                condition = _NEWS if answers else f"{_NEWS} without"
                yield collection.ask(condition, row["question"], answers)


def _answered(datasets: Path, name: str) -> list[Question]:
    return [
        question for question in load_set(datasets / "dev" / name).questions if question.answers
    ]


def _candidates(
    condition: str, spans: Iterable[Found], articles: Mapping[str, Article], answers: Sequence[str]
) -> Candidates:
    """Return spans with their labels; none is correct if there are no answers."""
    found = list(spans)
    quotes = [articles[f.article_id].text[slice(*f.sentence)] for f in found]
    correct = np.array([quote_contains_answer(quote, answers) for quote in quotes], dtype=bool)
    features = np.array([f.features for f in found], dtype=np.float64)
    features = features.reshape(-1, len(reader_manifest().features))
    return Candidates(condition, bool(answers), features, correct)


def misleading(datasets: Path, count: int, rng: random.Random) -> Iterator[Candidates]:
    """Yield the questions on squad2's held-out articles, with their paragraph given."""
    reader = Reader()
    with (
        TemporaryDirectory() as place,
        Index.open(Settings(index=Path(place)), create=True).snapshot() as snapshot,
    ):
        questions = list(squad2_held(datasets))
        sampled = rng.sample(questions, min(2 * count, len(questions)))
        for number, one in enumerate(sampled):
            article = Article(str(number), one.context.title, one.context.text)
            passage = Passage(article.id, article.id, 0, len(article.text), article.text)
            hit = Hit(passage, 1.0, 1, "hybrid")
            articles = {article.id: article}
            spans = reader.spans(snapshot, one.question, [hit], articles)
            yield _candidates("squad2", spans, articles, one.answers)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A regression over spans."""

    weights: npt.NDArray[np.float64]
    bias: float

    def best(
        self, questions: Sequence[Candidates]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Return features, probability and correctness of each question's best span."""
        at = [int((one.features @ self.weights).argmax()) for one in questions]
        features = np.array([one.features[i] for one, i in zip(questions, at, strict=True)])
        probabilities = 1 / (1 + np.exp(-(features @ self.weights + self.bias)))
        correct = np.array([one.correct[i] for one, i in zip(questions, at, strict=True)])
        return features, probabilities, correct


def _balance(conditions: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return sample weights that give each condition the same total weight."""
    each = np.array([1 / conditions.count(condition) for condition in conditions])
    return each * len(conditions) / len(set(conditions))


def fit(questions: Sequence[Candidates]) -> Fitted:
    """Return the regression that gives the probability that a question's best span is right."""
    features = np.concatenate([one.features for one in questions])
    correct = np.concatenate([one.correct for one in questions])
    balance = _balance([one.condition for one in questions])
    weights = np.repeat(balance, [len(one.features) for one in questions])
    for _ in range(_ROUNDS):
        made = LogisticRegression(C=10, max_iter=2000).fit(features, correct, sample_weight=weights)
        fitted = Fitted(made.coef_[0], float(made.intercept_[0]))
        features, _, correct = fitted.best(questions)
        weights = balance
    return fitted


def threshold_for(questions: Sequence[Candidates], fitted: Fitted, precision: float) -> float:
    """Return the lowest threshold, in hundredths, with this share of right answers above it."""
    _, probabilities, correct = fitted.best(questions)
    counts = _balance([one.condition for one in questions])
    for hundredth in range(1, 100):
        given = probabilities >= hundredth / 100
        if given.any() and (counts * correct)[given].sum() >= precision * counts[given].sum():
            return hundredth / 100
    return 0.99


def report(questions: Sequence[Candidates], fitted: Fitted, threshold: float) -> None:
    """Print, by condition, how often the best span is right and what the threshold does."""
    for condition in dict.fromkeys(one.condition for one in questions):
        mine = [one for one in questions if one.condition == condition]
        _, probabilities, correct = fitted.best(mine)
        given = probabilities >= threshold
        answerable = np.array([one.answerable for one in mine])
        shares = {
            "best span right": correct,
            "given": given,
            "of these right": correct[given],
            "answerable given": given[answerable],
            "unanswerable given": given[~answerable],
        }
        told = "; ".join(
            f"{name} {values.mean():.3f}" for name, values in shares.items() if len(values)
        )
        print(f"{condition:<18} {len(mine)} asked; {told}")


def main() -> None:
    """Ask the questions, fit, choose the threshold, and write the manifest."""
    options = arguments()
    if options.keep and options.keep.exists():
        questions = list(np.load(options.keep, allow_pickle=True))
    else:
        questions = ask(options)
        if options.keep:
            np.save(options.keep, np.array(questions, dtype=object), allow_pickle=True)
    questions += [one for file in options.also for one in np.load(file, allow_pickle=True)]
    questions = [one for one in questions if len(one.features)]
    fitted = fit(questions)
    threshold = threshold_for(questions, fitted, options.precision)
    of_news = [one for one in questions if one.condition.startswith(_NEWS)]
    news_threshold = threshold_for(of_news, fitted, options.news_precision)
    report(questions, fitted, threshold)
    weights = zip(reader_manifest().features, fitted.weights, strict=True)
    calibration = {
        "weights": {name: round(float(weight), 4) for name, weight in weights},
        "bias": round(fitted.bias, 4),
        "threshold": threshold,
        "precision": options.precision,
        "news_threshold": news_threshold,
        "news_precision": options.news_precision,
    }
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8")) | {"calibration": calibration}
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(calibration, indent=2))


def ask(options: argparse.Namespace) -> list[Candidates]:
    """Return the spans read for a sample of the development questions, in every condition."""
    datasets, rng = Path(os.environ["QA_DATASETS"]), random.Random(options.seed)  # noqa: S311 -- no secret
    count = options.questions
    questions = [one for name in _SEARCHED for one in searched(datasets, name, count, rng)]
    questions += elsewhere(datasets, count, rng)
    questions += misleading(datasets, count, rng)
    questions += news(datasets)
    return questions


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=220, help="questions of each searched set")
    parser.add_argument(
        "--precision",
        type=float,
        default=0.70,
        help="share of the answers given that must be right",
    )
    parser.add_argument(
        "--news-precision", type=float, default=0.605, help="the same of questions about news"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--keep", type=Path, help="file to keep the spans in; used instead of asking if it exists"
    )
    parser.add_argument(
        "--also",
        type=Path,
        nargs="*",
        default=[],
        help="files kept by runs with other seeds, to fit on as well",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
