"""The options of `qa eval` reach the evaluation as they were meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa.cli import main
from qa.evaluation import Metric, Options, Result, load
from tests.unit.evaluation.evaluation_builders import make_row

RESULT = Result("myset", False, "abc123", {}, 3, {"f1": Metric(0.5, 0.25, 0.75, 40)}, (make_row(),))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Options, Any]]:
    """Let no set run, and return what would have been: the set, the options and the index."""
    calls: list[tuple[Any, Options, Any]] = []

    def run(
        set_path: str, _settings: Any, options: Options, *, index: Path | None, progress: Callable[..., None]
    ) -> Any:
        progress("questions", 0, 1)
        calls.append((set_path, options, index))
        return RESULT

    monkeypatch.setattr("qa.evaluation.run", run)
    return calls


def evaluate(*arguments: str) -> int | str | None:
    """Run `qa eval` and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["eval", *arguments])
    return ended.value.code


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], Options()),
        (["--half", "--limit", "5"], Options(half=True, limit=5)),
        (["--given", "article"], Options(given="article")),
        (["--given", "paragraph", "--without", "a, b,"], Options(given="paragraph", without=("a", "b"))),
        (["--where", "kind=right,wrong"], Options(where="kind=right,wrong")),
    ],
)
def test_options_are_passed_on(told: list[tuple[Any, Options, Any]], arguments: list[str], options: Options) -> None:
    """Each option changes just what it names."""
    assert evaluate("some/set", *arguments) == 0
    assert told == [("some/set", options, None)]


def test_the_table_is_printed_and_the_result_written(
    told: list[tuple[Any, Options, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever measures sees the figures, and can keep them."""
    assert evaluate("some/set", "--json", str(tmp_path / "out.json"), "--index", "here") == 0
    assert "0.250 to 0.750" in capsys.readouterr().out
    assert load(tmp_path / "out.json") == RESULT
    assert told[0][2] == Path("here")


@pytest.mark.parametrize("arguments", [["--given", "sentence"], ["--limit", "0"], []])
def test_misuse_is_refused(told: list[tuple[Any, Options, Any]], arguments: list[str]) -> None:
    """What the options do not know runs nothing."""
    assert evaluate(*(["some/set", *arguments] if arguments else [])) == 2
    assert told == []
