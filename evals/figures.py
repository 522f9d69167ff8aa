"""Writes the short table of figures in README.md and in the reader's card, from what evals/run_all.py has measured.

    python evals/figures.py

A row whose runs have not been made here stays as it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from evals.run_all import RESULTS
from qa.evaluation import Metric, load
from qa.evaluation.report import cell, write_whole

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", ROOT / "qa" / "models" / "README.md")
HEAD = "| on development sets, articles that taught the reader left out | measured |\n|---|---|\n"
# What a row says, and its figures as {run:metric}.
ROWS = {
    "SQuAD 2.0, its answerable questions, paragraph given, always answered: EM / F1": (
        "{squad2-always:em} / {squad2-always:f1}"
    ),
    "SQuAD 2.0, all questions, paragraph given, at the threshold: F1": "{squad2:f1_all}",
    "XQuAD-en, searched: F1; first quote holds the answer": "{xquad-en:f1}; {xquad-en:quote_contains_answer}",
    "XQuAD-en, half of the articles missing: abstention precision / recall": (
        "{xquad-en-half:abstention_precision} / {xquad-en-half:abstention_recall}"
    ),
    "QED (search queries), searched: F1; first quote holds the answer": "{qed-nq:f1}; {qed-nq:quote_contains_answer}",
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
    """Write the table into both pages; return the exit code."""
    measured = {file.stem: load(file).metrics for file in sorted(RESULTS.glob("*.json"))}
    for page in PAGES:
        write_whole(page, renewed(page.read_text(encoding="utf-8"), measured))
    return 0


def renewed(text: str, measured: Mapping[str, Mapping[str, Metric]]) -> str:
    """Return a page with the rows of its table renewed whose figures are all in `measured`: run -> metric -> value.

    Raises:
        ValueError: the page has no such table.
    """
    before, head, rest = text.partition(HEAD)
    if not head:
        raise ValueError("the page has no table of figures")
    end = next(match.start() for match in re.finditer(r"^(?!\|)", rest, re.MULTILINE))
    return before + head + _ROW.sub(lambda row: _row(row, measured), rest[:end]) + rest[end:]


def _row(row: re.Match[str], measured: Mapping[str, Mapping[str, Metric]]) -> str:
    wanted = ROWS.get(row["says"], "")
    figures = {match.group(): measured.get(match[1], {}).get(match[2]) for match in _FIGURE.finditer(wanted)}
    found = {place: figure for place, figure in figures.items() if figure is not None}
    if not wanted or len(found) < len(figures):
        return row.group()
    told = _FIGURE.sub(lambda match: cell(match[2], found[match.group()]), wanted)
    return f"| {row['says']} | {told} |\n"


if __name__ == "__main__":
    sys.exit(main())
