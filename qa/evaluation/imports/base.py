"""Shared by the importers: their result, its checks, and reading of rows with their locations."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.evaluation.questions import QuestionSetError, lines_of, read_text

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """A question set read from another format.

    Attributes:
        questions: the lines of its `questions.jsonl`.
        articles: the lines of its `articles.jsonl`; empty if the format carries no texts.
        notes: what was left out, as messages for the user.
    """

    questions: tuple[Record, ...]
    articles: tuple[Record, ...] = ()
    notes: tuple[str, ...] = ()


def checked(questions: Iterable[tuple[str, Record]], source: str) -> Iterator[Record]:
    """Yield the questions, given with their locations, if each has a text and a unique id.

    Raises:
        QuestionSetError: a question lacks one of these, or there is no question.
    """
    firsts: dict[str, str] = {}
    for where, question in questions:
        for name in ("id", "question"):
            if not question[name].strip():
                raise QuestionSetError(where, f"{name!r} is empty")
        if (first := firsts.setdefault(question["id"], where)) != where:
            raise QuestionSetError(where, f"the id {question['id']!r} is that of {first} already")
        yield question
    if not firsts:
        raise QuestionSetError(source, "holds no question")


def without_empty(values: Record) -> Record:
    """Return a line without keys whose values are None or empty."""
    return {key: value for key, value in values.items() if value not in (None, [], {})}


_DELIMITERS = ",;\t"


def read_json(path: Path) -> Any:
    """Return the value of a JSON file.

    Raises:
        QuestionSetError: it cannot be read or is not JSON.
    """
    return _parsed(read_text(path), path)


def read_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the rows of a `.jsonl`, `.csv` or `.tsv` file with their locations, `FILE:LINE`.

    The first line of a table names its columns. A `.csv` file may use commas, semicolons or tabs.

    Raises:
        QuestionSetError: a line cannot be read.
    """
    if path.suffix.lower() == ".jsonl":
        for number, line in lines_of(path):
            yield f"{path}:{number}", _parsed(line, path, number)
        return
    text = read_text(path)
    header = text.partition("\n")[0]
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(_DELIMITERS, key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    yield from _of_table(path, rows)


def _of_table(path: Path, rows: Any) -> Iterator[tuple[str, dict[str, str]]]:
    columns: list[str] = []
    line = 1
    try:
        for cells in rows:
            where, line = f"{path}:{line}", rows.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip().lower() for cell in cells]
            elif len(cells) != len(columns):
                raise QuestionSetError(
                    where, f"has {len(cells)} cells, and the first line {len(columns)}"
                )
            else:
                yield where, dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        raise QuestionSetError(f"{path}:{rows.line_num}", f"no valid table ({error})") from None


def _parsed(text: str, path: Path, line: int = 1) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{path}:{line + error.lineno - 1}"
        raise QuestionSetError(
            place, f"not valid JSON ({error.msg}, column {error.colno})"
        ) from None
    except (ValueError, RecursionError) as error:
        raise QuestionSetError(f"{path}:{line}", f"not valid JSON ({error})") from None
