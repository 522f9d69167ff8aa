"""JSON Lines, one article per line; and JSON, a list of articles or an object that holds one."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from qa.errors import ArticleError
from qa.extract.document import Document, Format
from qa.extract.encoding import decode, encoding_of
from qa.extract.records import Records
from qa.types import Article

_MOST_BYTES = 256_000_000
_DEEPEST_LIST = 5


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the article of each line that is not blank, or why it was refused."""
    return Records(document, own_ids=True).articles(_lines(document))


def extract_json(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the articles of the list that a JSON file is, or holds."""
    where = document.name
    data = document.data.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        most = _MOST_BYTES // 1_000_000
        yield ArticleError(where, f"too large: at most {most} MB", "write it as JSON Lines")
        return
    document.data.seek(0)
    try:
        value = json.loads(decode(data, where, document.options).removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and b"\n" in data:  # JSON Lines under another name
            yield from extract(document)
        else:
            yield ArticleError(where, f"not valid JSON (line {error.lineno})")
        return
    except (ValueError, RecursionError):
        yield ArticleError(where, "not valid JSON")
        return
    except ArticleError as error:
        yield error
        return
    records = Records(document, own_ids=False)
    found = value if isinstance(value, list) else _found(value, records)
    yield from records.articles((str(number), item) for number, item in enumerate(found, 1))


def count(data: BinaryIO) -> int:
    """Return the number of lines, without parsing them."""
    return sum(1 for _ in data)


def _lines(document: Document) -> Iterator[tuple[str, object]]:
    try:
        encoding = encoding_of(document)
    except ArticleError:
        encoding = "utf-8"  # the lines that are UTF-8 are read, the others refused
    data: Iterable[bytes] = document.data
    if encoding in ("utf-16", "utf-32"):  # whose line ends are not single bytes
        try:
            data = document.data.read(_MOST_BYTES).decode(encoding).encode().split(b"\n")
        except UnicodeDecodeError as error:
            yield "1", ArticleError(document.name, f"not {encoding.upper()} text ({error.reason})")
            return
    for number, line in enumerate(data, 1):
        if line.removeprefix(codecs.BOM_UTF8).strip():
            yield str(number), _parsed(line, f"{document.name}:{number}", document, encoding)


def _parsed(line: bytes, where: str, document: Document, encoding: str) -> object:
    try:
        if encoding.startswith("utf"):
            return json.loads(decode(line, where, document.options).removeprefix("\ufeff"))
        return json.loads(line.decode(encoding))
    except (ValueError, RecursionError):
        return ArticleError(where, "not valid JSON")
    except ArticleError as error:
        return error


def _found(value: object, records: Records) -> Sequence[object]:
    """Return the records in an object: a list of them, those under their ids, or itself."""
    if not isinstance(value, Mapping) or records.is_whole(value):
        return _rows(value, records)
    level: list[Mapping[Any, Any]] = [value]
    longest: Sequence[object] = ()
    for _ in range(_DEEPEST_LIST):
        lists = [found for each in level for found in _lists(each)]
        if fitting := [found for found in lists if any(map(records.is_article, found))]:
            return max(fitting, key=len)
        if single := [each for each in level if records.is_article(each)]:
            return single
        longest = longest or max(lists, key=len, default=())
        level = [item for each in level for item in _inside(each)]
    return [value] if records.text_key(value) else longest


def _rows(value: object, records: Records) -> list[object]:
    """Return a record alone, or the rows of a table that is given by its columns."""
    if not isinstance(value, Mapping) or len(value) < 2:
        return [value]
    columns = [
        list(column.values() if isinstance(column, Mapping) else column)
        for column in value.values()
        if isinstance(column, (list, Mapping))
    ]
    height = len(columns[0]) if columns else 0
    if len(columns) < len(value) or not height or {len(each) for each in columns} != {height}:
        return [value]
    rows = [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
    whole = all(isinstance(row.get(records.text_key(row)), str) for row in rows)
    return list(rows) if whole else [value]


def _lists(value: Mapping[Any, Any]) -> Iterator[list[object]]:
    """Yield the lists of objects in an object; it is one itself if it holds them by their ids."""
    for each in value.values():
        if isinstance(each, list) and each and all(isinstance(item, Mapping) for item in each):
            yield each
    if len(value) > 1 and all(isinstance(each, Mapping) for each in value.values()):
        yield [{"id": key, **each} for key, each in value.items()]


def _inside(value: Mapping[Any, Any]) -> Iterator[Mapping[Any, Any]]:
    for each in value.values():
        yield from (
            item
            for item in (each if isinstance(each, list) else [each])
            if isinstance(item, Mapping)
        )


def _is_json(document: Document) -> bool:
    head = document.head().removeprefix(codecs.BOM_UTF8).lstrip()
    return head[:1] in (b"[", b"{") and head[1:].lstrip()[:1] in (b'"', b"{")


FORMATS = (
    Format("JSON Lines", (".jsonl", ".ndjson"), extract, single=False, count=count),
    Format("JSON", (".json",), extract_json, recognises=_is_json, single=False),
)
