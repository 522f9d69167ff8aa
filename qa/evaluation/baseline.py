"""Results made small enough to be kept beside the code, and free of the texts of the set they are of.

A baseline is the JSON of `qa eval --json` whose questions are rows of bare figures: what a comparison needs. The
question and its gold are there as a digest, so that a set which was edited since is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from qa.evaluation.comparison import gold_digest
from qa.evaluation.result import Result, Row
from qa.evaluation.summary import MEASURES
from qa.types import to_dict

ROWS = "baseline"
# Far below what a comparison calls a difference.
_DIGITS = 6
_FIELDS = ("id", "gold", "answerable", "abstained", "confidence", "seconds")


def to_baseline(result: Result) -> str:
    """Return a result as the JSON of a baseline, a line for each question."""
    values = to_dict(result)
    del values["rows"]
    scores = [name for name in MEASURES if any(name in row.scores for row in result.rows)]
    head = json.dumps({**values, "columns": [*_FIELDS, *scores]}, ensure_ascii=False)
    lines = ",\n".join(
        json.dumps(_figures(row, scores), ensure_ascii=False, separators=(",", ":")) for row in result.rows
    )
    return f'{head[:-1]},\n"{ROWS}": [\n{lines}\n]}}\n'


def _figures(row: Row, scores: Sequence[str]) -> list[Any]:
    values = {**{name: getattr(row, name) for name in _FIELDS}, "gold": gold_digest(row)}
    return [*map(_short, values.values()), *(_short(row.scores.get(name)) for name in scores)]


def _short(value: Any) -> Any:
    """Return a number with no more digits than are needed."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else round(value, _DIGITS)


def expand(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a baseline's JSON in the shape of a result, where what was left out is empty.

    Raises:
        KeyError, TypeError, ValueError: it is no baseline.
    """
    rest = {name: value for name, value in values.items() if name not in (ROWS, "columns")}
    return {**rest, "rows": [_row(dict(zip(values["columns"], row, strict=True))) for row in values[ROWS]]}


def _row(figures: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(("answers", "relevant", "history", "citations", "hits"), ())
    empty |= {"relevance": {}, "question": "", "text": "", "short": ""}
    fields = {name: figures.pop(name) for name in _FIELDS}
    return {**empty, **fields, "scores": {name: value for name, value in figures.items() if value is not None}}
