"""CSV, TSV, JSON and JSON Lines with the keys that exports of news use."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from qa.extract import Document, ReadOptions, extract
from qa.types import Article

NAMES = ("news.csv", "news.tsv", "news.json", "news.jsonl")
ROW = {
    "Headline": "Lido shut",
    "body": "<p>The lido is <b>shut</b>.</p><p>It was cold &amp; wet.</p>",
    "publishedAt": "2025-05-04",
    "link": "https://example.org/a?b=1&copy=2",
    "byline": "Nell Harrow",
    "outlet": "Courier",
}
EXPECTED = Article(
    "",
    "Lido shut",
    "The lido is shut.\n\nIt was cold & wet.",
    source="Courier",
    published="2025-05-04",
    url="https://example.org/a?b=1&copy=2",
    author="Nell Harrow",
)


def read(name: str, content: str | bytes, **fields: str) -> tuple[list[Article], list[str]]:
    """Return the articles of a file, and the reasons and warnings."""
    data = content.encode() if isinstance(content, str) else content
    document = Document(name, name, io.BytesIO(data), ReadOptions(10_000, fields=fields))
    found = list(extract(document))
    told = [str(made) for made in found if not isinstance(made, Article)]
    told += [warning.reason for warning in document.warnings]
    return [made for made in found if isinstance(made, Article)], told


def written(name: str, rows: list[dict[str, object]]) -> str:
    """Return rows as a file of the format that its name says."""
    if name.endswith(".json"):
        return json.dumps({"status": "ok", "response": {"articles": rows}})
    if name.endswith(".jsonl"):
        return "".join(json.dumps(row) + "\n" for row in rows)
    between = "\t" if name.endswith(".tsv") else ";"
    lines: list[list[object]] = [list(rows[0]), *(list(row.values()) for row in rows)]
    return "".join(
        between.join('"' + str(v).replace('"', '""') + '"' for v in line) + "\r\n" for line in lines
    )


def without_id(article: Article) -> Article:
    """Return an article with an empty id."""
    return Article(
        "",
        *(
            getattr(article, name)
            for name in ("title", "text", "source", "published", "url", "author", "language")
        ),
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_keys_of_exports_are_known(name: str) -> None:
    """Whatever an export calls its fields, the same article comes of it; how they were read is told in one line."""
    (article,), (told,) = read(name, written(name, [dict(ROW)]))
    assert without_id(article) == EXPECTED
    assert told.startswith(
        "read Headline as title, body as text, byline as author, link as url, outlet as source, publishedAt as published"
    )


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_made_from_content(name: str) -> None:
    """A record without an id gets one from its content, the same in each run and wherever it stands in the file."""
    rows: list[dict[str, object]] = [{"title": "A", "body": "One."}, {"title": "B", "body": "Two."}]
    first, _ = read(name, written(name, rows))
    second, _ = read(name, written(name, rows[::-1]))
    assert {a.id for a in first} == {a.id for a in second}
    assert len({a.id for a in first}) == 2
    assert all(a.id.startswith(f"{name}#") for a in first)


def test_ids_of_tables_belong_to_their_file() -> None:
    """Row 1 of one table is not row 1 of another; JSON Lines give ids of the whole collection."""
    rows: list[dict[str, object]] = [{"_id": 1, "text": "One."}]
    assert [read(name, written(name, rows))[0][0].id for name in NAMES] == [
        "news.csv#1",
        "news.tsv#1",
        "news.json#1",
        "1",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_key_that_is_not_known_is_told(name: str) -> None:
    """Without a text the file's keys are named with what to say; --map says which key it is, and overrules a known one."""
    rows: list[dict[str, object]] = [{"story_de": "Eins.", "headline": "H", "kicker": "K"}]
    found, (told,) = read(name, written(name, rows))
    assert found == []
    assert "story_de, headline, kicker" in told
    assert "--map" in told
    (article,), _ = read(name, written(name, rows), story_de="text", kicker="title")
    assert (article.title, article.text) == ("K", "Eins.")


def test_values_that_are_objects_or_lists_are_names() -> None:
    """A publisher or an author may be an object with a name, authors a list, an id or date one of MongoDB's."""
    record = {
        "_id": {"$oid": "5f"},
        "publishedAt": {"$date": "2025-05-04"},
        "publisher": {"id": 1, "name": "Courier"},
        "authors": [{"name": "Ada"}, "Bo"],
        "content": "Text.",
    }
    (article,), _ = read("n.jsonl", json.dumps(record))
    assert (article.id, article.published, article.source, article.author) == (
        "5f",
        "2025-05-04",
        "Courier",
        "Ada, Bo",
    )


def test_text_that_calls_itself_text_is_kept() -> None:
    """Only `text` is taken as it stands: spans of question sets point into it."""
    (article,), _ = read("n.jsonl", json.dumps({"id": "a", "text": "<p>A &amp; B</p>"}))
    assert article.text == "<p>A &amp; B</p>"


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_what_separates_the_cells_is_found(between: str) -> None:
    """Commas within cells, and line ends within quotation marks, do not mislead."""
    content = f'title{between}text{between}date\nA{between}"One, two; three\tfour | five.\n\nSix, seven."{between}2025\nB{between}"Eight, ""nine""."{between}2024\n'
    articles, told = read("n.csv", content)
    assert [(a.title, a.text, a.published) for a in articles] == [
        ("A", "One, two; three\tfour | five.\n\nSix, seven.", "2025"),
        ("B", 'Eight, "nine".', "2024"),
    ]
    assert told == ["read date as published; say --map KEY=FIELD for another reading"]


def test_bad_rows_are_refused_one_by_one() -> None:
    """A row with too many cells or a broken quotation is named by its line; the others are read."""
    articles, told = read("n.csv", 'title,text\nA,One.\nB,Two.,x,y\nC,"Three"x.\n\nD,\nE,Four.\n')
    assert [a.title for a in articles] == ["A", "E"]
    assert [line.partition(" ")[0] for line in told] == ["n.csv:3:", "n.csv:4:", "n.csv:6:"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "holds no article"),
        ("{", "not valid JSON (line 1)"),
        ('{"a": 1}', "holds no article"),
        ("[1]", "not a JSON object"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_json_that_holds_no_articles_says_why(content: str, reason: str) -> None:
    """JSON without a list of records is refused with the reason."""
    articles, told = read("n.json", content or "[]")
    assert articles == []
    assert reason in told[0]


def test_a_field_that_is_no_text_is_dropped() -> None:
    """A title that holds what no store could keep is dropped with a warning, and the article kept."""
    record = r'{"id": "a", "text": "A.", "title": "\ud800"}'
    (article,), (told,) = read("n.jsonl", record)
    assert article.title == ""
    assert told == "'title' is not valid Unicode text: dropped"


def test_a_column_without_a_name_holds_nothing() -> None:
    """A column without a name is never taken for the text, nor for the id."""
    articles, told = read("n.csv", ",text\n7,One.\nx,\n")
    assert [a.text for a in articles] == ["One."]
    assert articles[0].id.startswith("n.csv#")
    assert articles[0].id != "n.csv#7"
    assert "has no 'text'" in told[0]


def test_json_may_be_one_article_or_lines() -> None:
    """A JSON file may be one article, or JSON Lines under another name."""
    assert read("n.json", '{"title": "A", "body": "One."}')[0][0].title == "A"
    assert [
        a.title
        for a in read("n.json", '{"title": "A", "body": "1"}\n{"title": "B", "body": "2"}\n')[0]
    ] == ["A", "B"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("name", NAMES)
def test_encodings_of_tables(name: str, encoding: str) -> None:
    """Tables and JSON come in other encodings too."""
    text = "Der Bürgermeister erklärte am Dienstag, die Brücke über den Fluss müsse für größere Lastwagen gesperrt werden. Die Gemeinderäte hätten ausführlich beraten."
    content = (
        written(name, [{"title": "Über", "body": text}])
        .encode()
        .decode("unicode_escape" if "json" in name else "utf-8")
    )
    (article,), _ = read(name, content.encode(encoding))
    assert article.text == text


def test_a_file_without_suffix_is_known_by_its_content(tmp_path: Path) -> None:
    """JSON is told by how it begins where the name says nothing."""
    assert read("export", '[{"title": "A", "body": "One."}]')[0][0].title == "A"


def test_other_tables_of_the_process_can_still_be_read() -> None:
    """Reading a table with a small limit leaves the limit of the csv module, which all share, no lower."""
    before = csv.field_size_limit()
    content = "headline,body\nLido shut,It was cold and wet.\n"
    list(extract(Document("news.csv", "news.csv", io.BytesIO(content.encode()), ReadOptions(10))))
    assert csv.field_size_limit() >= before
