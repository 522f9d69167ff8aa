"""Fits how likely the sentence nearest to a question answers it, and from when on it is quoted.

    python -m training.nearest [--articles N] [--questions N]

The questions are those of train/languages. Each is asked of all its set's articles, and of all but
its own, where no sentence answers. A sentence answers if it holds the start of a gold span. The
threshold is the one at which the most questions are treated rightly: answered by the right
sentence, or abstained from. For the figures that are printed each set is held out in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa import Settings
from qa.answering.nearest import FEATURES, FILE, NearestSentence
from qa.answering.reader import worth_reading
from qa.evaluation import Options, Question, load_set
from qa.evaluation.corpus import read_corpus
from qa.evaluation.runner import prepare
from qa.index import Index
from qa.index.records import with_language
from qa.models.multilingual import MULTILINGUAL, Multilingual
from qa.retrieval.hybrid import Retriever
from qa.types import Article, Filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETS = ("arcd-ar", "cmrc-zh", "piaf-fr", "tydi-ru")
OUT = Path(__file__).resolve().parent.parent / "qa" / "models" / FILE
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
    options = parser.parse_args()
    asked = []
    for at, name in enumerate(SETS):
        asked += list(_of_set(at, options.articles, options.questions))
        print(f"{name}: read", flush=True)
    for at, name in enumerate(SETS):
        model = _fitted([each for each in asked if each.set != at])
        print(f"{name}, held out: {_told([each for each in asked if each.set == at], *model)}")
    weights, bias, threshold = _fitted(asked)
    values = dict(zip(FEATURES, np.round(weights, 4).tolist(), strict=True))
    values |= {"bias": round(bias, 4), "threshold": round(threshold, 4)}
    OUT.write_text(json.dumps(values, indent=1) + "\n", "utf-8")
    print(json.dumps(values))


def _of_set(at: int, most_articles: int, most_questions: int) -> Iterator[Asked]:
    folder = Path(os.environ["QA_DATASETS"]) / "train/languages" / SETS[at]
    questions = load_set(folder)
    assert questions.articles is not None  # noqa: S101 - these sets have articles
    corpus = read_corpus(questions.articles, max_chars=10**9)
    ready = prepare(questions, corpus, Options())
    short = [id_ for id_, text in ready.texts.items() if len(text) <= _MOST_CHARS]
    articles = {
        id_: with_language(Article(id_, corpus.records[id_].get("title", ""), ready.texts[id_]))
        for id_ in short[:most_articles]
    }
    wanted = [q for q in ready.questions if q.relevant and q.relevant[0].article_id in articles]
    encoder = Multilingual()
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(index=Path(place), encoder=MULTILINGUAL)
        index = Index.open(settings, encoder=encoder, create=True)
        with index.writer() as writer:
            writer.restore(*((article, f"file:///{article.id}") for article in articles.values()))
        step = max(1, len(wanted) // most_questions)
        for question in wanted[::step][:most_questions]:
            for there in (True, False):
                yield _asked(index, settings, question, there=there, at=at)


def _asked(index: Index, settings: Settings, question: Question, *, there: bool, at: int) -> Asked:
    encoder = index.encoder
    assert isinstance(encoder, Multilingual)  # noqa: S101 - as `_of_set` opened it
    retriever = Retriever(
        encoder, first_stage_k=settings.first_stage_k, lexical_weight=settings.lexical_weight
    )
    own = {span.article_id for span in question.relevant}
    with index.snapshot() as snapshot:
        others = [each.id for each in snapshot.summaries() if there or each.id not in own]
        where = None if there else Filter(article_ids=tuple(others))
        hits = retriever.retrieve(snapshot, question.question, settings.k, where)
        hits = list(worth_reading(hits, settings.reader_top_k, settings.reader_margin))
        articles = snapshot.articles({hit.passage.article_id for hit in hits})
        reader = NearestSentence(encoder)
        found = list(reader.sentences(snapshot, question.question, hits, articles))
    right = [
        any(s.article_id == article_id and span[0] <= s.start < span[1] for s in question.relevant)
        for article_id, span, _ in found
    ]
    features = np.array([each for *_, each in found], dtype=np.float64)
    return Asked(features.reshape(-1, len(FEATURES)), np.array(right, dtype=bool), there, at)


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
