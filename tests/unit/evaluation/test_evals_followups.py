"""The measurement of follow-ups: what is searched for, and what the tables say."""

from __future__ import annotations

import json
from pathlib import Path

from evals import followups
from qa.evaluation import load_set
from qa.types import Turn
from tests.unit.evaluation.evaluation_builders import make_row

TURNS = (Turn("user", "Who built it?"), Turn("assistant", "Mara Voss."))


def test_each_way_searches_for_something_else() -> None:
    """The naive ways put together what was asked, or all that was said; the question comes last."""
    asked = {
        label: way("And when?", TURNS)
        for label, way in followups.VARIANTS.items()
        if label != followups.OURS
    }
    assert asked == {
        "the last question alone": "And when?",
        "all questions together": "Who built it? And when?",
        "all turns together": "Who built it? Mara Voss. And when?",
    }


def test_halves_and_gains_are_told_apart() -> None:
    """The even and the odd places of the set have a column each, and the last column is ours less the other."""
    found = {followups.OURS: (1.0, 1.0, 1.0, 0.0), "other": (1.0, 0.0, 0.0, 0.0)}
    rows = {
        label: [
            make_row(str(n), scores={"recall@1": 0.0, "recall@5": score})
            for n, score in enumerate(scores)
        ]
        for label, scores in found.items()
    }
    *_, ours, other = followups._table(rows, {str(n): n for n in range(4)}).splitlines()
    values = [
        [cell.split(" ")[1] for cell in line.strip("|").split("|")[1:] if cell.strip()]
        for line in (ours, other)
    ]
    assert values == [
        ["0.000", "0.750", "1.000", "0.500"],
        ["0.000", "0.250", "0.500", "0.000", "+0.500"],
    ]


def test_complete_wordings_are_read_with_the_questions(tmp_path: Path) -> None:
    """A set may note the kind of a follow-up, and how a person would put it; other sets have neither."""
    turns = [{"role": turn.role, "text": turn.text} for turn in TURNS]
    line = {"id": "1", "question": "And when?", "history": turns}
    noted = {
        **line,
        "id": "2",
        "question": "Why?",
        "kind": "ellipsis",
        "standalone": "Why did Mara Voss build it?",
    }
    (tmp_path / "questions.jsonl").write_text(
        f"{json.dumps(line)}\n{json.dumps(noted)}\n", encoding="utf-8"
    )
    kinds, by_hand = followups._noted(load_set(tmp_path))
    assert kinds == {"2": "ellipsis"}
    assert by_hand == {("Why?", TURNS): "Why did Mara Voss build it?"}
