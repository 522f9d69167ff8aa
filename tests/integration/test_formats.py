"""One story in every format: the same questions have the same answers, and citations their pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa import cli
from qa.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Answer, Article, Filter
from tests.collection import write_files
from tests.formats import PAGE_OF_LAST, QUESTIONS, STORY

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Return a pipeline over a folder with the story in every format."""
    folder = tmp_path_factory.mktemp("formats")
    write_files(folder / "articles", {name: make() for name, make in STORY.items()})
    settings = Settings(index=folder / "index")
    report = Index.open(settings, create=True).update([folder / "articles"])
    assert report.refused == ()
    assert len(report.added) == len(STORY)
    return Pipeline.open(settings)


@pytest.fixture(scope="module")
def answers(pipeline: Pipeline) -> dict[str, tuple[Article, list[Answer]]]:
    """Return id -> article and its answers, for one article of each distinct text."""
    distinct = {article.text.strip(): article for article in pipeline.index.articles()}
    return {
        article.id: (
            article,
            [pipeline.answer(q, where=Filter(article_ids=(article.id,))) for q in QUESTIONS],
        )
        for article in distinct.values()
    }


def test_every_format_answers_alike(answers: dict[str, tuple[Article, list[Answer]]]) -> None:
    """Ten questions, the cell of a table among them, are answered from each format's text as from the others'."""
    wrong = [
        (article_id, question, answer.text)
        for article_id, (_, given) in answers.items()
        for (question, expected), answer in zip(QUESTIONS.items(), given, strict=True)
        if expected not in answer.text
    ]
    assert wrong == []
    assert any(article_id == "story.pdf" for article_id in answers)


def test_citations_are_exact_and_a_pdf_says_the_page(
    answers: dict[str, tuple[Article, list[Answer]]],
) -> None:
    """Each quote is a span of its article; only those of the PDF have a page, which is the right one."""
    for article, given in answers.values():
        for answer in given:
            for cited in answer.citations:
                assert article.text[cited.start : cited.end] == cited.quote
                assert (cited.page is not None) == (article.id == "story.pdf")
    *_, opening = answers["story.pdf"][1]
    first = answers["story.pdf"][1][0]
    assert (first.citations[0].page, opening.citations[0].page) == (1, PAGE_OF_LAST)


def test_the_command_line_says_the_page(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    """`qa ask` names the page beside the source, and --json has it as a number."""
    question = "Who built the lido?"
    where = ["--index", str(pipeline.index.settings.index), "--article", "story.pdf"]
    with pytest.raises(SystemExit):
        cli.main(["ask", question, *where])
    assert "2025-05-04, page 2" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.main(["ask", question, *where, "--json"])
    assert json.loads(capsys.readouterr().out)["citations"][0]["page"] == PAGE_OF_LAST


def test_the_index_keeps_pages_and_languages(pipeline: Pipeline) -> None:
    """Pages and language come back from the index as they were read; a second run finds nothing changed."""
    index = pipeline.index
    assert len(index.article("story.pdf").pages) == 2
    assert index.article("story.epub#OEBPS/one.xhtml").language == "en"
    report = index.update()
    assert (len(report.unchanged), report.added, report.changed) == (len(STORY), (), ())
    assert index.check() == []


def test_a_report_is_written_for_the_night(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`qa index --report FILE` writes what was done, refused with reason and remedy, noticed, and counted."""
    place = write_files(
        tmp_path / "news",
        {
            "a.md": "---\npublished: 2025-05-04\nsource: Courier\nauthor: {a: x}\n---\nText.",
            "b.doc": b"\xd0\xcf\x11\xe0",
            "c.txt": "Café, déjà vu.".encode("cp1252"),
            "d.csv": "story,title\nText.,A\n",
        },
    )
    file = tmp_path / "report.json"
    options = ["--index", str(tmp_path / "index"), "--report", str(file), "--encoding", "latin-1"]
    with pytest.raises(SystemExit) as stopped:
        cli.main(["index", str(place), *options, "--map", "story=text"])
    assert stopped.value.code == 1
    report = json.loads(file.read_text("utf-8"))
    assert report["added"] == ["a.md", "c.txt", report["added"][-1]]
    (refused,) = report["refused"]
    assert refused == {
        "path": str(place / "b.doc"),
        "reason": "unknown format '.doc'",
        "remedy": "save it as .docx",
    }
    assert [w["path"].rpartition("/")[2] for w in report["warnings"]] == ["a.md", "d.csv"]
    assert report["counts"]["source"] == {"": 2, "Courier": 1}
    assert report["counts"]["month"] == {"": 2, "2025-05": 1}
    assert report["counts"]["format"] == {"CSV": 1, "Markdown": 1, "plain text": 1}
    with pytest.raises(SystemExit):  # what was told is remembered
        cli.main(["index", "--index", str(tmp_path / "index"), "--report", str(file)])
    assert len(json.loads(file.read_text("utf-8"))["unchanged"]) == 3
    assert "warning" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--encoding", "klingon"], "no such encoding"),
        (["--encoding", "base64"], "no such encoding"),
        (["--map", "body"], "write KEY=FIELD"),
        (["--map", "body=prose"], "fields: id, text, title"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown encoding or field is an error before anything is read."""
    with pytest.raises(SystemExit) as stopped:
        cli.main(["index", str(tmp_path), "--index", str(tmp_path / "i"), *options])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
