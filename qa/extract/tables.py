"""CSV and TSV with a line of heads: one article per row."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Protocol

from qa.errors import ArticleError
from qa.extract.document import Document, Format
from qa.extract.encoding import encoding_of
from qa.extract.records import Records
from qa.types import Article

_DELIMITERS = (",", "\t", ";", "|")
_SEPARATOR = re.compile(r"sep=([,;|\t])\r?\n")  # as Excel writes it
_SAMPLE_ROWS = 50
_SAMPLE_CHARS = 1 << 16


class _Rows(Protocol):
    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the article of each row, or why it was refused."""
    try:
        text = io.TextIOWrapper(document.data, encoding_of(document), newline="")
    except ArticleError as error:
        yield error
        return
    try:
        records = Records(document, own_ids=False)
        first = _SEPARATOR.match(text.read(_SAMPLE_CHARS))
        skipped = first.end() if first else 0
        text.seek(0)
        text.read(skipped)
        delimiter = first[1] if first else _delimiter(text.read(_SAMPLE_CHARS), records)
        text.seek(0)
        text.read(skipped)
        # The limit is that of the whole process: lowered, others could not read their tables.
        csv.field_size_limit(max(csv.field_size_limit(), document.max_chars + 1))
        rows = csv.reader(text, delimiter=delimiter, strict=True)
        heads = [head.strip() for head in next(rows, [])]
        if not records.text_key(heads):
            shown = ", ".join(filter(None, heads[:12])) or "none"
            reason = f"no column is known to hold the text (columns: {shown})"
            yield ArticleError(document.name, reason, "say --map COLUMN=text")
            return
        yield from records.articles(_records(rows, heads, document.name))
    except csv.Error as error:
        yield ArticleError(document.name, f"not a table ({error})")
    except UnicodeError:
        yield ArticleError(document.name, "not text in one encoding", "save it as UTF-8")
    finally:
        text.detach()


def _records(rows: _Rows, heads: Sequence[str], name: str) -> Iterator[tuple[str, object]]:
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield str(number), ArticleError(f"{name}:{number}", f"not a row ({error})")
            continue
        except UnicodeError as error:
            reason = f"not text in one encoding ({error.__class__.__name__})"
            yield str(number), ArticleError(f"{name}:{number}", reason, "save it as UTF-8")
            return
        if row is None:
            return
        if len(row) > len(heads):
            reason = f"has {len(row)} cells, but there are {len(heads)} columns"
            yield str(number), ArticleError(f"{name}:{number}", reason)
        elif any(row):
            yield (
                str(number),
                dict(zip(reversed(heads), reversed(_padded(row, heads)), strict=True)),
            )


def _padded(row: Sequence[str], heads: Sequence[str]) -> list[str]:
    return [*row, *[""] * (len(heads) - len(row))]


def _delimiter(sample: str, records: Records) -> str:
    """Return what separates the cells: with it, heads are known and rows are as long as heads."""

    def fit(delimiter: str) -> tuple[bool, float, int]:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        rows = list[list[str]]()
        try:
            rows += itertools.islice(reader, _SAMPLE_ROWS)
        except csv.Error:
            return False, 0.0, 0
        heads, *others = rows or [[]]
        alike = sum(len(row) == len(heads) for row in others) / max(len(others), 1)
        return bool(records.text_key(heads)), alike, len(heads)

    return max(_DELIMITERS, key=fit)


def count(data: BinaryIO) -> int:
    """Return about the number of rows: a cell may hold several lines."""
    return max(1, sum(1 for _ in data) - 1)


FORMATS = (Format("CSV", (".csv", ".tsv", ".tab"), extract, single=False, count=count),)
