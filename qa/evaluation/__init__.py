"""Evaluation: how good the answers are, on anybody's question set, with intervals.

`run` asks, `table` shows, `save` and `load` keep, `compare` tells whether something changed.
evals/README.md defines the sets' format and each metric.
"""

from __future__ import annotations

from qa.evaluation.comparison import Difference, compare
from qa.evaluation.questions import Question, QuestionSet, QuestionSetError, find, load_set
from qa.evaluation.report import comparison_table, from_json, load, markdown, save, table, to_json
from qa.evaluation.result import Metric, Result, Row
from qa.evaluation.runner import run

__all__ = [
    "Difference",
    "Metric",
    "Question",
    "QuestionSet",
    "QuestionSetError",
    "Result",
    "Row",
    "compare",
    "comparison_table",
    "find",
    "from_json",
    "load",
    "load_set",
    "markdown",
    "run",
    "save",
    "table",
    "to_json",
]
