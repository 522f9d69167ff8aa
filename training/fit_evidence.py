"""Fits the weights of the evidence reader, their scale, and its threshold for abstaining.

Weights: on questions of train/squad and train/shifts-wiki, searched in an index that holds every second of
their paragraphs, so that half of the questions have no answer there. Scale: on dev/xquad-en and dev/qed-nq
with half of their articles missing, such that the best sentence's score is the probability that it holds the
answer (Platt scaling). Threshold: there too, where the F1 of abstaining (mean of both sets) is best.

    QA_DATASETS=../shared/datasets python training/fit_evidence.py
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from qa import Index, Settings
from qa.reader import FEATURES, Reader
from qa.retriever import Retriever

MODEL = Path(__file__).parent.parent / "qa" / "models" / "evidence.json"
Record = dict[str, Any]
# (features of the sentences looked at, whether each holds an answer, whether the question has one in the index)
Example = tuple[NDArray[np.float64], NDArray[np.bool_], bool]


def main() -> None:
    """Fit, choose the threshold, write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=1200, help="questions of each training set")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    datasets = Path(os.environ["QA_DATASETS"])
    train = [
        e for name in ("squad", "shifts-wiki") for e in _train(datasets / "train", name, args.questions, args.seed)
    ]
    features = np.concatenate([example[0] for example in train])
    labels = np.concatenate([example[1] for example in train])
    print(f"{len(train)} questions, {len(labels)} sentences, {labels.mean():.3f} of them with an answer")
    model = LogisticRegression(C=1.0, max_iter=2000).fit(features, labels)
    weights, bias = model.coef_[0], float(model.intercept_[0])
    dev = [_dev(datasets / "dev" / name, args.questions, args.seed) for name in ("xquad-en", "qed-nq")]
    scale, shift = _scale([example for examples in dev for example in examples], weights, bias)
    weights, bias = weights * scale, bias * scale + shift
    threshold = _threshold(dev, weights, bias)
    named = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}
    MODEL.write_text(json.dumps({"weights": named, "bias": round(bias, 4), "threshold": threshold}, indent=2) + "\n")
    print(MODEL.read_text())


def _train(folder: Path, name: str, limit: int, seed: int) -> list[Example]:
    contexts = {record["id"]: record["text"] for record in _records(folder / f"{name}.contexts.jsonl")}
    articles = [{"id": i, "title": i.split(":")[1].replace("_", " "), "text": text} for i, text in contexts.items()]
    questions = []
    for record in _records(folder / f"{name}.questions.jsonl"):
        spans = [(record["context_id"], a["start"], a["start"] + len(a["text"])) for a in record["answers"]]
        questions.append((record["question"], spans))
    return _examples(articles[::2], _sample(questions, limit, seed))


def _dev(folder: Path, limit: int, seed: int) -> list[Example]:
    articles = sorted(_records(folder / "articles.jsonl"), key=lambda record: record["id"])
    questions = [
        (record["question"], [(r["article_id"], r["start"], r["end"]) for r in record["relevant"]])
        for record in _records(folder / "questions.jsonl")
    ]
    return _examples(articles[::2], _sample(questions, limit, seed))


def _examples(articles: Sequence[Record], questions: Iterable[tuple[str, list[tuple[str, int, int]]]]) -> list[Example]:
    """Search and look at each question in an index of `articles`."""
    kept = {record["id"] for record in articles}
    with TemporaryDirectory() as folder:
        collection = Path(folder, "articles.jsonl")
        collection.write_text("".join(json.dumps(record) + "\n" for record in articles), "utf-8")
        index = Index.open(Settings(index=Path(folder, "index")), create=True)
        index.update([collection])
        settings = index.settings
        retriever = Retriever(index, candidates=settings.candidates, rrf_k=settings.rrf_k)
        reader, by_id = Reader(index), {article.id: article for article in index.articles()}
        examples = []
        for question, gold in questions:
            hits = retriever.hybrid(question, settings.k)
            sentences, features = reader.features(question, hits, by_id)
            spans = [(s.hit.passage.article_id, *s.span) for s in sentences]
            holds = [any(g[0] == a and start <= g[1] and g[2] <= end for g in gold) for a, start, end in spans]
            examples.append((features, np.array(holds, dtype=bool), any(g[0] in kept for g in gold)))
    return examples


def _scale(examples: Sequence[Example], weights: NDArray[np.float64], bias: float) -> tuple[float, float]:
    """Return the a and b for which sigmoid(a x + b) of the best sentence's x is the probability that it is right."""
    logits = [features @ weights + bias for features, _, _ in examples if len(features)]
    holds = [labels for features, labels, _ in examples if len(features)]
    best = np.array([values.max() for values in logits])
    right = np.array([labels[values.argmax()] for values, labels in zip(logits, holds, strict=True)])
    print(f"the best sentence holds the answer: {right.mean():.3f} of the questions, half of them without one")
    fitted = LogisticRegression(C=1e6).fit(best[:, None], right)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _threshold(sets: Sequence[Sequence[Example]], weights: NDArray[np.float64], bias: float) -> float:
    """Return the probability below which abstaining is right most often, by the mean F1 of abstaining."""
    best = (0.0, 0.0)
    for threshold in np.arange(0.02, 0.98, 0.01):
        scores = []
        for examples in sets:
            abstains = np.array([_best(features, weights, bias) < threshold for features, _, _ in examples])
            right = np.array([not answerable for *_, answerable in examples])
            scores.append(2 * (abstains & right).sum() / (abstains.sum() + right.sum()))
        best = max(best, (float(np.mean(scores)), round(float(threshold), 2)))
    print(f"threshold {best[1]}: mean F1 of abstaining {best[0]:.3f}")
    return best[1]


def _best(features: NDArray[np.float64], weights: NDArray[np.float64], bias: float) -> float:
    return float(np.max(1 / (1 + np.exp(-(features @ weights + bias))), initial=0.0))


def _sample(questions: list[Any], limit: int, seed: int) -> list[Any]:
    return random.Random(seed).sample(questions, min(limit, len(questions)))  # noqa: S311 - no secret


def _records(path: Path) -> Iterable[Record]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


if __name__ == "__main__":
    main()
