"""Evaluation: how good the answers are, on anybody's question set, with intervals.

`run` asks, `table` shows, `save` and `load` keep, `compare` tells whether something changed, `run_grid` tries settings.
evals/README.md defines the sets' format and each metric.
"""

from __future__ import annotations

from qa.evaluation.baseline import to_baseline
from qa.evaluation.changes import Change, changes_list, question_changes
from qa.evaluation.comparison import Difference, compare
from qa.evaluation.grid import Combination, combinations, grid_json, grid_table, run_grid
from qa.evaluation.page import write_report
from qa.evaluation.questions import Question, QuestionSet, QuestionSetError
from qa.evaluation.report import comparison_table, from_json, load, markdown, save, table, to_json, write_whole
from qa.evaluation.result import Metric, Result, Row
from qa.evaluation.runner import Options, check_alike, corpus_of, run
from qa.evaluation.sets import find, is_set, load_set
from qa.evaluation.unfinished import Unfinished

__all__ = [
    "Change",
    "Combination",
    "Difference",
    "Metric",
    "Options",
    "Question",
    "QuestionSet",
    "QuestionSetError",
    "Result",
    "Row",
    "Unfinished",
    "changes_list",
    "check_alike",
    "combinations",
    "compare",
    "comparison_table",
    "corpus_of",
    "find",
    "from_json",
    "grid_json",
    "grid_table",
    "is_set",
    "load",
    "load_set",
    "markdown",
    "question_changes",
    "run",
    "run_grid",
    "save",
    "table",
    "to_baseline",
    "to_json",
    "write_report",
    "write_whole",
]
