"""Names of what visitors add."""

from __future__ import annotations

import pytest

from qa.conversations.names import file_name, text_file, web_address
from qa.errors import ArticleError


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("C:\\temp\\news.TXT", "news.txt"),
        ("/abs/olute.md", "olute.md"),
        ("...hidden.md", "hidden.md"),
        ("a\x00b\nc\u202ed.md", "a b c d.md"),
        ("<img src=x onerror=alert(1)>.md", "<img src=x onerror=alert(1)>.md"),
        ("cafe\u0301.md", "caf\u00e9.md"),
        ("\u6587" * 500 + ".md", "\u6587" * 33 + ".md"),
    ],
)
def test_a_name_cannot_leave_the_folder(name: str, kept: str) -> None:
    """Folders, hidden names, control characters and endless names are cut down to a plain file name."""
    assert file_name(name) == kept


@pytest.mark.parametrize(
    "name", ["", "..", "../", "md", ".jsonl", "a.exe", "a.md.exe", "con\u0000"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    """A name without ending, or with one that is not read, is refused with those that are."""
    with pytest.raises(ArticleError, match=r"known are .*\.jsonl, .*\.md, .*\.txt"):
        file_name(name)


def test_a_folder_is_a_part_of_the_name() -> None:
    """It cannot lead anywhere else; long names differ where their folders do."""
    assert file_name("a.md", "../news\\2025/./") == "news-2025-a.md"
    long = {file_name("a.md", f"{'folder/' * 30}{year}") for year in (2025, 2026)}
    assert len(long) == 2
    assert max(len(name.encode()) for name in long) <= 103


def test_a_title_survives_as_it_was_typed() -> None:
    """Whatever it looks like, also where a title of front matter would mean something else."""
    name, data = text_file('- "Tide": #1 \\ 潮', "It came.")
    assert name == "Tide-1-潮.txt"
    assert data.decode().startswith("---\n")
    assert data.decode().endswith("\n---\nIt came.")
    assert text_file("!?", "It came.")[0] == "text.txt"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("example.org/a", "https://example.org/a"),
        (" http://example.org ", "http://example.org"),
        ("HTTPS://example.org/?q=a", "HTTPS://example.org/?q=a"),
    ],
)
def test_an_address_is_completed(typed: str, address: str) -> None:
    """A missing scheme is taken for the encrypted one."""
    assert web_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "https://", "file:///etc/passwd", "javascript://x", "a b", "https://[", "///"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    """The reason says how an address begins."""
    with pytest.raises(ArticleError, match="it begins with https://"):
        web_address(typed)
