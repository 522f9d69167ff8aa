"""Checking question sets: everything that is wrong is told at once, with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qa.cli import main
from qa.evaluation.checking import Finding, check
from qa.evaluation.questions import QuestionSetError

if TYPE_CHECKING:
    from tests.unit.evaluation.conftest import WriteSet

MAX_CHARS = 1_000
ARTICLE = {"id": "a", "text": "Baku is a city.\nBaku has a port."}
RIGHT = {
    "id": "q",
    "question": "Who?",
    "answers": ["Baku"],
    "relevant": [{"article_id": "a", "start": 0, "end": 4}],
}


def findings(folder: Path) -> list[tuple[str, bool, str]]:
    """Return what is found: the line's number, whether it is a warning, and the reason."""
    found = check(folder, max_chars=MAX_CHARS).findings
    return [
        (finding.where.rpartition(":")[2], finding.warning, finding.reason) for finding in found
    ]


def test_a_right_set_has_no_findings(write_set: WriteSet) -> None:
    """Spans that are the answers, unanswerable questions without gold and dialogues pass."""
    turns = [{"role": "user", "text": "Hello"}, {"role": "assistant", "text": "Yes?"}]
    no_answer = {"id": "n", "question": "Why?", "answerable": False}
    folder = write_set([RIGHT, no_answer, {**RIGHT, "id": "h", "history": turns}], [ARTICLE])
    checked = check(folder, max_chars=MAX_CHARS)
    assert (checked.findings, checked.errors, checked.questions, checked.articles) == ((), 0, 3, 1)


@pytest.mark.parametrize(
    ("fields", "warning", "reason"),
    [
        ({"relevant": [{"article_id": "b", "start": 0, "end": 4}]}, False, "no article 'b'"),
        (
            {"relevant": [{"article_id": "a", "start": 0, "end": 400}]},
            False,
            "0:400 is not within 'a'",
        ),
        ({"relevant": [{"article_id": "a", "start": 5, "end": 14}]}, False, "shares no word"),
        (
            {"relevant": [{"article_id": "a", "start": 0, "end": 7}]},
            True,
            "'Baku is', which is not one of",
        ),
        ({"answers": ["Baku", " "]}, False, "'answers' holds an empty text"),
        ({"answers": ["Ganja"], "relevant": []}, True, "'Ganja' does not stand in the articles"),
        ({"answerable": False, "answers": []}, False, "is not answerable, but has 'relevant'"),
        (
            {"answerable": False, "relevant": []},
            False,
            "is not answerable, but has 'answers', and 'Baku' is there",
        ),
        (
            {"answerable": False, "relevant": [], "answers": ["I cannot say"]},
            True,
            "is not answerable, but",
        ),
        (
            {"answerable": False, "relevant": [], "answers": [], "doc_ids": ["a"]},
            True,
            "has gold articles",
        ),
        ({"relevant": [], "answers": []}, True, "neither answers nor gold"),
        ({"relevant": [], "relevance": {"a": 1, "b": 1}}, True, "no article 'b'"),
        ({"relevant": [], "relevance": {"b": 1}}, False, "no article 'b'"),
        (
            {"paragraph": {"article_id": "a", "start": 0, "end": 99}},
            False,
            "paragraph: 0:99 is not within",
        ),
        (
            {"history": [{"role": "assistant", "text": "Hi"}]},
            True,
            "'history' is not user, assistant",
        ),
        (
            {"history": [{"role": "user", "text": ""}, {"role": "assistant", "text": "x"}]},
            False,
            "an empty turn",
        ),
        ({"anwsers": ["Baku"]}, True, "'anwsers' is not read: is 'answers' meant?"),
    ],
)
def test_each_kind_of_finding(
    write_set: WriteSet, fields: dict[str, Any], warning: bool, reason: str
) -> None:
    """What stops a run or makes a figure wrong is an error, what may be meant so a warning."""
    (found,) = findings(write_set([RIGHT, {**RIGHT, "id": "x", **fields}], [ARTICLE]))
    assert found[:2] == ("2", warning)
    assert reason in found[2]


def test_all_lines_are_told_at_once(write_set: WriteSet) -> None:
    """Lines that cannot be read do not hide those behind them, whatever they hold."""
    huge = '{"id": "h", "question": "' + "x" * 1_000_000 + '"}'
    lines = [
        "null",
        "[" * 100_000,
        '{"id": 3}',
        huge,
        RIGHT,
        RIGHT,
        '{"id": "n", "question": "\\ud800"}',
    ]
    folder = write_set(lines, [ARTICLE])
    file = folder / "questions.jsonl"
    file.write_bytes(file.read_bytes() + b'{"id": "\xff"}\n')
    found = findings(folder)
    assert [number for number, warning, _ in found if not warning] == ["1", "2", "3", "6", "7", "8"]
    assert max(len(reason) for _, _, reason in found) < 500


def test_articles_that_no_index_takes_are_told(write_set: WriteSet) -> None:
    """What `qa index` would refuse is found here, with its line, before a run stops at it."""
    articles = [
        ARTICLE,
        {"id": "b"},
        ARTICLE,
        {"id": "c", "text": " "},
        {"id": "d", "text": "x" * 2_000},
    ]
    found = check(write_set([RIGHT], articles), max_chars=MAX_CHARS)
    assert [finding.where.rpartition("articles.jsonl:")[2] for finding in found.findings] == [
        "2",
        "3",
        "4",
        "5",
    ]
    assert found.errors == 4


def test_a_set_without_articles_is_checked_as_far_as_it_goes(write_set: WriteSet) -> None:
    """Without texts the lines are checked alone, and a warning says that."""
    folder = write_set([RIGHT])
    (found,) = check(folder, max_chars=MAX_CHARS).findings
    assert found == Finding(
        str(folder / "questions.jsonl"), "there are no articles to check the gold against", True
    )


def test_a_pair_of_files_is_checked(tmp_path: Path) -> None:
    """Sets in pairs of files are checked in the same way."""
    (tmp_path / "p.contexts.jsonl").write_text('{"id": "c", "text": "Baku is a city."}\n')
    asked = '{"question": "Who?", "context_id": "c", "answers": [{"text": "%s", "start": 0}]}\n'
    (tmp_path / "p.questions.jsonl").write_text(
        asked % "Baku" + asked % "Ganja" + asked % "Tbilisi"
    )
    assert [number for number, _, _ in findings(tmp_path / "p")] == ["2", "3"]


def test_the_exit_code_says_what_was_found(
    write_set: WriteSet, capsys: pytest.CaptureFixture[str]
) -> None:
    """0: no errors, 1: errors, 2: there is nothing to check. Each finding is one line."""
    folder = write_set([RIGHT], [ARTICLE])
    main_code(0, str(folder))
    write_set(
        [
            RIGHT,
            {
                **RIGHT,
                "id": "x\x1b[31m",
                "relevant": [{"article_id": "\x1b", "start": 0, "end": 1}],
            },
        ],
        [ARTICLE],
    )
    main_code(1, str(folder))
    out = capsys.readouterr().out
    assert f"{folder / 'questions.jsonl'}:2: there is no article" in out
    assert "\x1b" not in out
    main_code(2, str(folder / "nothing"))


def main_code(code: int, folder: str) -> None:
    """Run `qa eval check` and expect its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["eval", "check", folder])
    assert ended.value.code == code


def test_a_set_that_cannot_be_read_is_no_finding(tmp_path: Path) -> None:
    """Where there is nothing to check, that is an error of its own."""
    with pytest.raises(QuestionSetError, match="no question set"):
        check(tmp_path, max_chars=MAX_CHARS)
