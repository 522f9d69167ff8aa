"""Results as a table for people, as JSON for programs, and as Markdown for the README."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from qa.errors import QAError
from qa.evaluation import baseline
from qa.evaluation.comparison import Difference
from qa.evaluation.result import Metric, Result
from qa.evaluation.summary import MEASURES
from qa.types import to_dict

_WIDTH = 100
# In the file the rows are called what they are about.
_QUESTIONS = "questions"


def table(result: Result) -> str:
    """Return the metrics as a table for the terminal."""
    grid = Table(title=_title(result), title_justify="left")
    grid.add_column("metric")
    for name in ("value", "95 % interval", "n"):
        grid.add_column(name, justify="right")
    for name, metric in result.metrics.items():
        interval = f"{_number(name, metric.low)} to {_number(name, metric.high)}"
        grid.add_row(name, _number(name, metric.value), interval, str(metric.n))
    return render(grid)


def comparison_table(differences: Sequence[Difference]) -> str:
    """Return a comparison as a table for the terminal; what changed significantly is marked."""
    grid = Table(title="before and after, same questions", title_justify="left")
    grid.add_column("metric")
    for name in ("before", "after", "difference", "95 % interval", "n"):
        grid.add_column(name, justify="right")
    grid.add_column("")
    for item in differences:
        figures = [_number(item.metric, figure) for figure in (item.before, item.after)]
        interval = f"{_number(item.metric, item.low, '+')} to {_number(item.metric, item.high, '+')}"
        change = _number(item.metric, item.difference, "+")
        grid.add_row(item.metric, *figures, change, interval, str(item.n), item.verdict)
    return render(grid)


def markdown(results: Sequence[Result], headings: Sequence[str] | None = None) -> str:
    """Return a Markdown table, metrics down and sets across, each value with its interval.

    Args:
        results: one for each column.
        headings: what to call them, one each; by default what they are of.
    """
    order = {name: place for place, name in enumerate(MEASURES)}
    names = dict.fromkeys(name for result in results for name in result.metrics)
    metrics = sorted(names, key=lambda name: order.get(name, len(order)))
    lines = [
        _line(["metric", *(headings or map(_name, results))]),
        _line(["---", *("---:" for _ in results)]),
        _line(["questions", *(str(len(result.rows)) for result in results)]),
        _line(["articles", *(str(result.articles) for result in results)]),
        *(_line([f"`{name}`", *(cell(name, result.metrics.get(name)) for result in results)]) for name in metrics),
    ]
    return "\n".join(lines) + "\n"


def to_json(result: Result) -> str:
    """Return a result as JSON: set, metrics, settings, and a row for each question."""
    values = to_dict(result)
    values[_QUESTIONS] = values.pop("rows")
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def from_json(text: str, *, name: str = "result") -> Result:
    """Return the result that `to_json` or `to_baseline` wrote.

    Raises:
        QAError: the text is no such result.
    """
    try:
        values: dict[str, Any] = json.loads(text)
        values = baseline.expand(values) if baseline.ROWS in values else {**values, "rows": values[_QUESTIONS]}
        return TypeAdapter(Result).validate_python(values)
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
        raise QAError(f"{name}: not a result of `qa eval --json`") from None


def save(result: Result, path: str | Path) -> None:
    """Write a result as JSON. The file is replaced whole or not at all."""
    write_whole(Path(path), to_json(result))


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever finds half of it there.

    Raises:
        QAError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise QAError(f"{path}: cannot be written: {error.strerror or error}") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        # mkstemp makes files private; a report is as readable as any other file.
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise QAError(f"{path}: cannot be written: {error.strerror or error}") from None


def load(path: str | Path) -> Result:
    """Read a result that `save` wrote.

    Raises:
        QAError: the file cannot be read or holds no result.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise QAError(f"{path}: cannot be read: {reason}") from None
    return from_json(text, name=str(path))


def _title(result: Result) -> str:
    return f"{_name(result)}: {len(result.rows)} questions, {result.articles} articles, settings {result.fingerprint}"


def _name(result: Result) -> str:
    return ", ".join(filter(None, (result.set, result.options)))


def _number(name: str, value: float, sign: str = "") -> str:
    unit = " s" if name.startswith("seconds") else ""
    return f"{value:{sign}.3f}{unit}"


def cell(name: str, metric: Metric | None) -> str:
    """Return a metric's value with its interval, as the tables in Markdown have it."""
    if metric is None:
        return "–"
    return f"{_number(name, metric.value)} ({metric.low:.3f} to {metric.high:.3f})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def render(grid: Table, *, width: int = _WIDTH) -> str:
    """Return a table as text, at most `width` characters wide."""
    page = io.StringIO()
    Console(file=page, width=width, color_system=None).print(grid)
    return page.getvalue()
