"""Runs a set with every combination of some settings, to show them side by side."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from qa.errors import SettingsError
from qa.evaluation.asking import Progress
from qa.evaluation.metrics import METRICS
from qa.evaluation.report import render
from qa.evaluation.result import Estimate, Result, to_json
from qa.evaluation.runner import Options, run
from qa.index import Index
from qa.settings import Settings

_QUESTIONS = "questions"
_WIDTH = 140


@dataclass(frozen=True, slots=True)
class Combination:
    """One choice of settings; `values` has those that were varied, by name."""

    values: dict[str, Any]
    settings: Settings

    def __str__(self) -> str:
        """Return the settings that were varied as `NAME=VALUE NAME=VALUE`."""
        return " ".join(f"{name}={_text(value)}" for name, value in self.values.items())


def _text(value: Any) -> str:
    return "unset" if value is None else str(value)


def combinations(base: Settings, vary: Sequence[str]) -> list[Combination]:
    """Return every combination of the values that `NAME=VALUE[,VALUE]` lists, each once.

    The last name varies fastest. An empty value means that of `base`.

    Raises:
        SettingsError: a setting is unknown, is named twice or cannot be varied, or a value is not
        allowed.
    """
    listed: dict[str, list[str]] = {}
    for text in vary:
        name, values = _parse(text)
        if name in listed:
            raise SettingsError(
                f"{name!r} is varied twice: write {name}={','.join([*listed[name], *values])}"
            )
        listed[name] = values
    plain = base.model_dump()
    chosen = [
        dict(zip(listed, values, strict=True)) for values in itertools.product(*listed.values())
    ]
    tried = [
        Settings(**plain | {name: value for name, value in one.items() if value}) for one in chosen
    ]
    distinct = {settings.fingerprint(): settings for settings in tried}
    return [
        Combination({name: getattr(one, name) for name in listed}, one) for one in distinct.values()
    ]


def _parse(text: str) -> tuple[str, list[str]]:
    name, _, listed = (part.strip() for part in text.partition("="))
    values = [value.strip() for value in listed.split(",")]
    if not name or not any(values):
        raise SettingsError(f"vary {text!r}: write NAME=VALUE,VALUE, as in k=5,10")
    if name == "index":
        raise SettingsError(
            "'index' cannot be varied: it says where the index lies, and no answer depends on it"
        )
    return name, values


def run_grid(
    set_path: str | Path,
    grid: Sequence[Combination],
    options: Options,
    *,
    index: Path | None = None,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """Evaluate a set with each combination in turn, and yield the results.

    They run one after the other. Combinations that need the same index share one.

    Args:
        set_path: the set, as `run` takes it.
        grid: the combinations.
        options: how the set is asked.
        index: search this index instead of temporary ones.
        progress: told about each question, counted over all combinations.

    Raises:
        QAError: as `run` does. An index that cannot be made or used is refused before the first
        question.
    """
    told = _OverallProgress(progress, len(grid)) if progress else None
    with tempfile.TemporaryDirectory(prefix="qa-grid-") as folder:
        places: dict[str, Path] = {}
        for one in grid:
            built_with = json.dumps(one.settings.index_fields(), sort_keys=True)
            if built_with not in places:
                places[built_with] = Path(folder) / str(len(places))
                places[built_with].mkdir()
                # Fails now if the index is missing or was built with other settings.
                trial = Path(folder) / f"tried-{len(places)}"
                settings = one.settings.model_copy(update={"index": index or trial})
                Index.open(settings, create=index is None)
        for one in grid:
            if told:
                told.start(str(one))
            place = places[json.dumps(one.settings.index_fields(), sort_keys=True)]
            yield run(set_path, one.settings, options, index=index, workspace=place, progress=told)


class _OverallProgress:
    """Progress in questions over all combinations."""

    def __init__(self, shown: Progress, count: int) -> None:
        self._shown = shown
        self._count = count
        self._place = -1
        self._label = ""
        self._questions = 0

    def start(self, label: str) -> None:
        """Go on to the next combination."""
        self._place += 1
        self._label = label

    def __call__(self, name: str, done: int, total: int) -> None:
        if name == _QUESTIONS:
            self._questions = total
        elif self._questions:
            done, total = 0, self._questions
        if self._questions:
            done, total = self._place * total + done, self._count * total
        # The first index comes before the number of questions is known.
        self._shown(f"{self._label}: {name}", done, total)


def grid_table(grid: Sequence[Combination], results: Sequence[Result]) -> str:
    """Return a table for the terminal: combinations down, the headline metrics across."""
    metrics = [
        metric.name
        for metric in METRICS.values()
        if metric.headline and any(metric.name in result.metrics for result in results)
    ]
    table = Table(
        title=f"{results[0].set}: {len(results[0].rows)} questions",
        title_justify="left",
        show_lines=True,
    )
    for name in (*grid[0].values, *metrics):
        table.add_column(name.replace("_", " "), justify="right")
    for one, result in zip(grid, results, strict=True):
        values = map(_text, one.values.values())
        table.add_row(*values, *(_cell(result.metrics.get(name)) for name in metrics))
    return render(table, width=_WIDTH)


def _cell(found: Estimate | None) -> str:
    return "–" if found is None else f"{found.value:.3f}\n{found.low:.3f}–{found.high:.3f}"


def grid_json(grid: Sequence[Combination], results: Sequence[Result]) -> str:
    """Return all results as JSON: for each combination its values and its result."""
    runs = [
        {"values": one.values, "result": json.loads(to_json(found))}
        for one, found in zip(grid, results, strict=True)
    ]
    return json.dumps({"set": results[0].set, "runs": runs}, ensure_ascii=False, indent=1) + "\n"
