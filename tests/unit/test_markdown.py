"""Markdown as text: words without marks; and what stands above a text, as people write it."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.extract import Document, ReadOptions, extract
from qa.extract.markdown import prose, without_note_marks
from qa.types import Article
from tests.effort import at_most

PIECES = ["word ", "*", "**", "_", "[", "](http://a.b/c)", "![", "`", "```\n", "\n", "\n\n", "- ", "1. ", "> ", "# ",
          "| a | b |\n", "|---|---|\n", "<b>", "</b>", "<br>", "&amp;", "[^1]", "[^1]: ", "[[a|b]]", "{{< x >}}", "¹",
          "~~", "<sup>", "1", ".", "---\n", "    ", "①", "<!--", "\\"]  # fmt: skip


def document(name: str = "a.md", content: str = "") -> Document:
    """Return a document of some text."""
    return Document(name, name, io.BytesIO(content.encode()), ReadOptions(100_000))


def read(name: str, content: str) -> tuple[Article, list[str]]:
    """Return the one article of a document, and the warnings."""
    made = document(name, content)
    (article,) = extract(made)
    assert isinstance(article, Article)
    return article, [warning.reason for warning in made.warnings]


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("They took **two** *phones*. ([Echo](https://example.org/brem-home))", "They took two phones. (Echo)"),
        ("See <https://example.org/2026/brem-home>.", "See example.org."),
        ("![The mill at dawn](mill.jpg)\n\nIt burned.", "The mill at dawn\n\nIt burned."),
        ("![IMG_1.jpg](IMG_1.jpg)It burned.", "It burned."),
        ("The [[Orle mill|mill]] of [[Orle#History]] burned.", "The mill of Orle burned."),
        ("Fire &amp; <b>rain</b><br>at caf&eacute;", "Fire & rain\nat café"),
        ("The vote was 5-4.¹ He resigned.[^a] She[3] left.", "The vote was 5-4. He resigned. She left."),
        ("End.<sup>[1](#n)</sup> 10 m<sup>2</sup>, 5 km²", "End. 10 m², 5 km²"),
        ("[^a]: Figures of the bank.", "Figures of the bank."),
        ("A ~~6-4~~ 5-4 vote.", "A 5-4 vote."),
        ("The directors are:\n\n* [Ada](http://a.b)\n* Bo\n  Huey\n    1. Carl", "The directors are:\n\n- Ada\n- Bo\n  Huey\n  1. Carl"),
        ("# Head #\n\nUnder\n===\n\nA rule.\n---\nText.", "# Head\n\n# Under\n\nA rule.\nText."),
        ("| Item (m) | 2024 | 2025 |\n|---|---|---|\n| Schools | 6.1 | **6.4** |", "Schools, 2024 (m): 6.1. Schools, 2025 (m): 6.4."),
        ("| Item | 2025 |\n| Schools | *6.4* |", "Schools, 2025: 6.4."),
        ("| | |\n|---|---|\n| Dock | 1.7 |", "Dock: 1.7."),
        ("> He said\n> *no*.", "He said\nno."),
        ("{{< youtube 1 >}}\n\nText {% include x %} on.", "\nText on."),
        ("    An indented paragraph.", "    An indented paragraph."),
        ("\n  Odd \t spacing. \n\n\n2 * 3 * 4 and snake_case_name.\n", "\n  Odd \t spacing. \n\n\n2 * 3 * 4 and snake_case_name.\n"),
    ],
)  # fmt: skip
def test_markup_is_not_prose(marked: str, text: str) -> None:
    """Links and images show their words, tables their cells; marks are gone, and what has none is as it was."""
    assert prose(marked, document()) == text


def test_code_is_left_out_with_a_warning() -> None:
    """A block of code is no prose: it is left out, and that is said."""
    made = document()
    assert prose("One.\n\n```py\nx = 1\n```\nTwo.", made) == "One.\n\nTwo."
    assert [warning.reason for warning in made.warnings] == [
        "left out a code block: code is no prose"
    ]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_no_word_is_lost_outside_code(marked: str) -> None:
    """Whatever the marks, any text is read; its letters come from the source, in order."""
    shown = iter(marked + "\n" + marked)
    read_out = prose(marked, document())
    assert all(char in shown for char in read_out if char.isalpha()) or "|" in marked


@pytest.mark.parametrize(
    "deep", [">" * 500 + " deep", "- " * 500 + "deep", "[" * 5_000 + "deep", "**a " * 5_000]
)
def test_deep_nesting_loses_nothing(deep: str) -> None:
    """What is nested too deep to be parsed is kept as it stands."""
    with at_most(30):
        text = prose(deep, document())
    assert text.split()[-1].strip("*[>") in ("deep", "a")


def test_marks_of_powers_are_kept() -> None:
    """A raised number behind a unit is a power, behind a sentence or a long word a note."""
    assert without_note_marks("5 m² and 3 km². Rossi¹ left.²") == "5 m² and 3 km². Rossi left."


@pytest.mark.parametrize(
    ("matter", "about"),
    [
        ('+++\ntitle = "Lido shut"\ndate = 2025-05-04\nauthors = ["Nell Harrow"]\n+++\n',
         {"title": "Lido shut", "published": "2025-05-04", "author": "Nell Harrow"}),
        ("---\ntitle: Lido\nauthors: [Nell Harrow, Ada Wood]\npublished: true\ndate: 4 May 2025\noutlet: Echo\n---\n",
         {"title": "Lido", "published": "2025-05-04", "author": "Nell Harrow, Ada Wood", "source": "Echo"}),
        ("---\ntitle: Lido\nauthor: {name: Nell Harrow}\nlink: https://example.org/\n---\n",
         {"title": "Lido", "author": "Nell Harrow", "url": "https://example.org/"}),
        ('+++\ntitle = Lido: shut\ndate = "Feb 11th, 2025 10:00 GMT"\n+++\n',
         {"title": "Lido: shut", "published": "2025-02-11T10:00:00+00:00"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.md", "a.markdown", "a.mdx"])
def test_front_matter_as_people_have_it(matter: str, about: dict[str, str], name: str) -> None:
    """TOML and YAML under the keys that blogs use describe the article."""
    article, warnings = read(name, f"{matter}Text.")
    assert {key: getattr(article, key) for key in about} == about
    assert article.text == "Text."
    assert not warnings


def test_the_last_change_is_a_date_if_there_is_no_other() -> None:
    """`lastmod` dates an article that has no date, and that is said."""
    article, (warning,) = read("a.md", "---\nlastmod: 2025-05-04\n---\nText.")
    assert (article.published, "last changed" in warning) == ("2025-05-04", True)
    assert (
        read("a.md", "---\nlastmod: 2025-05-06\ndate: 2025-05-04\n---\nText.")[0].published
        == "2025-05-04"
    )


@pytest.mark.parametrize(
    ("text", "published", "warned"),
    [
        ("Text.", "", "which may be 2025-04-03 or 2025-03-04: dropped"),
        ("It opened on 25/12/2024.", "2025-04-03", ""),
        ("It opened on 12/25/2024.", "2025-03-04", ""),
    ],
)
def test_an_ambiguous_date_is_dropped_unless_others_decide(
    text: str, published: str, warned: str
) -> None:
    """Day and month are told apart by the file's other dates or not at all."""
    article, warnings = read("a.md", f"---\npublished: 03/04/2025\n---\n{text}")
    assert article.published == published
    assert [warned in warning for warning in warnings] == [True] * bool(warned)


def test_other_rows_decide_an_ambiguous_date() -> None:
    """In a collection the dates of other records tell which of day and month comes first."""
    rows = [
        {"id": str(n), "text": "Text.", "date": date}
        for n, date in enumerate(["03/04/2025", "25/04/2025"])
    ]
    made = document("a.jsonl", "\n".join(map(json.dumps, rows)))
    found = [article.published for article in extract(made) if isinstance(article, Article)]
    assert found == ["2025-04-03", "2025-04-25"]


def test_a_date_in_the_name_is_the_last_resort() -> None:
    """A file's name gives the date that nothing else gives, and that is said; file times never do."""
    article, (warning,) = read("2025-05-04-lido.md", "Text.")
    assert (article.published, "file's name" in warning) == ("2025-05-04", True)
    assert read("lido.md", "Text.")[0].published == ""


@pytest.mark.parametrize(
    ("lines", "about"),
    [
        ("Lido shut\n\nBy Nell Harrow\nMerrow Echo, Sunday 4 May 2025", ("Lido shut", "Nell Harrow", "Merrow Echo", "2025-05-04")),
        ("THE ECHO\nPaper of the coast\n4 May 2025\n\nLIDO SHUT FOR GOOD\n\nBY NELL HARROW", ("LIDO SHUT FOR GOOD", "Nell Harrow", "THE ECHO", "2025-05-04")),
        ("IN BRIEF\n\nLido shut\n\nMerrow, 4 May 2025", ("Lido shut", "", "", "2025-05-04")),
        ("Vote delayed until 4 May 2025\nMerrow Echo\nLast updated: 3 May 2025", ("Vote delayed until 4 May 2025", "", "Merrow Echo", "2025-05-03")),
        ("Lido shut\nBoiler is blamed\n4 May 2025", ("Lido shut", "", "", "2025-05-04")),
        ("Lido shut\nBy Nell Harrow in Merrow, and others", ("Lido shut", "Nell Harrow", "", "")),
    ],
)  # fmt: skip
def test_lines_above_a_text_describe_it(lines: str, about: tuple[str, ...]) -> None:
    """Headline, byline, outlet and date of a plain text are its title, author, source and date."""
    article, _ = read("a.txt", f"{lines}\n\nThe lido at Merrow will close. It loses money.")
    assert (article.title, article.author, article.source, article.published) == about
    assert article.text.startswith(lines)


def test_a_dateline_names_agency_and_day() -> None:
    """A dateline without a year has the one that the file's name agrees on, else none, and that is said."""
    text = "Lido shut\n\nMERROW, May 4 (Echo) - The lido will close. It loses money."
    article, warnings = read("nw-20250504.txt", text)
    assert (article.title, article.source, article.published, warnings) == (
        "Lido shut",
        "Echo",
        "2025-05-04",
        [],
    )
    article, warnings = read("lido.txt", text)
    assert (article.published, ["has no year" in w for w in warnings]) == ("", [True])


def test_short_lines_alone_are_no_head() -> None:
    """A poem or a list has no headline, byline or date above it."""
    article, warnings = read("a.txt", "Roses are red\nBy the sea\n4 May 2025\n")
    assert (article.title, article.author, article.published, warnings) == (
        "Roses are red",
        "",
        "",
        [],
    )


def test_plain_text_with_marks_is_read_as_markdown() -> None:
    """A .txt file that has links and bold words shows no address and no marks."""
    article, _ = read("a.txt", "1/ **Police searched a home.** ([Echo](https://example.org/brem))")
    assert article.text == "1/ Police searched a home. (Echo)"
