"""Metrics of answers that are judged by the facts that they tell and by what they cite."""

from __future__ import annotations

from collections.abc import Callable

from qa.evaluation.metrics.metric import Metric
from qa.evaluation.result import Row
from qa.evaluation.rubric import Judgement, judge


def judgement(row: Row) -> Judgement | None:
    """Return how a row's answer is judged by its rubric; None where the set has none for it."""
    if row.rubric is None:
        return None
    cited = [citation.article_id for citation in row.citations]
    return judge(row.rubric, row.text, cited, answerable=row.answerable, abstained=row.abstained)


def _of_judgement(
    value: Callable[[Judgement], float | None], *, answerable: bool = False
) -> Callable[[Row], float | None]:
    def compute(row: Row) -> float | None:
        judged = judgement(row)
        if judged is None or (answerable and row.answerable is False):
            return None
        found = value(judged)
        return None if found is None else float(found)

    return compute


METRICS = (
    Metric(
        "passed",
        "Passed",
        "answers that say and cite all that they must, and nothing that they must not",
        "questions with `must`",
        _of_judgement(lambda judged: judged.passed),
        "texts",
        headline=True,
    ),
    Metric(
        "wrong",
        "Wrong",
        "answers that say something else instead; less is better",
        "questions with `must`",
        _of_judgement(lambda judged: judged.wrong),
        "texts",
        better="lower",
        headline=True,
    ),
    Metric(
        "facts",
        "Facts told",
        "the share of the wanted facts that the answer tells",
        "answerable questions with facts in `must`",
        _of_judgement(lambda judged: judged.facts, answerable=True),
        "texts",
    ),
    Metric(
        "verdict",
        "Verdict right",
        "answers that begin with the right yes or no",
        "answerable questions with a `verdict`",
        _of_judgement(lambda judged: judged.verdict, answerable=True),
        "texts",
    ),
)
