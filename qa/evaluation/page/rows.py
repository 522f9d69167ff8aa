"""The metrics as the page shows them: a name, one line of meaning, the value and its interval."""

from __future__ import annotations

from dataclasses import dataclass

from qa.evaluation.result import Metric, Result

MEANINGS = {
    "recall@1": ("Found first", "the passage in the first place holds the answer"),
    "recall@5": ("Found in five", "one of the first five passages holds the answer"),
    "recall@10": ("Found in ten", "one of the first ten passages holds the answer"),
    "mrr": ("Mean reciprocal rank", "1 / rank of the first passage that holds the answer"),
    "ndcg@10": ("nDCG of ten", "how near the top the answer is, against the best possible order"),
    "em": ("Exact match", "the short answer is word for word a gold answer"),
    "f1": ("Word overlap", "words that the short answer shares with the gold answer it fits best"),
    "f1_all": ("Word overlap, all questions", "the same, and 1 for each rightly unanswered question"),
    "quote_contains_answer": (
        "Quote holds the answer",
        "answers whose first quote has a gold answer in it",
    ),
    "both_accounts": ("Both accounts", "where articles disagree, answers that tell what either side says"),
    "citation_validity": ("Citations exact", "answers whose every quote stands in the article, letter for letter"),
    "coverage": ("Answered", "questions that got an answer; more is better only while answers are right"),
    "abstention_precision": ("Silence justified", "of the abstentions, those where the articles have no answer"),
    "abstention_recall": ("Silent when it must be", "of the questions without an answer, those left unanswered"),
    "ece": ("Calibration error", "how far confidence is from the share of right answers; less is better"),
    "aurc": ("Area under risk-coverage", "wrong answers, mean over all thresholds; less is better"),
    "seconds_p50": ("Time, median", "half of the questions are answered within it"),
    "seconds_p95": ("Time, 95th percentile", "95 of 100 questions are answered within it"),
}
"""By metric, a name and one line of meaning. evals/README.md defines them."""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A line of the table; `share` says that the metric lies between 0 and 1 and can be drawn."""

    key: str
    name: str
    meaning: str
    metric: Metric
    share: bool

    def shown(self, value: float) -> str:
        """Return a value with its unit."""
        return f"{value:.3f}" if self.share else f"{value:.2f} s"


def metric_rows(result: Result) -> list[MetricRow]:
    """Return a line for each metric of a result, in its order."""
    lines = []
    for key, metric in result.metrics.items():
        name, meaning = MEANINGS.get(key, (key, ""))
        lines.append(MetricRow(key, name, meaning, metric, share=not key.startswith("seconds")))
    return lines
