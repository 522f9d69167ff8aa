"""Fit how sure the reader is: `python training/calibrate.py` writes qa/models/calibration.json.

Asked are development questions whose answers are known: with all articles, with the article of the answer left out,
of articles about other things altogether, and of paragraphs that look as if they answered (SQuAD 2.0). First a logistic
regression over spans: does the sentence hold an answer? Then again over the best span of each question, as the one
before finds it, each kind of asking counting the same: its output is the probability that this span is right. Last the
threshold: the lowest at which the answers given are right as often as is stated. Articles that taught the reader are
not asked about (see evaluate.py).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from qa import Index, Settings
from qa.evaluation.metrics import quote_contains_answer
from qa.evaluation.questions import Question
from qa.evaluation.sets import load_set
from qa.reader import FEATURES, Found, Reader, worth_reading
from qa.retriever import Retriever
from qa.types import Article, Hit, Passage
from training.evaluate import squad2_held, taught_xquad

MODEL = Path(__file__).resolve().parent.parent / "qa" / "models" / "calibration.json"
_SEARCHED = ("xquad-en", "qed-nq")
# The questions of the one asked of the articles of the other.
_ELSEWHERE = (("qed-nq", "xquad-en"), ("xquad-en", "qed-nq"))
# The regression over spans, then those over best spans; which these are settles at once.
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it was read: a row of features for each span, and which of them are right."""

    kind: str
    answerable: bool
    features: npt.NDArray[np.float64]
    right: npt.NDArray[np.bool_]


class Collection:
    """The articles of a set, to be asked.

    Args:
        folder: of the set.
        place: for the index.
    """

    def __init__(self, folder: Path, place: Path) -> None:
        self._index = Index.open(Settings(index=place), create=True)
        self._index.update([folder / "articles.jsonl"])
        self._settings = settings = self._index.settings
        self._articles = {article.id: article for article in self._index.articles()}
        self._retriever = Retriever(self._index, candidates=settings.candidates, lexical_weight=settings.lexical_weight)
        self._reader = Reader(self._index)

    def ask(self, kind: str, question: Question, *, without: AbstractSet[str] = frozenset()) -> Asked:
        """Return what is read for a question; what it finds in the articles `without` is passed over."""
        hits = self._retriever.hybrid(question.question, 3 * self._settings.k)
        left = [hit for hit in hits if hit.passage.article_id not in without]
        read = worth_reading(left, self._settings.read, self._settings.read_within)
        answers = () if kind.endswith("without") else question.answers
        return _asked(kind, self._reader.spans(question.question, read, self._articles), self._articles, answers)


def searched(datasets: Path, name: str, count: int, rng: random.Random) -> Iterator[Asked]:
    """Yield questions of a set, each with its articles there and with them left out."""
    with TemporaryDirectory() as place:
        collection, left_out = Collection(datasets / "dev" / name, Path(place)), taught_xquad(datasets)
        questions = [q for q in _answered(datasets, name) if not q.gold_articles & left_out]
        for question in rng.sample(questions, min(count, len(questions))):
            yield collection.ask(name, question)
            yield collection.ask(f"{name} without", question, without=question.gold_articles)


def elsewhere(datasets: Path, count: int, rng: random.Random) -> Iterator[Asked]:
    """Yield questions of one set, asked of another one's articles."""
    for name, other in _ELSEWHERE:
        with TemporaryDirectory() as place:
            collection = Collection(datasets / "dev" / other, Path(place))
            for question in rng.sample(_answered(datasets, name), count // 2):
                yield collection.ask("elsewhere without", question)


def _answered(datasets: Path, name: str) -> list[Question]:
    return [question for question in load_set(datasets / "dev" / name).questions if question.answers]


def _asked(kind: str, spans: Iterable[Found], articles: Mapping[str, Article], answers: Sequence[str]) -> Asked:
    """Return what was read; no span is right where there are no answers."""
    found = list(spans)
    quotes = [articles[f.article_id].text[slice(*f.sentence)] for f in found]
    right = np.array([quote_contains_answer(quote, answers) for quote in quotes], dtype=bool)
    features = np.array([f.features for f in found], dtype=np.float64).reshape(-1, len(FEATURES))
    return Asked(kind, bool(answers), features, right)


def misleading(datasets: Path, count: int, rng: random.Random) -> Iterator[Asked]:
    """Yield squad2's questions, of the articles that did not teach, with their paragraph given."""
    with TemporaryDirectory() as place:
        reader = Reader(Index.open(Settings(index=Path(place)), create=True))
        asked = list(squad2_held(datasets))
        for number, one in enumerate(rng.sample(asked, min(2 * count, len(asked)))):
            article = Article(str(number), one.context.title, one.context.text)
            hit = Hit(Passage(article.id, article.id, 0, len(article.text), article.text), 1.0, 1, "hybrid")
            articles = {article.id: article}
            yield _asked("squad2", reader.spans(one.question, [hit], articles), articles, one.answers)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A regression over spans."""

    weights: npt.NDArray[np.float64]
    bias: float

    def best(self, asked: Sequence[Asked]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[bool]]:
        """Return the features of each question's best span, its logit, and whether it is right."""
        at = [int((one.features @ self.weights).argmax()) for one in asked]
        features = np.array([one.features[i] for one, i in zip(asked, at, strict=True)])
        return features, features @ self.weights + self.bias, [bool(o.right[i]) for o, i in zip(asked, at, strict=True)]


def _read(asked: Sequence[Asked]) -> list[Asked]:
    return [one for one in asked if len(one.features)]


def _balance(kinds: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return weights by which each kind counts the same."""
    return np.array([1 / kinds.count(kind) for kind in kinds]) * len(kinds) / len(set(kinds))


def fit(asked: Sequence[Asked]) -> Fitted:
    """Return the regression whose output for a question's best span is the probability that it is right."""
    features, right = np.concatenate([o.features for o in asked]), np.concatenate([o.right for o in asked])
    weights = np.repeat(_balance([one.kind for one in asked]), [len(one.features) for one in asked])
    for _ in range(_ROUNDS):
        made = LogisticRegression(C=10, max_iter=2000).fit(features, right, sample_weight=weights)
        fitted = Fitted(made.coef_[0], float(made.intercept_[0]))
        features, _, correct = fitted.best(asked)
        right, weights = np.array(correct), _balance([one.kind for one in asked])
    return fitted


def threshold_for(asked: Sequence[Asked], fitted: Fitted, precision: float) -> float:
    """Return the lowest threshold, in hundredths, at which this share of the answers given is right."""
    _, logits, right = fitted.best(asked)
    probabilities, counts = 1 / (1 + np.exp(-logits)), _balance([one.kind for one in asked])
    for hundredth in range(1, 100):
        given = probabilities >= hundredth / 100
        if given.any() and (counts * right)[given].sum() >= precision * counts[given].sum():
            return hundredth / 100
    return 0.99


def report(asked: Sequence[Asked], fitted: Fitted, threshold: float) -> None:
    """Print, for each kind of asking, how often the best span is right and what the threshold does."""
    for kind in dict.fromkeys(one.kind for one in asked):
        mine = [one for one in asked if one.kind == kind]
        _, logits, correct = fitted.best(mine)
        right = np.array(correct)
        given = 1 / (1 + np.exp(-logits)) >= threshold
        answerable = np.array([one.answerable for one in mine])
        shares = {
            "best span right": right,
            "given": given,
            "of these right": right[given],
            "answerable given": given[answerable],
            "unanswerable given": given[~answerable],
        }
        told = "; ".join(f"{name} {values.mean():.3f}" for name, values in shares.items() if len(values))
        print(f"{kind:<18} {len(mine)} asked; {told}")


def main() -> None:
    """Ask, fit, choose the threshold, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=220, help="questions of each searched set")
    parser.add_argument("--precision", type=float, default=0.80, help="share of the answers given that must be right")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="file for what was read, used again if it is there")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="files that other seeds kept, to fit on too")
    options = parser.parse_args()
    if not options.keep or not options.keep.exists():
        datasets, rng = Path(os.environ["QA_DATASETS"]), random.Random(options.seed)  # noqa: S311 -- no secret
        asked = [one for name in _SEARCHED for one in searched(datasets, name, options.questions, rng)]
        asked += elsewhere(datasets, options.questions, rng)
        asked += misleading(datasets, options.questions, rng)
        if options.keep:
            np.save(options.keep, np.array(asked, dtype=object), allow_pickle=True)
    else:
        asked = list(np.load(options.keep, allow_pickle=True))
    asked = _read([*asked, *(one for file in options.also for one in np.load(file, allow_pickle=True))])
    fitted = fit(asked)
    threshold = threshold_for(asked, fitted, options.precision)
    report(asked, fitted, threshold)
    named = {name: round(float(weight), 4) for name, weight in zip(FEATURES, fitted.weights, strict=True)}
    content = {"weights": named, "bias": round(fitted.bias, 4), "threshold": threshold, "precision": options.precision}
    MODEL.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(MODEL.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
