"""A baseline keeps what a comparison needs, and none of the set's texts."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from qa.errors import QAError
from qa.evaluation.comparison import compare
from qa.evaluation.metrics import METRICS
from qa.evaluation.questions import GoldSpan
from qa.evaluation.result import (
    CitedSpan,
    Estimate,
    HitSpan,
    Result,
    from_json,
    load,
    to_baseline,
)
from tests.unit.evaluation.evaluation_builders import make_row

ROWS = tuple(
    make_row(
        f"q{n}",
        question=f"Who is secret {n}?",
        answers=("Baku",),
        answerable=True,
        relevant=(GoldSpan("a", 0, 4),),
        text="Secret Baku. [1]",
        short="Secret Baku",
        abstained=False,
        confidence=1 / (n + 3),
        citations=(CitedSpan("a", 0, 4, "Secret Baku.", valid=True),),
        hits=(HitSpan("a", 0, 4, 0.5),),
        scores={"f1": 2 / 3, "recall@1": float(n % 2), "quote_contains_answer": 1.0},
    )
    for n in range(30)
)
RESULT = Result(
    "myset",
    True,
    "abc123",
    {"k": 10},
    3,
    {"f1": Estimate(2 / 3, 0.5, 0.75, 30)},
    ROWS,
    without=("b",),
)


def kept(result: Result = RESULT) -> Result:
    """Return the result as its baseline gives it back."""
    return from_json(to_baseline(result))


def test_a_result_equals_its_own_baseline() -> None:
    """Rounding and leaving out change no metric by a significant amount, and every metric can be compared."""
    differences = compare(kept(), RESULT)
    assert [item.metric for item in differences] == [
        item.metric for item in compare(RESULT, RESULT)
    ]
    assert [item.metric.name for item in differences if item.verdict] == []
    assert max(abs(item.difference) for item in differences) < 1e-5


def test_a_fall_below_a_baseline_is_found() -> None:
    """What got worse than the baseline is as plain as beside the whole result."""
    worse = dataclasses.replace(
        RESULT, rows=tuple(dataclasses.replace(row, scores={"f1": 0.0}) for row in ROWS)
    )
    assert [item.metric for item in compare(kept(), worse) if item.worse] == [METRICS["f1"]]


def test_no_text_of_the_set_is_kept() -> None:
    """Questions, answers and quotes belong to whoever made the set: only figures, ids and digests are written."""
    text = to_baseline(RESULT)
    assert "ecret" not in text
    assert "Baku" not in text
    assert len(text) < 5_000


def test_edited_gold_is_noticed() -> None:
    """The digest stands for the question and its gold: when one of them was edited, the baseline is no measure."""
    edited = dataclasses.replace(
        RESULT, rows=(dataclasses.replace(ROWS[0], answers=("Baku", "Kars")), *ROWS[1:])
    )
    with pytest.raises(QAError, match="question 'q0' has other gold now"):
        compare(kept(), edited)


def test_everything_else_is_kept(tmp_path: Path) -> None:
    """Set, options, settings and metrics are those of the result, and the rows have each score that there was."""
    (tmp_path / "myset.json").write_text(to_baseline(RESULT))
    found = load(tmp_path / "myset.json")
    assert dataclasses.replace(found, rows=()) == dataclasses.replace(RESULT, rows=())
    assert [row.scores.keys() for row in found.rows] == [row.scores.keys() for row in ROWS]
    assert [(row.id, row.abstained, row.answerable) for row in found.rows] == [
        (row.id, False, True) for row in ROWS
    ]
    assert set(found.rows[0].scores) <= METRICS.keys()


def test_each_question_has_its_line() -> None:
    """Between two baselines a change shows the questions that it changed."""
    lines = to_baseline(RESULT).splitlines()
    assert sum(line.startswith('["q') for line in lines) == len(ROWS)


@pytest.mark.parametrize(
    "broken", [{"columns": ["id"]}, {"baseline": [["q0"]]}, {"columns": None}, {"baseline": 3}]
)
def test_what_is_no_baseline_is_refused(broken: dict[str, object]) -> None:
    """A baseline that was cut or edited by hand is refused by name."""
    with pytest.raises(QAError, match="not a result"):
        from_json(json.dumps(json.loads(to_baseline(RESULT)) | broken))
