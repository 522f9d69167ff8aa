"""Text as people have it, from the file to the answer: what is read, quoted and shown."""

from __future__ import annotations

import pytest

from qa.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from tests.collection import write_files

pytestmark = pytest.mark.integration

FILES = {
    "brem.md": (
        "1/ **Police searched the home of former senator Otto Brem.** They took two phones. "
        "([Echo](https://example.org/2026/08/20/brem-home-search-fraud-inquiry))"
    ),
    "directors.md": (
        "The new directors are:\n\n"
        "* [Ada Wood](https://example.org/ada/)\n* [Bo Huey](https://example.org/bo/)"
    ),
    "lido.md": (
        '+++\ntitle = "Merrow lido shut"\ndate = 2025-05-04\nauthors = ["Nell Harrow"]\n+++\n'
        "The lido at Merrow was shut because its boiler failed."
    ),
    "budget.md": "| Item | 2024 | 2025 |\n|---|---|---|\n| Schools | 6.1 | 6.4 |\n",
    "quarry.md": (
        "MR VANCE: The quarry will bring sixty jobs.\n\n"
        "MS TORREN: And the lorries? My street already shakes."
    ),
    "ferro.md": '"I was tired. "I could not run any more," said Ferro.',
    "vote.md": "The vote was 5-4.¹ The mayor resigned.",
}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Return a pipeline over a folder with these files."""
    folder = tmp_path_factory.mktemp("text")
    write_files(folder / "articles", FILES)
    settings = Settings(index=folder / "index")
    report = Index.open(settings, create=True).update([folder / "articles"])
    assert (report.refused, report.warnings) == ((), ())
    return Pipeline.open(settings)


@pytest.mark.parametrize(
    ("question", "expected", "quotes"),
    [
        ("What did police take?", ["two phones"], ["They took two phones."]),
        ("Who are the new directors?", ["Ada Wood", "Bo Huey"], None),
        ("How much will be spent on schools in 2025?", ["6.4"], ["Schools, 2025: 6.4."]),
        (
            "Who said that the street shakes?",
            ["Ms Torren"],
            ["MS TORREN: And the lorries? My street already shakes."],
        ),
        ("How many jobs will the quarry bring?", ["sixty", "Mr Vance"], None),
        ("Who could not run any more?", ["Ferro"], [FILES["ferro.md"]]),
        ("Who resigned?", ["The mayor"], ["The mayor resigned."]),
    ],
)
def test_marked_up_text_is_answered_from_its_words(
    pipeline: Pipeline, question: str, expected: list[str], quotes: list[str] | None
) -> None:
    """The answer holds the words and no address, and each quote is an exact span of the stored text."""
    answer = pipeline.answer(question)
    assert all(words in answer.text for words in expected)
    shown = answer.text + "".join(citation.quote for citation in answer.citations)
    assert not any(mark in shown for mark in ("brem-home-search", "](", "**", "|", "¹"))
    assert quotes in (None, [citation.quote for citation in answer.citations])
    for citation in answer.citations:
        text = pipeline.index.article(citation.article_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_front_matter_in_toml_describes_the_article(pipeline: Pipeline) -> None:
    """Title, date and author of TOML front matter are the article's."""
    lido = pipeline.index.article("lido.md")
    assert (lido.title, lido.published, lido.author) == (
        "Merrow lido shut",
        "2025-05-04",
        "Nell Harrow",
    )
