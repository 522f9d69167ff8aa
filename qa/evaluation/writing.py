"""Writes question sets: a file or a folder is either whole or not there."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from qa.evaluation.questions import QuestionSetError, read_questions
from qa.evaluation.sets import ARTICLES, OPTIONS, QUESTIONS

Record = Mapping[str, Any]


def write_set(lines: Mapping[str, Iterable[Record]], out: Path, *, articles: Path | Iterable[Record] = ()) -> None:
    """Write a set's folder, beside its place first.

    Args:
        lines: of each file, by its name.
        out: the folder to make; it may be there already, if it is empty.
        articles: where the set's articles are, or the lines of an `articles.jsonl`, or nothing.

    Raises:
        QuestionSetError: something is there already, or the questions are no valid set.
        OSError: it cannot be written.
    """
    if os.path.lexists(out) and not (out.is_dir() and not any(out.iterdir())):
        raise QuestionSetError(str(out), "is there already: name a folder that is not")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as parent:
        folder = Path(parent) / out.name
        folder.mkdir()
        for name, records in lines.items():
            write_lines(records, folder / name)
        if QUESTIONS in lines:
            read_questions(folder / QUESTIONS)
        if isinstance(articles, Path):
            write_options(articles, folder / OPTIONS, home=out)
        elif records := list(articles):
            write_lines(records, folder / ARTICLES)
        folder.rename(out)


def write_lines(records: Iterable[Record], file: Path) -> None:
    """Write a `.jsonl` file in the place of an earlier one, at once.

    Raises:
        QuestionSetError: a text is not valid Unicode.
        OSError: it cannot be written; the earlier one stays.
    """
    _write("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), file)


def write_options(articles: Path, file: Path, *, home: Path) -> None:
    """Write a `set.toml` that says where the articles are, relative to the folder `home` that it is for.

    Raises:
        QuestionSetError: there are no articles.
        OSError: it cannot be written.
    """
    if not articles.exists():
        raise QuestionSetError(str(articles), "there are no articles: no such file or folder")
    relative = Path(os.path.relpath(articles.resolve(), home.resolve())).as_posix()
    # A JSON string is a TOML string.
    _write(f"corpus = {json.dumps(relative, ensure_ascii=False)}\n", file)


def _write(text: str, file: Path) -> None:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise QuestionSetError(str(file), "a text holds half of a surrogate pair: not valid Unicode") from None
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}-", delete=False) as temporary:
        try:
            temporary.write(data)
            temporary.flush()
            os.fsync(temporary.fileno())
            Path(temporary.name).replace(file)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise
