"""Question sets on disk for the evaluation's tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

WriteSet = Callable[..., Path]


@pytest.fixture
def write_set(tmp_path: Path) -> WriteSet:
    """Return a function that writes a set's folder from lines and articles and returns its path."""

    def write(
        questions: Sequence[Any], articles: Sequence[Mapping[str, Any]] | None = None
    ) -> Path:
        folder = tmp_path / "myset"
        folder.mkdir(exist_ok=True)
        lines = [line if isinstance(line, str) else json.dumps(line) for line in questions]
        (folder / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if articles is not None:
            (folder / "articles.jsonl").write_text(
                "\n".join(map(json.dumps, articles)) + "\n", encoding="utf-8"
            )
        return folder

    return write
