"""The options of `qa eval` reach the evaluation as they were meant."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa.cli import main
from qa.evaluation import Combination, Estimate, Options, Result, Unfinished, load, save
from qa.evaluation.corpus import Corpus
from tests.unit.evaluation.evaluation_builders import make_row

RESULT = Result(
    "myset", False, "abc123", {}, 3, {"f1": Estimate(0.5, 0.25, 0.75, 40)}, (make_row(),)
)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Any, Options, Any]]:
    """Let no set run, and return what would have been: the set, the options and the index."""
    calls: list[tuple[Any, Options, Any]] = []

    def run(  # noqa: PLR0913 - what `qa.evaluation.run` takes
        set_path: str,
        _settings: Any,
        options: Options,
        *,
        index: Path | None,
        reader: None,
        progress: Callable[..., None],
        unfinished: Unfinished,
    ) -> Any:
        progress("questions", 0, 1)
        unfinished.resume("key", [])
        calls.append((set_path, options, index))
        return RESULT

    monkeypatch.setattr("qa.evaluation.run", run)
    monkeypatch.setenv("QA_INDEX", str(tmp_path / "index"))
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
        (
            ["--given", "paragraph", "--without", "a, b,"],
            Options(given="paragraph", without=("a", "b")),
        ),
        (["--where", "kind=right,wrong"], Options(where="kind=right,wrong")),
    ],
)
def test_options_are_passed_on(
    told: list[tuple[Any, Options, Any]], arguments: list[str], options: Options
) -> None:
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


def test_another_set_is_refused_before_it_is_asked(
    told: list[tuple[Any, Options, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result of another set, or of another half, is refused at once, and not after minutes of asking."""
    save(RESULT, tmp_path / "before.json")
    for name in ("other", "myset"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "questions.jsonl").write_text(
            '{"id": "1", "question": "Who?"}\n', encoding="utf-8"
        )
    assert evaluate(str(tmp_path / "other"), "--compare", str(tmp_path / "before.json")) == 2
    assert "cannot compare 'myset' with 'other'" in capsys.readouterr().err
    assert (
        evaluate(str(tmp_path / "myset"), "--half", "--compare", str(tmp_path / "before.json")) == 2
    )
    assert "cannot compare 'myset' with 'myset' (half)" in capsys.readouterr().err
    assert told == []
    assert evaluate(str(tmp_path / "myset"), "--compare", str(tmp_path / "before.json")) == 0
    assert len(told) == 1


def test_a_run_that_cannot_be_compared_is_not_lost(
    told: list[tuple[Any, Options, Any]], tmp_path: Path
) -> None:
    """Where only the rows show that the gold changed, what was answered is kept for the next command."""
    rows = (dataclasses.replace(RESULT.rows[0], question="Another?"),)
    save(dataclasses.replace(RESULT, rows=rows), tmp_path / "before.json")
    (tmp_path / "myset").mkdir()
    (tmp_path / "myset" / "questions.jsonl").write_text(
        '{"id": "1", "question": "Who?"}\n', encoding="utf-8"
    )
    assert evaluate(str(tmp_path / "myset"), "--compare", str(tmp_path / "before.json")) == 2
    assert len(told) == 1
    assert [file.name for file in (tmp_path / "index" / "eval").iterdir()] == ["key.jsonl"]


def test_a_report_is_written_and_the_run_forgotten(
    told: list[tuple[Any, Options, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The page is where the last line says; what was kept of the run, in case it was killed, is gone."""
    asked: list[tuple[str, Options, Path | None]] = []

    def corpus_of(set_path: str, _settings: Any, options: Options, *, index: Path | None) -> Corpus:
        asked.append((set_path, options, index))
        assert list((tmp_path / "index" / "eval").iterdir()), "forgotten before all was written"
        return Corpus({})

    monkeypatch.setattr("qa.evaluation.corpus_of", corpus_of)
    assert evaluate("some/set", "--report", str(tmp_path / "page"), "--half") == 0
    assert capsys.readouterr().out.endswith(f"report: {tmp_path / 'page' / 'report.html'}\n")
    assert "How good are the answers?" in (tmp_path / "page" / "report.html").read_text(
        encoding="utf-8"
    )
    assert asked == told == [("some/set", Options(half=True), None)]
    assert list((tmp_path / "index" / "eval").iterdir()) == []


def test_an_interrupted_run_says_how_to_go_on(
    told: list[tuple[Any, Options, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Control-C ends with the usual exit code and no traceback."""

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("qa.evaluation.run", interrupt)
    assert evaluate("some/set") == 130
    assert "run the same command to go on" in capsys.readouterr().err
    assert told == []


@pytest.fixture
def varied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Options, Any]]:
    """Let no grid run, and return what would have been: the combinations, the options and the index."""
    calls: list[tuple[list[str], Options, Any]] = []

    def run_grid(
        _set: str, grid: list[Combination], options: Options, *, index: Path | None, progress: Any
    ) -> Iterator[Result]:
        progress("k=3: questions", 0, 1)
        calls.append(([str(one) for one in grid], options, index))
        return iter([RESULT] * len(grid))

    monkeypatch.setattr("qa.evaluation.run_grid", run_grid)
    return calls


def test_a_grid_is_run_shown_and_written(
    varied: list[tuple[list[str], Options, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every combination is asked as the other options say; the file has all results."""
    file = tmp_path / "grid.json"
    arguments = [
        "--vary",
        "k=3,5",
        "--vary",
        "reader_top_k=2",
        "--half",
        "--index",
        "here",
        "--json",
        str(file),
    ]
    assert evaluate("some/set", *arguments) == 0
    assert varied == [
        (["k=3 reader_top_k=2", "k=5 reader_top_k=2"], Options(half=True), Path("here"))
    ]
    assert "0.250–0.750" in capsys.readouterr().out
    assert [run["values"] for run in json.loads(file.read_text())["runs"]] == [
        {"k": 3, "reader_top_k": 2},
        {"k": 5, "reader_top_k": 2},
    ]


def test_a_grid_is_refused_before_it_runs(
    varied: list[tuple[list[str], Options, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown setting is named with the nearest one, and there is nothing to compare a grid with."""
    assert evaluate("some/set", "--vary", "reader_topk=2,4") == 2
    assert "did you mean 'reader_top_k'?" in capsys.readouterr().err
    save(RESULT, tmp_path / "before.json")
    assert evaluate("some/set", "--vary", "k=2,4", "--compare", str(tmp_path / "before.json")) == 2
    assert "--compare is for one result" in capsys.readouterr().err
    assert evaluate("some/set", "--vary", "k=2,4", "--report", str(tmp_path)) == 2
    assert "--report is for one result" in capsys.readouterr().err
    assert varied == []


@pytest.mark.parametrize("arguments", [["--given", "sentence"], ["--limit", "0"], []])
def test_misuse_is_refused(told: list[tuple[Any, Options, Any]], arguments: list[str]) -> None:
    """What the options do not know runs nothing."""
    assert evaluate(*(["some/set", *arguments] if arguments else [])) == 2
    assert told == []


@pytest.mark.parametrize(
    "arguments",
    [["--half", "some/set"], ["run", "--half", "some/set"], ["run", "some/set", "--half"]],
)
def test_the_run_needs_no_name(told: list[tuple[Any, Options, Any]], arguments: list[str]) -> None:
    """`qa eval SET` is `qa eval run SET`, with options before or behind the set."""
    assert evaluate(*arguments) == 0
    assert told == [("some/set", Options(half=True), None)]


def test_a_set_named_like_a_command_is_given_as_a_path(
    told: list[tuple[Any, Options, Any]],
) -> None:
    """Only the bare name of a command is one."""
    assert evaluate("./check") == 0
    assert told[0][0] == "./check"


def test_help_shows_the_commands_and_the_options_of_a_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever asks for help with `qa eval` sees all that can be done, and how a set is run."""
    assert evaluate("--help") == 0
    shown = capsys.readouterr().out
    assert all(
        word in shown for word in ("check", "import", "export", "new", "--compare", "--half")
    )
