"""Results as tables and files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from qa.errors import QAError
from qa.evaluation.questions import GoldSpan
from qa.evaluation.report import markdown, table
from qa.evaluation.result import (
    CitedSpan,
    Estimate,
    HitSpan,
    Result,
    from_json,
    load,
    save,
    to_json,
)
from qa.types import Turn
from tests.unit.evaluation.evaluation_builders import make_row

ROW = make_row(
    answers=("Baku",),
    answerable=True,
    relevant=(GoldSpan("a", 0, 4),),
    history=(Turn("user", "Hello"),),
    citations=(CitedSpan("a", 0, 4, "Bakú", valid=True),),
    hits=(HitSpan("a", 0, 4, 0.5),),
    scores={"f1": 1.0},
)
METRICS = {"f1": Estimate(0.5, 0.25, 0.75, 40), "seconds_p50": Estimate(0.125, 0.1, 0.25, 40)}
RESULT = Result("myset", False, "abc123", {"k": 10}, 3, METRICS, (ROW,))


def test_a_result_survives_its_file(tmp_path: Path) -> None:
    """What is saved is loaded as it was, rows and all."""
    save(RESULT, tmp_path / "deep" / "result.json")
    assert load(tmp_path / "deep" / "result.json") == RESULT


def test_how_it_was_asked_survives_too(tmp_path: Path) -> None:
    """Options are part of a result's file; a file from before there were any loads as one without."""
    result = dataclasses.replace(RESULT, given="article", where="kind=a", without=("a", "b"))
    save(result, tmp_path / "result.json")
    assert load(tmp_path / "result.json") == result
    values = json.loads(to_json(RESULT))
    for name in ("given", "where", "without"):
        del values[name]
    del values["questions"][0]["false_answers"]
    assert from_json(json.dumps(values)) == RESULT


def test_the_file_has_the_promised_keys() -> None:
    """The JSON names the set, each metric with value, interval and n, and every question."""
    values = json.loads(to_json(RESULT))
    assert values["set"] == "myset"
    assert values["metrics"]["f1"] == {"value": 0.5, "low": 0.25, "high": 0.75, "n": 40}
    assert values["fingerprint"] == "abc123"
    assert values["questions"][0]["citations"][0]["quote"] == "Bakú"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"questions": []}', '{"questions": [{}], "set": "x"}', "null"]
)
def test_what_is_no_result_is_refused(text: str) -> None:
    """A file of another kind is refused by name."""
    with pytest.raises(QAError, match=r"old\.json: not a result"):
        from_json(text, name="old.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A result that is not there is an error with its path."""
    with pytest.raises(QAError, match=r"gone\.json: cannot be read: No such file"):
        load(tmp_path / "gone.json")


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk refuses, the earlier result is still whole and nothing half-written lies about."""
    path = tmp_path / "result.json"
    save(RESULT, path)
    before = path.read_bytes()

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(QAError, match="No space left"):
        save(RESULT, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_table_shows_value_interval_and_count() -> None:
    """Each metric has a line with its value, interval and n; seconds have their unit."""
    lines = table(RESULT).splitlines()
    (f1,) = [line for line in lines if " f1 " in line]
    assert all(part in f1 for part in ("0.500", "0.250 to 0.750", "40"))
    assert any("seconds_p50" in line and "0.125 s" in line for line in lines)
    assert "myset: 1 questions, 3 articles" in lines[0]


def test_markdown_puts_sets_side_by_side() -> None:
    """Metrics go down, sets across; what does not apply to a set is a dash, not a zero."""
    half = Result("myset", True, "abc123", {}, 2, {"em": Estimate(0.1, 0.0, 0.2, 5)}, ())
    lines = markdown([RESULT, half]).splitlines()
    assert lines[0] == "| metric | myset | myset, half |"
    assert "| `f1` | 0.500 (0.250 to 0.750) | – |" in lines
    assert "| `em` | – | 0.100 (0.000 to 0.200) |" in lines
    assert "| questions | 1 | 0 |" in lines


def test_markdown_keeps_the_order_of_the_metrics_and_takes_other_headings() -> None:
    """A metric that only a later result has stands where it belongs; a column may have a name of its own."""
    given = dataclasses.replace(RESULT, given="paragraph")
    other = dataclasses.replace(RESULT, metrics={"em": METRICS["f1"], "aurc": METRICS["f1"]})
    lines = markdown([given, other], ["one", "two"]).splitlines()
    assert lines[0] == "| metric | one | two |"
    assert [line.split("`")[1] for line in lines if "`" in line] == [
        "em",
        "f1",
        "aurc",
        "seconds_p50",
    ]
    assert markdown([given]).splitlines()[0] == "| metric | myset, given paragraph |"
