"""No message names a place on the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.conversations.messages import told


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("cannot be stored in /srv/qa/chat/feedback.jsonl: full", "cannot be stored in feedback.jsonl: full"),
        ("'/srv/a/b.md' is gone", "'b.md' is gone"),
        ("C:\\Users\\ann\\qa\\a.md: empty", "a.md: empty"),
        ("see https://news.example/2026/a and .qa/chat", "see https://news.example/2026/a and .qa/chat"),
        ("1/2 of 3/4, and/or news/today.md", "1/2 of 3/4, and/or news/today.md"),
    ],
)  # fmt: skip
def test_only_the_last_part_of_a_path_is_told(message: str, shown: str) -> None:
    """Folders go; addresses, fractions and ids stay."""
    assert told(message) == shown


def test_the_working_directory_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even if there is a space in its name."""
    folder = tmp_path / "my news"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert told(ValueError(f"{folder}/index is damaged")) == "index is damaged"
