"""A run that was stopped goes on where it was, and only there."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation import runner
from qa.evaluation.asking import Prepared
from qa.evaluation.corpus import Corpus
from qa.evaluation.questions import Question
from qa.evaluation.result import CitedSpan, HitSpan, Row
from qa.evaluation.runner import Options, Unfinished, fingerprint, run
from qa.settings import Settings
from qa.types import Answer, Turn
from tests.unit.evaluation.conftest import WriteSet
from tests.unit.evaluation.evaluation_builders import ScriptedPipeline, answered, make_row

TEXT = "Yerevan accuses Baku of blocking the road."
ARTICLES = [{"id": "a", "title": "Road", "text": TEXT}]
NAMES = ("q1", "q2", "q3", "q4")
LINES = [
    {"id": name, "question": f"Who is {name}?", "answers": ["Baku"], "doc_ids": ["a"]}
    for name in NAMES
]
QUESTIONS = [Question(name, f"Who is {name}?") for name in NAMES]
ROWS = [
    make_row(
        name,
        question=f"Who is {name}?",
        history=(Turn("user", "Hello\u2028\ud800"),),
        citations=(CitedSpan("a", 0, 4, "Yere", valid=True),),
        hits=(HitSpan("a", 0, 4, 1 / 3),),
        seconds=0.1 + 0.2,
        answerable=True,
    )
    for name in NAMES
]


def kept(folder: Path, rows: Sequence[Row], key: str = "key") -> Path:
    """Keep rows as a run does that was killed after them, and return their file."""
    run_so_far = Unfinished(folder)
    run_so_far.resume(key, QUESTIONS)
    for row in rows:
        run_so_far.add(row)
    return folder / f"{key}.jsonl"


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    """What was answered is there again, to the last digit of the seconds, and is told."""
    kept(tmp_path, ROWS[:2])
    told: list[str] = []
    assert Unfinished(tmp_path, told.append).resume("key", QUESTIONS) == ROWS[:2]
    assert told == ["resuming: 2 of 4 questions were answered already"]


@pytest.mark.parametrize("torn", [b'{"id": "q3", "ques', b"{}\n", b"\xff\n", b"null\n"])
def test_a_torn_line_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    """A last line that was written in part is as if it never was, and the next row stands on a line of its own."""
    file = kept(tmp_path, ROWS[:2])
    with file.open("ab") as handle:
        handle.write(torn)
    again = Unfinished(tmp_path)
    assert again.resume("key", QUESTIONS) == ROWS[:2]
    again.add(ROWS[2])
    assert Unfinished(tmp_path).resume("key", QUESTIONS) == ROWS[:3]


def test_rows_out_of_order_are_not_taken(tmp_path: Path) -> None:
    """Two runs that wrote at the same time leave a mixture: it counts as far as it is the head of the set."""
    kept(tmp_path, [ROWS[0], ROWS[0], ROWS[1]])
    assert Unfinished(tmp_path).resume("key", QUESTIONS) == ROWS[:1]


def test_another_key_starts_anew(tmp_path: Path) -> None:
    """Rows of something else are not looked at, and nothing is told."""
    kept(tmp_path, ROWS[:2])
    told: list[str] = []
    assert Unfinished(tmp_path, told.append).resume("other", QUESTIONS) == []
    assert told == []


def test_a_complete_run_leaves_nothing(tmp_path: Path) -> None:
    """Once the result is where it belongs, the file goes."""
    run_so_far = Unfinished(tmp_path)
    run_so_far.resume("key", QUESTIONS)
    run_so_far.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Where nothing can be kept the run goes on all the same, and says that it could not be resumed."""
    (tmp_path / "file").write_text("")
    told: list[str] = []
    run_so_far = Unfinished(tmp_path / "file" / "eval", told.append)
    assert run_so_far.resume("key", QUESTIONS) == []
    run_so_far.add(ROWS[0])
    run_so_far.remove()
    (line,) = told
    assert line.startswith("this run cannot be resumed if it is stopped")


def test_the_name_changes_with_all_that_rows_depend_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings, options, questions, articles and the program itself: each gives another file."""
    program = tmp_path / "qa"
    program.mkdir()
    (program / "__init__.py").write_text("")
    monkeypatch.setattr("qa.evaluation.runner.PROGRAM", program)
    parts: list[Any] = ["settings", Options(), QUESTIONS, {"a": {"id": "a", "text": TEXT}}]
    changed: list[Any] = [
        "other",
        Options(half=True),
        QUESTIONS[1:],
        {"a": {"id": "a", "text": TEXT + " "}},
    ]
    names = {fingerprint(*parts)}
    names |= {
        fingerprint(*parts[:place], other, *parts[place + 1 :])
        for place, other in enumerate(changed)
    }
    assert fingerprint(*parts) in names
    (program / "reader.py").write_text("better = True")
    names.add(fingerprint(*parts))
    assert len(names) == 6


class Stopped(ScriptedPipeline):
    """A pipeline whose power fails at one question, counted as asked."""

    def __init__(self, at: str) -> None:
        replies = {
            line.question: answered(line.question, ("a", 0), TEXT, short="Baku")
            for line in QUESTIONS
        }
        super().__init__(replies)
        self.settings = Settings()
        self._at = at

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return the scripted answer, or fail."""
        if question == self._at:
            raise KeyboardInterrupt
        return super().answer(question, history=history)


@pytest.fixture
def pipelines(monkeypatch: pytest.MonkeyPatch) -> list[Stopped]:
    """Return the pipelines that runs will find opened, next first."""
    found: list[Stopped] = []

    def opened(prepared: Prepared, *_: Any) -> tuple[Stopped, Prepared]:
        return found.pop(0), prepared

    monkeypatch.setattr(runner, "_opened", opened)
    monkeypatch.setattr(runner, "Pipeline", lambda opened, **_: opened)
    return found


def test_a_killed_run_goes_on_where_it_was(
    write_set: WriteSet, pipelines: list[Stopped], tmp_path: Path
) -> None:
    """Stopped in the third question, the next run asks from the third on, and the result is that of one run."""
    folder = write_set(LINES, ARTICLES)
    whole, killed, again = Stopped(""), Stopped("Who is q3?"), Stopped("")
    pipelines += [whole, killed, again]
    undisturbed = run(folder, Settings())
    keeping = Unfinished(tmp_path / "eval")
    with pytest.raises(KeyboardInterrupt):
        run(folder, Settings(), unfinished=keeping)
    steps: list[tuple[str, int, int]] = []
    result = run(folder, Settings(), unfinished=keeping, progress=lambda *step: steps.append(step))
    assert [question for question, _ in again.asked] == ["Who is q3?", "Who is q3?", "Who is q4?"]
    assert steps == [("questions", done, 4) for done in (2, 3, 4)]
    assert [timeless(row) for row in result.rows] == [timeless(row) for row in undisturbed.rows]
    keeping.remove()
    assert list((tmp_path / "eval").iterdir()) == []


def timeless(row: Row) -> Row:
    """Return a row without its seconds."""
    return dataclasses.replace(row, seconds=0.0)


@pytest.mark.parametrize(
    "other",
    [
        (Options(limit=3), Settings(), ARTICLES),
        (Options(), Settings(k=3), ARTICLES),
        (Options(), Settings(), [{**ARTICLES[0], "title": "Another"}]),
    ],
    ids=["options", "settings", "articles"],
)
def test_nothing_stale_is_taken(
    write_set: WriteSet,
    pipelines: list[Stopped],
    tmp_path: Path,
    other: tuple[Options, Settings, list[dict[str, str]]],
) -> None:
    """With other options, settings or articles the run begins at the first question."""
    options, settings, articles = other
    keeping = Unfinished(tmp_path / "eval")
    anew = Stopped("")
    anew.settings = settings
    pipelines += [Stopped("Who is q3?"), anew]
    with pytest.raises(KeyboardInterrupt):
        run(write_set(LINES, ARTICLES), Settings(), unfinished=keeping)
    run(write_set(LINES, articles), settings, options, unfinished=keeping)
    assert anew.asked[0][0] == "Who is q1?"


def test_articles_of_a_corpus_are_those_searched(write_set: WriteSet) -> None:
    """For a report the articles are read as a run reads them, those that options leave out excepted."""
    two = [*ARTICLES, {"id": "b", "text": "Another."}]
    corpus = runner.corpus_of(write_set(LINES, two), Settings(), Options(half=True))
    assert corpus == Corpus({"a": ARTICLES[0]})
