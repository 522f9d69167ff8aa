"""A set run with every combination of some settings: which these are, what they share, what is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import IndexStaleError, QAError, SettingsError
from qa.evaluation.grid import combinations, grid_json, grid_table, run_grid
from qa.evaluation.result import Estimate, Result
from qa.evaluation.runner import Options
from qa.settings import Settings
from tests.unit.evaluation.evaluation_builders import make_row

METRICS = {"f1": Estimate(0.5, 0.25, 0.75, 40), "mrr": Estimate(0.5, 0.4, 0.6, 40)}
RESULT = Result("myset", False, "abc123", {}, 3, METRICS, (make_row(),))


def test_every_combination_is_made_once() -> None:
    """Two values and two give four; the last name varies fastest, and other settings stay as they were."""
    grid = combinations(Settings(max_quotes=2), ["k=3,5", "reader_top_k = 2, 4"])
    assert [one.values for one in grid] == [
        {"k": 3, "reader_top_k": 2},
        {"k": 3, "reader_top_k": 4},
        {"k": 5, "reader_top_k": 2},
        {"k": 5, "reader_top_k": 4},
    ]
    assert {one.settings.max_quotes for one in grid} == {2}
    assert str(grid[0]) == "k=3 reader_top_k=2"


def test_an_empty_value_is_the_one_in_force() -> None:
    """What is not set can be compared with values; the same value under two names counts once."""
    grid = combinations(Settings(), ["threshold=,0.5,0.50"])
    assert [one.values for one in grid] == [{"threshold": None}, {"threshold": 0.5}]
    assert str(grid[0]) == "threshold=unset"


@pytest.mark.parametrize(
    ("vary", "reason"),
    [
        (["reader_topk=2,4"], "unknown setting 'reader_topk': did you mean 'reader_top_k'"),
        (["reader.threshold=,0.2"], "did you mean 'threshold'"),
        (["reader_top_k=2,many"], "'reader_top_k' = 'many'.*valid integer"),
        (["reader_top_k=0"], "'reader_top_k' = '0'.*greater than or equal to 1"),
        (
            ["reader_top_k=2", "reader_top_k=3"],
            "'reader_top_k' is varied twice: write reader_top_k=2,3",
        ),
        (["read"], "write NAME=VALUE,VALUE"),
        (["reader_top_k="], "write NAME=VALUE,VALUE"),
        (["=2"], "write NAME=VALUE,VALUE"),
        (["index=a,b"], "'index' cannot be varied"),
    ],
)
def test_what_is_no_setting_is_refused(vary: list[str], reason: str) -> None:
    """An unknown name, a value of another type or out of range is named, with what would be right."""
    with pytest.raises(SettingsError, match=reason):
        combinations(Settings(), vary)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, Path]]:
    """Let no set run, and return what would have been: settings, and the folder of the index."""
    calls: list[tuple[Settings, Path]] = []

    def run(
        _: str,
        settings: Settings,
        options: Options,
        *,
        index: Path | None,
        workspace: Path,
        progress: Any,
    ) -> Result:
        assert (options.half, index, workspace.is_dir()) == (True, None, True)
        calls.append((settings, workspace))
        if progress:
            progress("articles.jsonl", 1, 3)
            progress("questions", 1, 2)
        return RESULT

    monkeypatch.setattr("qa.evaluation.grid.run", run)
    monkeypatch.setattr("qa.evaluation.grid.Index.open", lambda *_, **__: None)
    return calls


def test_equal_indexes_are_shared(told: list[tuple[Settings, Path]]) -> None:
    """Only what an index is built with makes another one; afterwards none is left."""
    grid = combinations(Settings(), ["reader_top_k=2,4", "passage_tokens=100,160"])
    assert list(run_grid("myset", grid, Options(half=True))) == [RESULT] * 4
    assert [settings for settings, _ in told] == [one.settings for one in grid]
    folders = [folder for _, folder in told]
    assert (folders[0], folders[1]) == (folders[2], folders[3])
    assert folders[0] != folders[1]
    assert not folders[0].parent.exists()


def test_progress_is_over_the_whole_grid(told: list[tuple[Settings, Path]]) -> None:
    """Questions are counted over all combinations, and the bar never goes back once they are."""
    shown: list[tuple[str, int, int]] = []
    grid = combinations(Settings(), ["reader_top_k=2,4"])
    list(run_grid("myset", grid, Options(half=True), progress=lambda *said: shown.append(said)))
    assert shown == [
        ("reader_top_k=2: articles.jsonl", 1, 3),
        ("reader_top_k=2: questions", 1, 4),
        ("reader_top_k=4: articles.jsonl", 2, 4),
        ("reader_top_k=4: questions", 3, 4),
    ]


def test_an_index_that_cannot_be_used_stops_before_the_first_question(
    told: list[tuple[Settings, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A given index that fits only some combinations is refused, and nothing has run."""

    def open_index(settings: Settings, *, create: bool) -> None:
        assert (settings.index, create) == (Path("mine"), False)
        if settings.passage_tokens == 100:
            raise IndexStaleError("built with passage_tokens 160")

    monkeypatch.setattr("qa.evaluation.grid.Index.open", open_index)
    grid = combinations(Settings(), ["passage_tokens=160,100"])
    with pytest.raises(QAError, match="built with"):
        list(run_grid("myset", grid, Options(), index=Path("mine")))
    assert told == []


def test_the_table_has_a_row_for_each_combination() -> None:
    """Varied values stand first, then the main metrics that apply, each over its interval."""
    lines = grid_table(
        combinations(Settings(), ["threshold=,0.5", "k=5"]), [RESULT, RESULT]
    ).splitlines()
    cells = [
        [cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")
    ]
    assert cells == [
        ["unset", "5", "0.500"],
        ["", "", "0.250–0.750"],
        ["0.5", "5", "0.500"],
        ["", "", "0.250–0.750"],
    ]
    assert "threshold" in lines[2]
    assert "mrr" not in lines[2]


def test_the_json_has_all_results() -> None:
    """Each result is as `--json` writes it, beside the values that it was run with."""
    grid = combinations(Settings(), ["k=3,5"])
    written = json.loads(grid_json(grid, [RESULT, RESULT]))
    assert (written["set"], [run["values"] for run in written["runs"]]) == (
        "myset",
        [{"k": 3}, {"k": 5}],
    )
    assert written["runs"][0]["result"]["metrics"]["mrr"]["value"] == 0.5
