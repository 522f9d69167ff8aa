"""The runs that the README reports: what is asked, what is left out, what is written."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals import run_all
from evals.run_all import RUNS, TAUGHT, main
from qa import evaluation
from qa.evaluation import Combination, Estimate, Options, Result, is_set, save, to_baseline
from qa.settings import Settings
from tests.unit.evaluation.evaluation_builders import make_row
from training.sources import TAUGHT as TEACHING

ROWS = (
    make_row(
        "1",
        answerable=True,
        answers=("x",),
        abstained=False,
        confidence=0.9,
        scores={"quote_contains_answer": 1.0},
    ),
    make_row("2", answerable=False, abstained=False, confidence=0.4),
)
RESULT = Result(
    "squad2", False, "abc123", {"threshold": None}, 3, {"f1": Estimate(0.5, 0.25, 0.75, 40)}, ROWS
)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the empty folder that results are written to."""
    monkeypatch.setattr(run_all, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(run_all, "BASELINES", tmp_path / "baselines")
    (tmp_path / "results").mkdir()
    return tmp_path / "results"


@pytest.fixture
def told(results: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Settings, Options]]:
    """Let no set run, and return what would have been."""
    calls: list[tuple[Path, Settings, Options]] = []

    def run(
        place: Path, settings: Settings, options: Options, *, progress: Any, **_: Any
    ) -> Result:
        progress("questions", 0, 1)
        calls.append((place, settings, options))
        return dataclasses.replace(
            RESULT, set=place.name, settings={"threshold": settings.threshold}
        )

    monkeypatch.setattr("qa.evaluation.run", run)
    monkeypatch.setattr(run_all, "_draw", bool)
    monkeypatch.setenv("QA_DATASETS", "/data")
    return calls


def test_a_run_is_asked_as_the_table_says(told: list[tuple[Path, Settings, Options]]) -> None:
    """The set comes from the public folder, with its options, and without the articles that taught."""
    assert main(["squad2", "qed-nq-half", "rgb-counterfactual"]) == 0
    assert [str(place) for place, *_ in told] == [
        "/data/dev/squad2",
        "/data/dev/qed-nq",
        "/data/dev/rgb-counterfactual",
    ]
    assert [options for *_, options in told] == [
        Options(given="paragraph", without=tuple(TAUGHT["squad2"])),
        Options(half=True),
        Options(where="kind=positive,positive_wrong"),
    ]
    assert {settings.threshold for _, settings, _ in told} == {None}


def test_every_run_is_made_with_the_threshold_0_too(
    told: list[tuple[Path, Settings, Options]],
) -> None:
    """The run that always answers differs from the plain one by its threshold alone."""
    assert main(["xquad-en-half", "xquad-en-half-always"]) == 0
    (place, settings, options), (other_place, other_settings, other_options) = told
    assert (place, options) == (other_place, other_options)
    assert (settings.threshold, other_settings.threshold) == (None, 0.0)
    assert options == Options(half=True, without=tuple(TAUGHT["xquad-en"]))


def test_results_are_kept_by_the_name_of_their_run(
    told: list[tuple[Path, Settings, Options]], results: Path
) -> None:
    """Two runs of a set do not overwrite each other, and the tables show both, each in its place."""
    assert main(["squad2", "squad2-always", "qed-nq"]) == 0
    assert sorted(path.name for path in results.iterdir()) == [
        "README.md",
        "qed-nq.json",
        "squad2-always.json",
        "squad2.json",
    ]
    text = (results / "README.md").read_text()
    assert "| metric | qed-nq | squad2 |" in text
    assert "| metric | squad2-always |" in text


def test_a_limit_writes_nothing(told: list[tuple[Path, Settings, Options]], results: Path) -> None:
    """A trial leaves the figures of the whole alone."""
    assert main(["--limit", "3", "squad2"]) == 0
    assert told[0][2].limit == 3
    assert list(results.iterdir()) == []


def record_better(name: str, question: str = "?") -> Path:
    """Write a baseline in which forty questions, among them those of `RESULT`, were answered in full."""
    rows = tuple(
        make_row(
            str(n),
            question=question,
            answerable=True,
            answers=("x",),
            abstained=False,
            scores={"f1": 1.0},
        )
        for n in range(40)
    )
    run_all.BASELINES.mkdir(exist_ok=True)
    file = run_all.BASELINES / f"{name}.json"
    file.write_text(to_baseline(dataclasses.replace(RESULT, rows=rows)))
    return file


@pytest.fixture
def worse(told: list[tuple[Path, Settings, Options]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run answer none of the forty questions of `record_better`."""
    rows = tuple(
        make_row(str(n), answerable=True, answers=("x",), scores={"f1": 0.0}) for n in range(40)
    )
    plain = vars(evaluation)["run"]

    def run(*arguments: Any, **named: Any) -> Result:
        result: Result = plain(*arguments, **named)
        return dataclasses.replace(result, rows=rows)

    monkeypatch.setattr("qa.evaluation.run", run)


def test_a_recorded_run_equals_its_baseline(
    told: list[tuple[Path, Settings, Options]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a baseline a line says how to make one; the same results afterwards are no fall."""
    assert main(["squad2"]) == 0
    assert "squad2: there is no baseline" in capsys.readouterr().err
    assert main(["--record", "squad2"]) == 0
    assert main(["squad2"]) == 0
    said = capsys.readouterr().out
    assert "0 questions got worse" in said
    assert "│ worse" not in said


@pytest.mark.usefixtures("worse")
def test_a_fall_below_the_baseline_is_the_exit_code(
    told: list[tuple[Path, Settings, Options]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every run is made and kept all the same; the table marks what fell, and the questions are listed."""
    record_better("squad2")
    assert main(["squad2", "qed-nq"]) == 1
    assert len(told) == 2
    said = capsys.readouterr().out
    assert "│ worse" in said
    assert "40 questions got worse, 0 got better" in said
    assert sorted(path.name for path in run_all.RESULTS.iterdir()) == [
        "README.md",
        "qed-nq.json",
        "squad2.json",
    ]


@pytest.mark.usefixtures("worse")
def test_recording_accepts_a_fall(told: list[tuple[Path, Settings, Options]]) -> None:
    """Whoever records has seen what changed: the exit code is 0, and the next run is measured by the new baseline."""
    file = record_better("squad2")
    before = file.read_text()
    assert main(["--record", "squad2"]) == 0
    assert file.read_text() != before
    assert main(["squad2"]) == 0


@pytest.mark.usefixtures("worse")
def test_a_baseline_of_other_questions_is_named(
    told: list[tuple[Path, Settings, Options]], capsys: pytest.CaptureFixture[str]
) -> None:
    """When the set was edited since, no verdict is possible: the exit code says so, after the other runs."""
    record_better("squad2", question="What?")
    assert main(["squad2", "qed-nq"]) == 2
    assert len(told) == 2
    assert "squad2: cannot compare: question '0' has other gold now" in capsys.readouterr().err


@pytest.mark.parametrize("part", [["--limit", "3"], ["--vary", "k=3"]])
def test_a_part_is_no_baseline(told: list[tuple[Path, Settings, Options]], part: list[str]) -> None:
    """Only a whole run can be recorded."""
    with pytest.raises(SystemExit) as ended:
        main(["--record", *part, "squad2"])
    assert (ended.value.code, told) == (2, [])


def test_settings_can_be_varied(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A grid of a run is asked as the run is, prints its table, and writes nothing."""
    asked: list[tuple[Path, list[str], Options]] = []

    def run_grid(
        place: Path, grid: list[Combination], options: Options, *, progress: Any, **_: Any
    ) -> Iterator[Result]:
        progress("reader_top_k=2: questions", 0, 2)
        asked.append((place, [str(one) for one in grid], options))
        return iter([RESULT] * len(grid))

    monkeypatch.setattr("qa.evaluation.run_grid", run_grid)
    monkeypatch.setenv("QA_DATASETS", "/data")
    assert main(["--vary", "reader_top_k=2,4", "squad2"]) == 0
    options = Options(given="paragraph", without=tuple(TAUGHT["squad2"]))
    assert asked == [(Path("/data/dev/squad2"), ["reader_top_k=2", "reader_top_k=4"], options)]
    assert "0.250–0.750" in capsys.readouterr().out
    assert list(results.iterdir()) == []


def test_a_folder_can_be_run_and_halved(
    told: list[tuple[Path, Settings, Options]], results: Path
) -> None:
    """Any set's folder is a run, with `-half` for half of its articles; the project's own go by name."""
    assert main(["some/where/mine-half", "corpus"]) == 0
    assert [(place, options.half) for place, _, options in told] == [
        (Path("some/where/mine"), True),
        (run_all.OWN / "corpus", False),
    ]
    assert (results / "mine-half.json").is_file()


def test_what_has_no_data_is_not_run(
    told: list[tuple[Path, Settings, Options]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without the public sets the project's own are run, and what is left out is named."""
    monkeypatch.delenv("QA_DATASETS")
    assert main([]) == 0
    assert {place.parent for place, *_ in told} == {run_all.OWN}
    assert "corpus" in {place.name for place, *_ in told}
    assert "leaving out xquad-en, " in capsys.readouterr().err


def test_tables_are_by_what_was_searched_given_and_always_answered(results: Path) -> None:
    """A result stands in one table: figures that cannot be compared are not side by side."""
    always = dataclasses.replace(RESULT, given="paragraph", settings={"threshold": 0.0})
    shown = {
        "squad2": dataclasses.replace(RESULT, given="paragraph"),
        "squad2-always": always,
        "mine": RESULT,
    }
    for name, result in shown.items():
        save(result, results / f"{name}.json")
    run_all._write(run_all._saved())
    lines = (results / "README.md").read_text().splitlines()
    assert [line for line in lines if line.startswith(("## ", "| metric"))] == [
        "## Asked of the whole collection",
        "| metric | mine |",
        "## Read with the text given",
        "| metric | squad2 |",
        "## Always answered",
        "| metric | squad2-always |",
        "## Confidence",
    ]
    assert (results / "risk-coverage.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_tables_are_written(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The picture needs a library that the product does without: it is missed by name, and nothing else is."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    run_all._write(
        {
            "squad2": RESULT,
            "squad2-always": dataclasses.replace(RESULT, settings={"threshold": 0.0}),
        }
    )
    text = (results / "README.md").read_text()
    assert "squad2-always" in text
    assert "risk-coverage.png" not in text
    assert "matplotlib is not installed" in capsys.readouterr().err


def test_points_are_those_of_the_rows() -> None:
    """Of two answers to four questions the surer is right: the risks at a quarter and a half, and where it stops."""
    from qa.evaluation.metrics.confidence import operating_point, reliability, risk_coverage

    rows = [
        *ROWS,
        make_row("3", answerable=True, answers=("x",)),
        make_row("4", answerable=False),
        make_row("5"),
    ]
    coverages, risks = risk_coverage(rows)
    assert (coverages.tolist(), risks.tolist()) == ([0.25, 0.5], [0.0, 0.5])
    assert [points.tolist() for points in operating_point(rows)] == [[0.5], [0.5]]
    assert [points.tolist() for points in reliability(rows)] == [[0.4, 0.9], [0.0, 1.0]]
    assert [points.tolist() for points in operating_point(rows[2:])] == [[], []]


def test_the_taught_articles_are_those_of_the_training() -> None:
    """The articles that the training recipe takes from squad2 are all left out of what is reported."""
    assert set(TAUGHT["squad2"]) == set(TEACHING)


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def test_no_reported_article_shares_a_paragraph_with_a_taught_one(datasets: Path) -> None:
    """Of xquad-en and squad2, just the articles that hold a paragraph of a taught article are left out."""
    taught: set[str] = set()
    for article in read_jsonl(datasets / "dev" / "squad2" / "articles.jsonl"):
        if article["id"] in TEACHING:
            taught.update(article["text"].split("\n\n"))
    for name in ("squad2", "xquad-en"):
        articles = read_jsonl(datasets / "dev" / name / "articles.jsonl")
        sharing = {
            article["id"] for article in articles if taught & set(article["text"].split("\n\n"))
        }
        assert sharing == set(TAUGHT[name])


def test_the_public_runs_find_their_sets(datasets: Path) -> None:
    """Each run names a set that is there, and articles to leave out that its set has."""
    assert [name for name, planned in RUNS.items() if not is_set(datasets / planned.set)] == []
