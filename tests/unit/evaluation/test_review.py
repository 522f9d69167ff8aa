"""A review of drafts: what is accepted is a valid set at any time, and no step is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.cli import main
from qa.evaluation.checking import check
from qa.evaluation.questions import QuestionSetError
from qa.evaluation.review import DRAFTS, Content, Review, ReviewError, start
from qa.evaluation.sets import QUESTIONS
from tests.collection import write_files

MAX_CHARS = 10_000
TEXT = "Ann Berg has promised a new dam in Ostmar.\n\nAnn Berg had 12 guests, and 12 came.\n"
DAM = "Who has promised a new dam in Ostmar?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a set's folder with one draft from one article."""
    write_files(tmp_path, {"dam.md": TEXT})
    assert start(tmp_path / "myset", [tmp_path / "dam.md"], limit=10, max_chars=MAX_CHARS) >= 1
    return tmp_path / "myset"


def opened(folder: Path) -> Review:
    """Return the review of a folder, as a new process would have it."""
    return Review(folder, max_chars=MAX_CHARS)


def lines(file: Path) -> list[dict[str, Any]]:
    """Return the lines of a set's file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_only_what_is_accepted_is_in_the_set(folder: Path) -> None:
    """A draft is no question until it is accepted, and none any more when it is discarded."""
    review = opened(folder)
    assert not (folder / QUESTIONS).exists()
    entry = review.entry("draft-001")
    assert (entry.content.question, entry.state) == (DAM, "open")
    review.accept("draft-001", entry.content)
    (question,) = lines(folder / QUESTIONS)
    assert question["relevant"] == [{"article_id": "dam.md", "start": 0, "end": 8}]
    assert "draft" not in question
    assert check(folder, max_chars=MAX_CHARS).findings == ()
    review.discard("draft-001")
    assert lines(folder / QUESTIONS) == []
    assert [entry.state for entry in opened(folder).entries()][:1] == ["discarded"]


def test_the_review_goes_on_where_it_was_left(folder: Path) -> None:
    """Another process finds every edit, state and question of one's own."""
    review = opened(folder)
    review.save("draft-001", Content("Who promised it?", ("Ann Berg",), ((0, 8),)))
    own = review.add("dam.md")
    review.save(own, Content("How many came?"))
    assert review.add("dam.md") != own
    states = {entry.content.question: entry.state for entry in opened(folder).entries()}
    assert states["Who promised it?"] == states["How many came?"] == "open"
    assert "" not in states
    opened(folder).accept(own, Content("How many came?", ("12",), ((73, 75),)))
    assert {entry.id: entry.state for entry in opened(folder).entries()}[own] == "accepted"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (Content(" ", ("Ann Berg",), ((0, 8),)), "Write the question"),
        (Content("Who?"), "Select the answer"),
        (Content("Who?", ("Leo",)), "does not stand in the article"),
        (Content("How many?", ("12",)), "occurs in 2 places"),
        (Content("Who?", ("Leo",), ((0, 8),)), "is not the answer"),
        (Content("Who?", ("Ann",), ((0, 900),)), "outside of the article"),
        (Content("Who \ud800?", ("Ann Berg",), ((0, 8),)), "half of a character"),
    ],
)
def test_what_is_not_whole_is_not_accepted(folder: Path, content: Content, reason: str) -> None:
    """The reviewer is told what is missing, and the set stays as it was."""
    review = opened(folder)
    with pytest.raises(ReviewError, match=reason):
        review.accept("draft-001", content)
    assert not (folder / QUESTIONS).exists()


def test_what_can_be_completed_is(folder: Path) -> None:
    """An answer that occurs once needs no mark, and a mark needs no answer."""
    review = opened(folder)
    review.accept("draft-001", Content("Where?", ("Ostmar",)))
    assert opened(folder).entry("draft-001").content.spans == ((35, 41),)
    review.accept("draft-001", Content("Where?", (), ((35, 41),)))
    assert opened(folder).entry("draft-001").content.answers == ("Ostmar",)


def test_unanswerable_questions_keep_their_place_and_nothing_else(folder: Path) -> None:
    """Marked as without an answer, a question loses answers and spans, and keeps the paragraph it was asked of."""
    review = opened(folder)
    review.accept("draft-001", Content(DAM, ("Ann Berg",), ((0, 8),), answerable=False))
    (question,) = lines(folder / QUESTIONS)
    assert question["answerable"] is False
    assert question["paragraph"] == {"article_id": "dam.md", "start": 0, "end": 42}
    assert not {"answers", "relevant"} & question.keys()
    review.accept("draft-001", Content(DAM, ("Ann Berg",), ((0, 8),)))
    assert lines(folder / QUESTIONS)[0]["answers"] == ["Ann Berg"]


def test_what_a_line_says_besides_stays(folder: Path) -> None:
    """Turns, spans in other articles and keys of other tools outlive a review."""
    other = {"article_id": "gone.md", "start": 0, "end": 2}
    turns = [{"role": "user", "text": "Hi"}, {"role": "assistant", "text": "Yes?"}]
    line = {
        "id": "x",
        "question": "Who?",
        "answers": ["Ann"],
        "relevant": [other],
        "history": turns,
        "note": 7,
    }
    (folder / QUESTIONS).write_text(json.dumps(line) + "\n")
    review = opened(folder)
    assert review.entry("x").state == "accepted"
    review.accept("x", Content("Who was it?", ("Ann Berg",), ((0, 8),)))
    (kept,) = lines(folder / QUESTIONS)
    assert (kept["note"], kept["history"], kept["question"]) == (7, turns, "Who was it?")
    assert other in kept["relevant"]


def test_an_own_question_can_be_about_any_article(tmp_path: Path) -> None:
    """Also an article that gave no draft can be asked about, until the question is accepted."""
    write_files(tmp_path, {"news/dam.md": TEXT, "news/mill.md": "Nothing to see but a mill."})
    start(tmp_path / "myset", [tmp_path / "news"], limit=10, max_chars=MAX_CHARS)
    review = opened(tmp_path / "myset")
    own = review.add("dam.md")
    review.save(own, Content("What is there to see?"))
    review.move(own, "mill.md")
    assert opened(tmp_path / "myset").entry(own).article_id == "mill.md"
    review.accept(own, Content("What is there to see?", ("a mill",)))
    for identifier in (own, "draft-001"):
        with pytest.raises(ReviewError, match="another article"):
            review.move(identifier, "dam.md")
    assert check(tmp_path / "myset", max_chars=MAX_CHARS).findings == ()


def test_a_failed_write_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full, what the page shows is still what is on the disk."""
    review = opened(folder)
    content = review.entry("draft-001").content

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("qa.evaluation.review.write_lines", full)
    with pytest.raises(OSError, match="No space"):
        review.accept("draft-001", content)
    assert review.entry("draft-001").state == "open"


def test_a_folder_of_articles_is_named_and_single_files_are_copied(tmp_path: Path) -> None:
    """A set of a folder points to it; a set of some files holds their texts."""
    write_files(tmp_path, {"news/dam.md": TEXT, "news/more/b.md": TEXT})
    start(tmp_path / "one", [tmp_path / "news"], limit=10, max_chars=MAX_CHARS)
    assert 'corpus = "../news"' in (tmp_path / "one" / "set.toml").read_text()
    start(tmp_path / "two", [tmp_path / "news" / "dam.md"], limit=10, max_chars=MAX_CHARS)
    assert [article["id"] for article in lines(tmp_path / "two" / "articles.jsonl")] == ["dam.md"]
    with pytest.raises(QuestionSetError, match="is that of another article"):
        start(
            tmp_path / "x",
            [tmp_path / "news", tmp_path / "news" / "dam.md"],
            limit=1,
            max_chars=MAX_CHARS,
        )
    assert not (tmp_path / "x").exists()


def run(*arguments: str) -> int | str | None:
    """Run `qa eval` and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["eval", *arguments])
    return ended.value.code


def test_the_command_drafts_and_never_overwrites(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`qa eval new` writes drafts from all files named, and refuses to begin a set anew or from nothing."""
    write_files(tmp_path, {"a.md": TEXT, "b.md": "Leo Falk has opened the old mill in Vanholt."})
    made = str(tmp_path / "made")
    assert (
        run("new", made, "--from", str(tmp_path / "a.md"), str(tmp_path / "b.md"), "--no-review")
        == 0
    )
    assert {
        line["relevant"][0]["article_id"]
        for line in lines(tmp_path / "made" / DRAFTS)
        if line["answerable"]
    } == {
        "a.md",
        "b.md",
    }
    assert run("new", made, "--from", str(tmp_path / "a.md"), "--no-review") == 2
    assert "is there already" in capsys.readouterr().err
    assert run("new", str(tmp_path / "nothing"), "--no-review") == 2
    assert "--from" in capsys.readouterr().err
