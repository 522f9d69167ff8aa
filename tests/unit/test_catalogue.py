"""Questions about the collection itself, answered from the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.answering.catalogue import catalogue_answer
from qa.answering.rendering import render_text
from qa.query import Intent, Query, Scope
from qa.types import Article, Filter, Statement
from qa.understanding.understand import Understanding
from tests.collection import memory_index
from tests.unit.test_pipeline import pipeline

BRIDGE = Article(
    "b", "Bridge opens", "The bridge at Ulm opened.", "Courier", "2025-03-01", author="Dane"
)
FERRY = Article("f", "Ferry sinks", "A ferry sank off Ulm.", "Herald", "2025-03-09", author="Voss")
AGAIN = Article(
    "a", "Ferry raised", "The ferry was raised.", "Courier", "2025-04-02", author="Dane"
)


def told(
    folder: Path, intent: Intent, topic: str = "", where: Filter | None = None
) -> list[Statement]:
    """Return what the catalogue of three articles says."""
    scopes = (Scope(where, "of Courier"),) if where else ()
    query = Query(topic, topic, intent=intent, scopes=scopes, topic=topic)
    with memory_index(folder, (BRIDGE, FERRY, AGAIN)).snapshot() as snapshot:
        return catalogue_answer(snapshot, query, lambda text, where: ())


def text(statements: list[Statement]) -> str:
    """Return the answer's text."""
    return render_text("catalogue", statements)


def test_how_many(tmp_path: Path) -> None:
    """The number of articles, and how many each outlet has."""
    assert text(told(tmp_path, "catalogue_count")) == "3 articles: Courier 2, Herald 1."


def test_how_many_of_an_outlet(tmp_path: Path) -> None:
    """Only the articles that the question asks for count, and the answer says which."""
    assert text(told(tmp_path, "catalogue_count", where=Filter(source="courier"))).startswith(
        "2 articles of Courier"
    )


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        ("catalogue_sources", "2 outlets: Courier (2), Herald (1)."),
        ("catalogue_authors", "2 authors: Dane (2), Voss (1)."),
    ],
)
def test_who_is_in_it(tmp_path: Path, intent: Intent, expected: str) -> None:
    """Outlets and authors, those with the most articles first."""
    assert text(told(tmp_path, intent)) == expected


def test_the_newest_and_the_oldest(tmp_path: Path) -> None:
    """They are named with outlet and date, linked, and the answer says what time the articles span."""
    newest = told(tmp_path / "1", "catalogue_newest")
    assert text(newest).startswith(
        "The newest of 3 articles: “Ferry raised” (Courier, 2 April 2025)."
    )
    assert "from 1 March 2025 to 2 April 2025" in text(newest)
    assert [link.article_id for link in newest[0].links] == ["a"]
    oldest = told(tmp_path / "2", "catalogue_oldest")
    assert "“Bridge opens”" in oldest[0].text


def test_the_articles_about_something(tmp_path: Path) -> None:
    """Each article about it is listed and linked, the newest first; those about other things are not."""
    listed = told(tmp_path, "catalogue_articles", "which articles are about the ferry?")
    assert listed[0].text == "2 articles about ferry:"
    assert [link.article_id for said in listed for link in said.links] == ["a", "f"]


def test_nothing_about_it(tmp_path: Path) -> None:
    """Where no article is about it, the answer says so."""
    listed = told(tmp_path, "catalogue_articles", "which articles are about zebras?")
    assert text(listed) == "There is no article about zebras."


def test_a_request_that_names_nothing_it_can_list_is_read_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only sounds like the catalogue is answered from the articles; else it says so."""
    monkeypatch.setattr(Understanding, "intent", lambda *_: "catalogue_written")
    asked = "Whom was the doctor's certificate written for?"
    read = pipeline(tmp_path / "1", {"ferry sank": 0.9}, articles=(BRIDGE, FERRY)).answer(asked)
    assert read.citations[0].article_id == "f"
    silent = pipeline(tmp_path / "2", {}, articles=(BRIDGE, FERRY)).answer(asked)
    assert silent.form == "catalogue"
    listed = pipeline(tmp_path / "3", {"ferry sank": 0.9}, articles=(BRIDGE, FERRY))
    assert listed.answer("Who wrote of the ferry?").form == "catalogue"
