"""Reading articles: what is one, what is refused and why, and that no file stops the others."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.sources import Reading, open_sources, read, to_uri
from qa.types import Article
from tests.collection import write_files
from tests.effort import at_most

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join(['*' + before] * 9)}]}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def readings(path: Path, *, max_chars: int = 10_000) -> list[Reading]:
    """Read a file or folder."""
    return list(read(path, base=path, max_chars=max_chars))


def count(path: Path) -> int:
    """Return how many readings a file or folder is expected to give."""
    (source,), _ = open_sources([path])
    return source.count()


def only(folder: Path, name: str, content: str | bytes) -> Reading:
    """Write a file and return the one reading that it gives."""
    write_files(folder, {name: content})
    (reading,) = readings(folder / name)
    return reading


def article_of(reading: Reading) -> Article:
    """Return the article of a reading that must have one."""
    assert reading.error is None
    assert reading.article is not None
    return reading.article


def reason_of(reading: Reading) -> str:
    """Return why a reading was refused."""
    assert reading.article is None
    assert reading.error is not None
    return reading.error.reason


def test_front_matter_describes_the_article(tmp_path: Path) -> None:
    """Known fields are kept as text, dates in ISO form; the text is everything after the closing line."""
    content = "---\ntitle: 1984\npublished: 2022-12-29\nsource: A  B\nurl:\ntags: [x]\n---\n\n  Odd \t spacing. \n"
    article = article_of(only(tmp_path, "a.md", content))
    assert article == Article(
        "a.md", "1984", "\n  Odd \t spacing. \n", source="A B", published="2022-12-29"
    )


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("# A heading #\n\nText.", "A heading"),
        ("Text.\n\n## C#\n", "C#"),
        ("First line\nText.", "First line"),
        ("x" * 200, "a"),
        ("---\nsource: S\n---\nFirst line\nText.", "First line"),
    ],
)
def test_title_without_one_given(tmp_path: Path, content: str, title: str) -> None:
    """The first heading is the title, else the first line, else the file's name."""
    assert article_of(only(tmp_path, "a.md", content)).title == title


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("---\nA ruler above.\n---\nText.", ["A", "ruler", "above.", "Text."]),
        ("---\nText.", ["Text."]),
        ("---\n- a\n- b\n---\nText.", ["-", "a", "-", "b", "Text."]),
        ("---\nHe said: yes: no\n---\nText.", ["He", "said:", "yes:", "no", "Text."]),
    ],
)
def test_a_ruler_is_no_front_matter(tmp_path: Path, content: str, words: list[str]) -> None:
    """Where `---` opens no mapping, all that follows it stays in the text."""
    assert article_of(only(tmp_path, "a.md", content)).text.replace("## ", "").split() == words


@pytest.mark.parametrize(
    "matter",
    [
        "title: [",
        "title: *nowhere",
        'title: !!int ""',
        'title: !!bool "x"',
        'title: !!timestamp "x"',
        "title: !!python/object/apply:os.getcwd []",
        "title: " + "[" * 5_000,
        BOMB + "title: *i",
        MERGE_BOMB + "title: *b",
    ],
    ids=lambda matter: matter[:30],
)
def test_a_field_that_cannot_be_read_is_dropped(tmp_path: Path, matter: str) -> None:
    """A field that is no plain YAML is dropped at once with a warning; the others and the article are kept."""
    with at_most(5):
        reading = only(tmp_path, "a.md", f"---\n{matter}\nsource: Echo\n---\nText.")
    assert article_of(reading) == Article("a.md", "Text.", "Text.", source="Echo")
    assert [w.reason for w in reading.warnings] == ["front matter: 'title' cannot be read: dropped"]


@pytest.mark.parametrize(
    ("matter", "title"),
    [
        ("title: Lido: shut for good", "Lido: shut for good"),
        ('title: "Lido" shut, says mayor', '"Lido" shut, says mayor'),
        ("title: It's over: #lido", "It's over: #lido"),
    ],
)
def test_a_title_that_is_no_yaml_is_the_title(tmp_path: Path, matter: str, title: str) -> None:
    """A title with a colon or a quotation mark is no YAML, but there is no doubt what it says."""
    reading = only(tmp_path, "a.md", f"---\n{matter}\ndate: 2025-05-04\n---\nText.")
    assert (article_of(reading).title, article_of(reading).published) == (title, "2025-05-04")
    assert not reading.warnings


@pytest.mark.parametrize(
    "value", ["[a, b]", "{a: b}", "!!set {a}", "!!binary YWJj", "0x" + "f" * 5_000]
)
def test_fields_that_are_no_text_are_dropped(tmp_path: Path, value: str) -> None:
    """A field that holds a list, a mapping or anything else but text is dropped with a warning that names it; the article is kept."""
    reading = only(tmp_path, "a.md", f"---\nsource: {value}\n---\nText.")
    assert article_of(reading) == Article("a.md", "Text.", "Text.")
    (warning,) = reading.warnings
    assert "'source'" in warning.reason
    assert warning.path == str(tmp_path / "a.md")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfText.", "Text."),
        ("Text \u00e9.".encode("utf-16"), "Text \u00e9."),
        (b"\xfe\xff" + "Text.".encode("utf-16-be"), "Text."),
        (b"One.\r\nTwo.\rThree.", "One.\nTwo.\nThree."),
        ("Cafe\u0301.".encode(), "Caf\u00e9."),
        (b"---\r\ntitle: T\r\n---\r\nText.", "Text."),
    ],
)
def test_one_text_whatever_the_encoding(tmp_path: Path, content: bytes, text: str) -> None:
    """Byte order mark, UTF-16, line ends and composition leave no trace in the text."""
    assert article_of(only(tmp_path, "a.txt", content)).text == text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.md", b"caf\xe9", "not UTF-8 text (byte 3)"),
        ("a.md", b"\xff\xfea", "not UTF-16 text"),
        ("a.md", b"", "is empty"),
        ("a.md", b" \n\t\xc2\xa0", "is empty"),
        ("a.md", b"---\ntitle: T\n---\n", "is empty"),
        ("a.md", b"a\0b", "NUL"),
        ("a.md", b"x" * 10_001, "too large: 10,001 characters, at most 10,000"),
        ("a.pdf", b"%PDF", "is no PDF file"),
        ("a", b"Text.", "unknown format 'without suffix'"),
    ],
)
def test_refusals_say_why(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """What is no article is refused with its path and a reason, and counts as read."""
    reading = only(tmp_path, name, content)
    assert reason in reason_of(reading)
    assert str(tmp_path / name) in str(reading.error)
    assert not reading.unreachable


def test_folders_are_read_in_order_with_subfolders(tmp_path: Path) -> None:
    """Hidden files and READMEs are passed over, ids are paths below the folder, one bad file stops nothing."""
    names = [
        "b.md",
        "a.TXT",
        "sub/c.md",
        "README.md",
        "readme",
        ".hidden.md",
        ".git/d.md",
        "LICENSE",
        "bad.md",
    ]
    write_files(tmp_path, dict.fromkeys(names, "Text."))
    (tmp_path / "bad.md").write_bytes(b"\xff")
    found = readings(tmp_path)
    assert [r.article.id for r in found if r.article] == ["a.TXT", "b.md", "sub/c.md"]
    assert [r.origin for r in found if r.error] == [to_uri(tmp_path / "bad.md")]
    assert count(tmp_path) == len(found)


def test_jsonl_keeps_ids(tmp_path: Path) -> None:
    """Each line is an article with the id that it gives, numbers included; blank lines are passed over."""
    lines = ['{"id": 0, "text": "A."}', "", '{"id": 1, "text": "B.", "title": " T  t ", "published": 2022}',
             '{"id": "ü/\\n", "text": " C\\r\\n", "extra": {}}']  # fmt: skip
    write_files(tmp_path, {"n.jsonl": "\ufeff" + "\n".join(lines)})
    found = [article_of(reading) for reading in readings(tmp_path / "n.jsonl")]
    expected = [
        Article("0", "", "A."),
        Article("1", "T t", "B.", published="2022"),
        Article("ü/\n", "", " C\n"),
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("1" * 5_000, "not valid JSON"),
        ("[]", "not a JSON object"),
        ('{"id": true, "text": "A."}', "its 'id' is neither"),
        ('{"id": 1.5, "text": "A."}', "its 'id' is neither"),
        ('{"id": "a"}', "has no 'text'"),
        ('{"id": "a", "text": [1]}', "has no 'text'"),
        ('{"id": "a", "text": " "}', "is empty"),
        ('{"id": "a", "text": "\\ud800"}', "surrogate"),
        ('{"id": "\\udcff", "text": "A."}', "surrogate"),
        ('{"id": "a\\u0000", "text": "A."}', "NUL"),
        ('{"id": "first", "text": "B."}', "is that of line 1 already"),
    ],
    ids=lambda value: value[:30],
)
def test_jsonl_lines_are_refused_one_by_one(tmp_path: Path, line: str, reason: str) -> None:
    """A bad line is named by its number, and the lines around it are read."""
    good = [json.dumps({"id": name, "text": "A."}) for name in ("first", "last")]
    write_files(tmp_path, {"n.jsonl": f"{good[0]}\n{line}\n{good[1]}\n"})
    first, bad, last = readings(tmp_path / "n.jsonl")
    assert (article_of(first).id, article_of(last).id) == ("first", "last")
    assert reason in reason_of(bad)
    assert f"{tmp_path}/n.jsonl:2" in str(bad.error)


def test_jsonl_without_articles_is_refused(tmp_path: Path) -> None:
    """An empty collection is reported like an empty file."""
    assert reason_of(only(tmp_path, "n.jsonl", "\n\n")) == "holds no article"


@pytest.mark.parametrize("name", ["nowhere.md", "x" * 5_000, "a\0b.md"])
def test_missing_paths_are_unreachable(tmp_path: Path, name: str) -> None:
    """What is not there is reported, and told from what is there and no article."""
    (reading,) = readings(tmp_path / name)
    assert reading.unreachable
    assert reason_of(reading) == "no such file or folder"


def test_links_to_themselves_end(tmp_path: Path) -> None:
    """Links that lead in a circle are reported or not followed; the files beside them are read."""
    write_files(tmp_path, {"z.md": "Text."})
    (tmp_path / "a.md").symlink_to("a.md")
    (tmp_path / "sub").symlink_to(tmp_path)
    loop, article = readings(tmp_path)
    assert loop.unreachable
    assert article_of(article).id == "z.md"


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    """A link to a file or folder elsewhere is refused with the reason, and its content is not read."""
    secret = write_files(tmp_path / "elsewhere", {"secret.md": "A secret."})
    folder = write_files(tmp_path / "in", {"a.md": "Text."})
    (folder / "b.md").symlink_to(secret / "secret.md")
    (folder / "c").symlink_to(secret)
    article, *refused = readings(folder)
    assert article_of(article).text == "Text."
    assert {Path(r.error.path).name: reason_of(r) for r in refused if r.error} == {
        "b.md": "a link to a file outside the folder: copy the file, or index it by its own path",
        "c": "a link to another folder, which is not followed: index it by its own path",
    }
    assert article_of(*readings(secret / "secret.md")).text == "A secret."


def test_a_linked_file_of_the_folder_is_read_once(tmp_path: Path) -> None:
    """Links make no second article of a file beside them; what only links lead to is read, once."""
    write_files(tmp_path, {"sub/a.md": "Text.", ".kept/b.md": "More."})
    for link, target in {
        "link.md": "sub/a.md",
        "again": "sub",
        "b.md": ".kept/b.md",
        "c.md": ".kept/b.md",
    }.items():
        (tmp_path / link).symlink_to(target)
    assert [article_of(reading).id for reading in readings(tmp_path)] == ["b.md", "sub/a.md"]
    assert [article_of(reading).id for reading in readings(tmp_path / "sub")] == ["a.md"]


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    """What is no regular file is refused, not opened: a pipe without a writer would never end."""
    for name in ("a.md", "b.jsonl"):
        os.mkfifo(tmp_path / name)
    assert count(tmp_path) == 2
    assert [reason_of(reading) for reading in readings(tmp_path)] == [
        "not a file: a pipe, socket or device"
    ] * 2


@pytest.mark.parametrize("name", ["line\nbreak.md", "bidi\u202emd.md", "sp ace.md", "ü漢.md"])
def test_odd_names_are_ids(tmp_path: Path, name: str) -> None:
    """Whatever a file is called, its id is its name."""
    assert article_of(only(tmp_path, name, "Text.")).id == name


@pytest.mark.parametrize("name", [b"\xff.md", b"\xff.jsonl", b"\xff/a.md"])
def test_names_that_are_no_text_are_refused(tmp_path: Path, name: bytes) -> None:
    """A name in another encoding could not be stored: its file is refused, the others are read."""
    content = '{"id": "a", "text": "A."}'
    write_files(tmp_path, {os.fsdecode(name): content, "z.md": "Text."})
    found = readings(tmp_path)
    assert sorted(r.article.id for r in found if r.article) == ["z.md"]
    assert [reason_of(r) for r in found if r.error] == ["its name is not valid Unicode: rename it"]


def test_long_blanks_in_headings_take_no_time(tmp_path: Path) -> None:
    """A heading with a very long gap is read as fast as any."""
    write_files(tmp_path, {"a.md": "# a" + " #" * 20_000 + " " * 60_000 + "b"})
    with at_most(5):
        (reading,) = readings(tmp_path / "a.md", max_chars=200_000)
    assert article_of(reading).title == "a"


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_an_article_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """No content of a file raises."""
    folder = tmp_path_factory.getbasetemp() / "any"
    for name in ("a.md", "a.jsonl"):
        for prefix in (b"", b"---\n", b'{"id": "a", "text": '):
            write_files(folder, {name: prefix + content})
            assert all((r.article is None) != (r.error is None) for r in readings(folder / name))


def test_a_collection_with_a_bad_line_is_refused_once(tmp_path: Path) -> None:
    """A collection none of whose lines is an article is not called empty as well; a lone byte order mark is no line."""
    write_files(tmp_path, {"bad.jsonl": "\ufeff\n{}\n"})
    assert [reason_of(reading) for reading in readings(tmp_path)] == [
        "has no 'text' (its keys: none)"
    ]
