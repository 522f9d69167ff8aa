"""Evaluation: how good the answers to a question set are, with confidence intervals.

`run` asks a set, `table` shows the result, `save` and `load` keep it, `compare` says what changed
significantly, `run_grid` tries settings. evals/README.md defines the formats of sets; the metrics
are defined in `qa.evaluation.metrics`.
"""

from __future__ import annotations

from qa.evaluation.comparison import (
    Change,
    Difference,
    changes_list,
    compare,
    question_changes,
)
from qa.evaluation.grid import Combination, combinations, grid_json, grid_table, run_grid
from qa.evaluation.metrics import METRICS, Metric
from qa.evaluation.page import write_report
from qa.evaluation.questions import Question, QuestionSet, QuestionSetError
from qa.evaluation.report import comparison_table, markdown, table
from qa.evaluation.result import (
    Estimate,
    Result,
    Row,
    from_json,
    load,
    save,
    to_baseline,
    to_json,
    write_whole,
)
from qa.evaluation.runner import Options, Unfinished, check_comparable, corpus_of, run
from qa.evaluation.sets import find, is_set, load_set

__all__ = [
    "METRICS",
    "Change",
    "Combination",
    "Difference",
    "Estimate",
    "Metric",
    "Options",
    "Question",
    "QuestionSet",
    "QuestionSetError",
    "Result",
    "Row",
    "Unfinished",
    "changes_list",
    "check_comparable",
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
