"""Evaluation: how good the answers are, on anybody's question set, with intervals.

`run` asks, `table` shows, `save` and `load` keep, `compare` tells whether something changed.
evals/README.md defines the sets' format and each metric.
"""

from __future__ import annotations

from qa.evaluation.comparison import Difference, compare
from qa.evaluation.questions import Question, QuestionSet, QuestionSetError
from qa.evaluation.report import comparison_table, from_json, load, markdown, save, table, to_json
from qa.evaluation.result import Metric, Result, Row
from qa.evaluation.runner import Options, run
from qa.evaluation.sets import find, is_set, load_set

__all__ = [
    "Difference",
    "Metric",
    "Options",
    "Question",
    "QuestionSet",
    "QuestionSetError",
    "Result",
    "Row",
    "compare",
    "comparison_table",
    "find",
    "from_json",
    "is_set",
    "load",
    "load_set",
    "markdown",
    "run",
    "save",
    "table",
    "to_json",
]
