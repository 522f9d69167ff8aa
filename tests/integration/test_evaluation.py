"""A question set, run from its folder to its figures, with the real index and the real encoder."""

from __future__ import annotations

import dataclasses
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from qa.evaluation import (
    Options,
    Result,
    Row,
    Unfinished,
    compare,
    corpus_of,
    load,
    run,
    save,
    write_report,
)
from qa.settings import Settings
from tests import squad_scorer

pytestmark = pytest.mark.integration

# Decomposed accents, a byte order mark and Windows line ends: gold offsets point into the text as
# it is here.
ARTICLES = {
    "bridge": "\ufeffThe Cafe\u0301 bridge\r\n\r\nThe bridge at Ostrov was closed on Monday.\r\nMayor Lena Varga "
    "ordered it after divers found cracks in two pillars.",
    "ferry": "A ferry for Ostrov\n\nThe ferry Petrel carries 240 passengers across the river every hour. Its captain "
    "is Ivo Marek.",
    "festival": "Lantern night\n\nThe lantern festival drew 12,000 visitors to the old harbour. It was founded in 1974 "
    "by the baker Tomas Kral.",
}
QUESTIONS = [
    ("q1", "Who ordered the closing of the bridge?", "Lena Varga", "bridge"),
    ("q2", "How many passengers does the ferry Petrel carry?", "240", "ferry"),
    ("q3", "Who founded the lantern festival?", "Tomas Kral", "festival"),
    ("q4", "Which chemical element has the symbol Au?", "", ""),
]


@pytest.fixture(scope="module", autouse=True)
def read_one() -> Iterator[None]:
    """Read one passage for each question: of three articles that is enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_READER_TOP_K", "1")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a set of three articles, three questions about them and one about nothing in them."""
    folder = tmp_path_factory.mktemp("sets") / "river"
    folder.mkdir()
    articles = [
        {"id": name, "title": text.split("\n")[0].strip(), "text": text}
        for name, text in ARTICLES.items()
    ]
    (folder / "articles.jsonl").write_text(
        "".join(json.dumps(article) + "\n" for article in articles)
    )
    (folder / "questions.jsonl").write_text(
        "".join(json.dumps(_line(*question)) + "\n" for question in QUESTIONS)
    )
    return folder


def _line(identifier: str, question: str, answer: str, article_id: str) -> dict[str, object]:
    if not answer:
        return {"id": identifier, "question": question, "answers": [], "answerable": False}
    start = ARTICLES[article_id].index(answer)
    gold = {"article_id": article_id, "start": start, "end": start + len(answer)}
    return {
        "id": identifier,
        "question": question,
        "answers": [answer],
        "answerable": True,
        "relevant": [gold],
    }


@pytest.fixture(scope="module")
def result(folder: Path) -> Result:
    """Return the result of the whole set."""
    return run(folder, Settings())


def test_every_question_is_retrieved_and_cited_exactly(result: Result) -> None:
    """In three articles each gold span is among the first five passages, and every quote is where it says."""
    assert result.metrics["recall@5"].value == 1.0
    assert result.metrics["recall@5"].n == 3
    assert result.metrics["citation_validity"].value == 1.0


def test_what_applies_is_measured(result: Result) -> None:
    """Answers are judged on the three answerable questions, abstention recall on the other one."""
    assert (
        result.metrics["f1"].n,
        result.metrics["abstention_recall"].n,
        result.metrics["seconds_p50"].n,
    ) == (3, 1, 4)
    assert [row.id for row in result.rows] == ["q1", "q2", "q3", "q4"]
    assert (result.set, result.half, result.articles) == ("river", False, 3)


def test_f1_is_that_of_an_independent_scorer(result: Result) -> None:
    """A second SQuAD scorer gives the same F1 on the same predictions; an abstention says nothing."""
    judged = [row for row in result.rows if row.answerable and row.answers]
    said = [squad_scorer.f1("" if row.abstained else row.short, row.answers) for row in judged]
    assert result.metrics["f1"].value == pytest.approx(sum(said) / len(said), abs=0.001)


def test_running_again_changes_nothing_but_the_seconds(
    folder: Path, result: Result, tmp_path: Path
) -> None:
    """The same set and settings give the same answers, and a comparison with the saved result finds no change."""
    save(result, tmp_path / "before.json")
    again = run(folder, Settings())
    assert [_timeless(row) for row in again.rows] == [_timeless(row) for row in result.rows]
    changes = [
        item for item in compare(load(tmp_path / "before.json"), again) if item.metric.better
    ]
    assert changes
    assert not any(item.significant for item in changes)


def _timeless(row: Row) -> Row:
    return dataclasses.replace(row, seconds=0.0)


def test_half_leaves_articles_out(folder: Path) -> None:
    """Of bridge, ferry and festival the second is left out: its question is now unanswerable and nothing cites it."""
    half = run(folder, Settings(), Options(half=True))
    assert half.articles == 2
    assert {row.id: row.answerable for row in half.rows} == {
        "q1": True,
        "q2": False,
        "q3": True,
        "q4": False,
    }
    assert not [hit for row in half.rows for hit in row.hits if hit.article_id == "ferry"]


@pytest.mark.parametrize("given", ["article", "paragraph"])
def test_a_given_text_is_read_without_a_search(
    folder: Path, given: Literal["article", "paragraph"]
) -> None:
    """With its article or paragraph given, a question is answered from exactly there, and no ranking is judged."""
    lines = [_line(*question) for question in QUESTIONS]
    length = ARTICLES["ferry"].index("Its captain")
    lines[3]["paragraph"] = {"article_id": "ferry", "start": 0, "end": length}
    asked = folder.parent / f"river-{given}"
    asked.mkdir()
    (asked / "questions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (asked / "articles.jsonl").write_bytes((folder / "articles.jsonl").read_bytes())
    read = run(asked, Settings(threshold=0), Options(given=given))
    assert "recall@1" not in read.metrics
    assert read.metrics["citation_validity"].value == 1.0
    homes = {"q1": "bridge", "q2": "ferry", "q3": "festival", "q4": "ferry"}
    assert [row.id for row in read.rows if not row.abstained][:3] == ["q1", "q2", "q3"]
    assert [
        (row.id, cited)
        for row in read.rows
        for cited in row.citations
        if cited.article_id != homes[row.id]
    ] == []


def test_a_given_index_is_searched_and_kept(folder: Path, result: Result, tmp_path: Path) -> None:
    """With an index of one's own the same answers come from it, and it stays; a limit leaves out questions only."""
    from qa import Index

    settings = Settings(index=tmp_path / "index")
    Index.open(settings, create=True).update([folder / "articles.jsonl"])
    found = run(folder, Settings(), Options(limit=2), index=tmp_path / "index")
    assert [row.text for row in found.rows] == [row.text for row in result.rows[:2]]
    assert ([row.id for row in found.rows], found.articles) == (["q1", "q2"], 3)
    assert len(Index.open(settings).articles()) == 3


_KILLED = """
import os, signal, sys
from pathlib import Path
from qa.evaluation import Unfinished, run
from qa.settings import Settings

class Killed(Unfinished):
    def add(self, row):
        super().add(row)
        if row.id == "q2":
            os.kill(os.getpid(), signal.SIGKILL)

run(sys.argv[1], Settings(), unfinished=Killed(Path(sys.argv[2])))
"""


def test_a_killed_run_goes_on_where_it_was(folder: Path, result: Result, tmp_path: Path) -> None:
    """Killed after its second answer, in the middle of a line, a run asks only the others, with the same result."""
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, folder, tmp_path], check=False, timeout=300
    )
    assert ended.returncode == -signal.SIGKILL
    (file,) = tmp_path.iterdir()
    with file.open("a", encoding="utf-8") as lines:
        lines.write('{"id": "q3", "question": "Who')
    told: list[str] = []
    steps: list[int] = []
    unfinished = Unfinished(tmp_path, told.append)
    again = run(
        folder,
        Settings(),
        unfinished=unfinished,
        progress=lambda name, done, _: steps.append(done) if name == "questions" else None,
    )
    assert told == ["resuming: 2 of 4 questions were answered already"]
    assert steps == [2, 3, 4]
    assert [_timeless(row) for row in again.rows] == [_timeless(row) for row in result.rows]
    unfinished.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_report_shows_the_gold_of_a_real_run(
    folder: Path, result: Result, tmp_path: Path
) -> None:
    """Offsets of a run fit the articles that a report reads: what is marked as gold is the gold answer, exactly."""
    corpus = corpus_of(folder, Settings(), Options())
    rows = tuple(dataclasses.replace(row, abstained=True, citations=()) for row in result.rows)
    page = write_report(dataclasses.replace(result, rows=rows), corpus, tmp_path).read_text(
        encoding="utf-8"
    )
    marked = re.findall(r'<mark class="gold"><span class="aside">gold: </span>([^<]*)</mark>', page)
    assert sorted(marked) == ["240", "Lena Varga", "Tomas Kral"]
