"""Metrics of the answers: right, quoted exactly, and quick?

Sources: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text" (2016) and
"Know What You Don't Know" (2018), with their evaluation script 2.0, for exact match and token F1.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from qa.evaluation.metrics.metric import Metric
from qa.evaluation.result import Row
from qa.evaluation.statistics import Statistic, Values

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
# Thai, Lao, Khmer, Japanese and Chinese are written without spaces: there are no "whole words".
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def squad_normalise(text: str) -> str:
    """Return `text` in lower case without ASCII punctuation, a, an, the, and extra white space."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """Return 1.0 when the normalised prediction equals any gold answer, else 0.0."""
    return _best(prediction, answers, lambda one, other: float(one == other))


def token_f1(prediction: str, answers: Sequence[str]) -> float:
    """Return the harmonic mean of precision and recall over shared tokens, for the best answer."""
    return _best(prediction, answers, _f1)


def _best(prediction: str, answers: Iterable[str], score: Callable[[str, str], float]) -> float:
    # As in SQuAD 2.0: a gold answer that normalises to nothing is ignored, unless it is the only
    # one.
    golds = [gold for answer in answers if (gold := squad_normalise(answer))] or [""]
    return max(score(squad_normalise(prediction), gold) for gold in golds)


def _f1(prediction: str, gold: str) -> float:
    predicted, wanted = prediction.split(), gold.split()
    if not predicted or not wanted:
        return float(predicted == wanted)
    shared = (Counter(predicted) & Counter(wanted)).total()
    return 2 * shared / (len(predicted) + len(wanted))


def quote_contains_answer(quote: str, answers: Iterable[str]) -> bool:
    """Return whether `quote` contains a gold answer as whole words, both normalised."""
    text = squad_normalise(quote)
    golds = [gold for answer in answers if (gold := squad_normalise(answer))]
    return any(
        gold in text if _UNSPACED.search(gold) else f" {gold} " in f" {text} " for gold in golds
    )


def _of_short_answer(score: Callable[[str, Sequence[str]], float]) -> Callable[[Row], float | None]:
    def compute(row: Row) -> float | None:
        if not (row.answerable and row.answers):
            return None
        return 0.0 if row.abstained or not row.short else score(row.short, row.answers)

    return compute


def _f1_all(row: Row) -> float | None:
    return float(row.abstained) if row.answerable is False else row.scores.get("f1")


def _quote_contains_answer(row: Row) -> float | None:
    if not (row.answerable and row.answers and row.citations):
        return None
    return float(quote_contains_answer(row.citations[0].quote, row.answers))


def _both_accounts(row: Row) -> float | None:
    if not (row.answerable and row.answers and row.false_answers):
        return None
    sides = (row.answers, row.false_answers)
    return float(all(quote_contains_answer(row.text, side) for side in sides))


def _citation_validity(row: Row) -> float | None:
    return float(all(cited.valid for cited in row.citations)) if row.citations else None


def some_unanswerable(rows: Sequence[Row]) -> bool:
    """Return whether there are questions without an answer."""
    return any(row.answerable is False for row in rows)


_WITH_ANSWERS = "answerable questions with gold answers"

METRICS = (
    Metric(
        "em",
        "Exact match",
        "the short answer is a gold answer",
        _WITH_ANSWERS,
        _of_short_answer(exact_match),
        "texts",
    ),
    Metric(
        "f1",
        "Word overlap",
        "words that the short answer shares with the gold answer it fits best",
        _WITH_ANSWERS,
        _of_short_answer(token_f1),
        "texts",
        headline=True,
    ),
    Metric(
        "f1_all",
        "Word overlap, all questions",
        "the same, and 1 for each question that was rightly left unanswered",
        "those and the unanswerable",
        _f1_all,
        applies=some_unanswerable,
    ),
    Metric(
        "quote_contains_answer",
        "Quote holds the answer",
        "answers whose first quote contains a gold answer",
        "those of them that were answered",
        _quote_contains_answer,
        "texts",
        headline=True,
    ),
    Metric(
        "both_accounts",
        "Both accounts",
        "where articles disagree, answers that give what either side says",
        "answerable questions with `false_answers`",
        _both_accounts,
        "texts",
    ),
    Metric(
        "citation_validity",
        "Citations exact",
        "answers whose every quote is in the article, letter for letter",
        "questions that were answered",
        _citation_validity,
        "texts",
    ),
)


def _percentile(percent: int) -> Statistic:
    def statistic(values: Values) -> Values:
        return np.asarray(np.percentile(values[..., 0], percent, axis=-1), dtype=np.float64)

    return statistic


def _seconds(name: str, title: str, meaning: str, percent: int, *, headline: bool) -> Metric:
    # The clock also measures what else the machine does: a change is shown, never judged.
    return Metric(
        name,
        title,
        meaning,
        "all questions",
        lambda row: row.seconds,
        statistic=_percentile(percent),
        better="",
        unit="s",
        headline=headline,
    )


SPEED = (
    _seconds(
        "seconds_p50",
        "Time, median",
        "half of the questions are answered within it",
        50,
        headline=True,
    ),
    _seconds(
        "seconds_p95",
        "Time, 95th percentile",
        "95 of 100 questions are answered within it",
        95,
        headline=False,
    ),
)
