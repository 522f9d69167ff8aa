"""Writes what `evals.run_all` has measured into README.md and the reader's card.

    python -m evals.figures

A row whose runs have not been made here stays as it is. The table of metrics in evals/README.md is
written from their definitions.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from evals.run_all import RESULTS
from qa.evaluation import Estimate, load, write_whole
from qa.evaluation.report import cell, metric_list

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", ROOT / "qa" / "models" / "README.md")
METRICS_PAGE = ROOT / "evals" / "README.md"
HEAD = "| on development sets, without the training articles | measured |\n|---|---|\n"
# The first cell of a row -> its figures, as {run:metric}.
ROWS = {
    "SQuAD 2.0, its answerable questions, paragraph given, always answered: EM / F1": (
        "{squad2-always:em} / {squad2-always:f1}"
    ),
    "SQuAD 2.0, all questions, paragraph given, at the threshold: F1": "{squad2:f1_all}",
    "XQuAD-en, searched: F1; first quote holds the answer": (
        "{xquad-en:f1}; {xquad-en:quote_contains_answer}"
    ),
    "XQuAD-en, half of the articles missing: abstention precision / recall": (
        "{xquad-en-half:abstention_precision} / {xquad-en-half:abstention_recall}"
    ),
    "QED (search queries), searched: F1; first quote holds the answer": (
        "{qed-nq:f1}; {qed-nq:quote_contains_answer}"
    ),
    "QED, half of the articles missing: abstention precision / recall": (
        "{qed-nq-half:abstention_precision} / {qed-nq-half:abstention_recall}"
    ),
    "QAMR news, article given, always answered: F1": "{qamr-news-always:f1}",
    "SquadShifts Reddit; Amazon, text given, always answered: F1": (
        "{shifts-reddit-always:f1}; {shifts-amazon-always:f1}"
    ),
    "RGB counterfactual: both accounts shown": "{rgb-counterfactual:both_accounts}",
    "own set: first quote holds the answer; abstention precision / recall": (
        "{corpus:quote_contains_answer}; {corpus:abstention_precision} / {corpus:abstention_recall}"
    ),
}
_FIGURE = re.compile(r"\{([\w-]+):([\w@]+)\}")
_ROW = re.compile(r"\| (?P<says>[^|]*) \|[^|]*\|\n")


def main() -> int:
    """Write the tables into the pages; return the exit code."""
    measured = {file.stem: load(file).metrics for file in sorted(RESULTS.glob("*.json"))}
    for page in PAGES:
        write_whole(page, renewed(page.read_text(encoding="utf-8"), measured))
    write_whole(METRICS_PAGE, with_metrics(METRICS_PAGE.read_text(encoding="utf-8")))
    return 0


def with_metrics(text: str) -> str:
    """Return a page with its table of metrics renewed.

    Raises:
        ValueError: the page has no such table.
    """
    table = metric_list()
    before, head, rest = text.partition(table.partition("\n")[0] + "\n")
    if not head:
        raise ValueError("the page has no table of metrics")
    return before + table + rest[_table_end(rest) :]


def renewed(text: str, measured: Mapping[str, Mapping[str, Estimate]]) -> str:
    """Return a page with those rows of its table renewed that have been measured as a whole.

    Args:
        text: the page.
        measured: run -> metric -> value.

    Raises:
        ValueError: the page has no such table.
    """
    before, head, rest = text.partition(HEAD)
    if not head:
        raise ValueError("the page has no table of figures")
    end = _table_end(rest)
    return before + head + _ROW.sub(lambda row: _row(row, measured), rest[:end]) + rest[end:]


def _table_end(text: str) -> int:
    """Return where the first line starts that is no row of a table."""
    return next(match.start() for match in re.finditer(r"^(?!\|)", text, re.MULTILINE))


def _row(row: re.Match[str], measured: Mapping[str, Mapping[str, Estimate]]) -> str:
    wanted = ROWS.get(row["says"], "")
    figures = {
        match.group(): measured.get(match[1], {}).get(match[2])
        for match in _FIGURE.finditer(wanted)
    }
    found = {place: figure for place, figure in figures.items() if figure is not None}
    if not wanted or len(found) < len(figures):
        return row.group()
    told = _FIGURE.sub(lambda match: cell(match[2], found[match.group()]), wanted)
    return f"| {row['says']} | {told} |\n"


if __name__ == "__main__":
    sys.exit(main())
