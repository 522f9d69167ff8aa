"""Fits how likely the sentence nearest to a question answers it, and from when on it is quoted.

    python -m training.nearest [--articles N] [--questions N] [--network]

With --network the sentences are read by the network of other languages than English, too, and the
questions are those of articles that it was not taught with. Two regressions then go into its
manifest: one with all features, and one with those that need no words in common, for questions in
another language than the text.

The questions are those of train/languages but for the French ones, by which `evals/languages.py`
judges. Each is asked of all its set's articles, and of all but its own, where no sentence answers.
A sentence answers if it holds the start of a gold span. The threshold is the one at which the most
questions are treated rightly: answered by the right sentence, or abstained from. For the figures
that are printed each set is held out in turn.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa import Settings
from qa.answering import language_reader
from qa.answering.language_reader import LanguageReader
from qa.answering.nearest import FEATURES, FILE, NearestSentence
from qa.answering.reader import worth_reading
from qa.evaluation import Options, Question, load_set
from qa.evaluation.corpus import read_corpus
from qa.evaluation.runner import prepare
from qa.index import Index
from qa.index.records import with_language
from qa.models.multilingual import MULTILINGUAL, Multilingual
from qa.models.reader_manifest import LANGUAGES
from qa.retrieval.hybrid import Retriever
from qa.types import Article, Filter
from training.language_data import cleaned, held_out_articles

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETS = ("arcd-ar", "cmrc-zh", "tydi-ru")
MODELS = Path(__file__).resolve().parent.parent / "qa" / "models"
OUT, NETWORK = MODELS / FILE, MODELS / LANGUAGES
_MOST_CHARS = 1_500
# Regularisation: the features are few and all of about the same size.
_C = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked: its sentences' features, which of them answer, and of which set.

    Attributes:
        features: shape (sentences, features).
        right: shape (sentences,).
        there: whether its own article was there.
        set: its number in `SETS`.
    """

    features: NDArray[np.float64]
    right: NDArray[np.bool_]
    there: bool
    set: int


def main() -> None:
    """Print how the held-out sets were treated, then write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--questions", type=int, default=80)
    parser.add_argument("--network", action="store_true")
    options = parser.parse_args()
    asked = []
    for at, name in enumerate(SETS):
        asked += list(_of_set(at, options))
        print(f"{name}: read", flush=True)
    if options.network:
        manifest = json.loads(NETWORK.read_text("utf-8"))
        manifest["calibration"] = _told_and_fitted(asked, language_reader.FEATURES)
        manifest["across"] = _told_and_fitted(asked, language_reader.ACROSS)
        NETWORK.write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    else:
        fit = _told_and_fitted(asked, FEATURES)
        values = {**fit["weights"], "bias": fit["bias"], "threshold": fit["threshold"]}
        OUT.write_text(json.dumps(values, indent=1) + "\n", "utf-8")


def _told_and_fitted(every: list[Asked], names: Sequence[str]) -> dict[str, Any]:
    """Print how each set is treated by what the others teach; return what all of them do.

    Args:
        every: question as it was asked.
        names: of the features that count, the first ones.
    """
    asked = [dataclasses.replace(each, features=each.features[:, : len(names)]) for each in every]
    for at, name in enumerate(SETS):
        model = _fitted([each for each in asked if each.set != at])
        print(f"{name}, held out: {_told([each for each in asked if each.set == at], *model)}")
    weights, bias, threshold = _fitted(asked)
    values = dict(zip(names, np.round(weights, 4).tolist(), strict=True))
    fit = {"weights": values, "bias": round(bias, 4), "threshold": round(threshold, 4)}
    print(json.dumps(fit))
    return fit


def _of_set(at: int, options: argparse.Namespace) -> Iterator[Asked]:
    folder = Path(os.environ["QA_DATASETS"]) / "train/languages" / SETS[at]
    questions = load_set(folder)
    assert questions.articles is not None  # noqa: S101 - these sets have articles
    corpus = read_corpus(questions.articles, max_chars=10**9)
    ready = prepare(questions, corpus, Options())
    short = [id_ for id_, text in ready.texts.items() if len(text) <= _MOST_CHARS]
    taught_not = sorted(held_out_articles(folder.parent, SETS[at])) if options.network else []
    most = max(options.articles, len(taught_not))
    articles = {
        id_: with_language(Article(id_, corpus.records[id_].get("title", ""), ready.texts[id_]))
        for id_ in [*taught_not, *(each for each in short if each not in taught_not)][:most]
    }
    wanted = [
        dataclasses.replace(q, question=cleaned(q.question))
        for q in ready.questions
        if q.relevant and q.relevant[0].article_id in (taught_not or articles)
    ]
    encoder = Multilingual()
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(index=Path(place), encoder=MULTILINGUAL)
        index = Index.open(settings, encoder=encoder, create=True)
        with index.writer() as writer:
            writer.restore(*((article, f"file:///{article.id}") for article in articles.values()))
        network = LanguageReader if options.network else NearestSentence
        reader = network(encoder)
        step = max(1, len(wanted) // options.questions)
        for question in wanted[::step][: options.questions]:
            for there in (True, False):
                yield _asked((index, settings, reader), question, there=there, at=at)


def _asked(
    by: tuple[Index, Settings, NearestSentence], question: Question, *, there: bool, at: int
) -> Asked:
    index, settings, reader = by
    retriever = Retriever(
        index.encoder, first_stage_k=settings.first_stage_k, lexical_weight=settings.lexical_weight
    )
    own = {span.article_id for span in question.relevant}
    with index.snapshot() as snapshot:
        others = [each.id for each in snapshot.summaries() if there or each.id not in own]
        where = None if there else Filter(article_ids=tuple(others))
        hits = retriever.retrieve(snapshot, question.question, settings.k, where)
        hits = list(worth_reading(hits, settings.reader_top_k, settings.reader_margin))
        articles = snapshot.articles({hit.passage.article_id for hit in hits})
        found = list(reader.sentences(snapshot, question.question, hits, articles))
    right = [
        any(
            s.article_id == each.article_id and each.span[0] <= s.start < each.span[1]
            for s in question.relevant
        )
        for each in found
    ]
    features = np.array([each.features for each in found], dtype=np.float64)
    return Asked(features.reshape(-1, len(reader.features)), np.array(right, dtype=bool), there, at)


def _fitted(asked: list[Asked]) -> tuple[NDArray[np.float64], float, float]:
    """Return weights, bias and threshold."""
    x = np.concatenate([each.features for each in asked])
    right = np.concatenate([each.right for each in asked])
    model = LogisticRegression(C=_C, max_iter=1_000).fit(x, right)
    weights, bias = model.coef_[0], float(model.intercept_[0])
    tried = np.linspace(0.02, 0.9, 89)
    best = max(tried, key=lambda threshold: _rightly(asked, weights, bias, threshold))
    return weights, bias, float(best)


def _best(each: Asked, weights: NDArray[np.float64], bias: float) -> tuple[float, bool]:
    if not len(each.right):
        return 0.0, False
    chances = 1 / (1 + np.exp(-(each.features @ weights + bias)))
    return float(chances.max()), bool(each.right[chances.argmax()])


def _rightly(
    asked: list[Asked], weights: NDArray[np.float64], bias: float, threshold: float
) -> float:
    """Return the share of questions that are answered rightly, or rightly abstained from."""
    found = [(each.there, *_best(each, weights, bias)) for each in asked]
    return float(
        np.mean([right and p >= threshold if there else p < threshold for there, p, right in found])
    )


def _told(asked: list[Asked], weights: NDArray[np.float64], bias: float, threshold: float) -> str:
    found = [(each.there, *_best(each, weights, bias)) for each in asked]
    there = [(p, right) for is_there, p, right in found if is_there]
    abstained = [not is_there for is_there, p, _ in found if p < threshold]
    gone = [p < threshold for is_there, p, _ in found if not is_there]
    return (
        f"{len(there)} questions, nearest sentence right {np.mean([r for _, r in there]):.3f}, "
        f"and quoted {np.mean([r and p >= threshold for p, r in there]):.3f}, abstention "
        f"precision {np.mean(abstained or [False]):.3f}, recall {np.mean(gone):.3f} "
        f"at {threshold:.2f}"
    )


if __name__ == "__main__":
    main()
