"""JSON Lines, one article per line; and JSON, a list of articles or an object that holds one."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from qa.errors import ArticleError
from qa.extract.document import Document, Format
from qa.extract.encoding import decode, encoding_of
from qa.extract.records import Records
from qa.types import Article

_MOST_BYTES = 256_000_000
_DEEPEST_LIST = 3


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
    found = value if isinstance(value, list) else _longest_list(value, records)
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


def _longest_list(value: object, records: Records) -> list[object]:
    """Return the list of records in an object; the object alone if it is itself a record."""
    if not isinstance(value, Mapping) or records.text_key(value):
        return [value]
    level: list[object] = [value]
    for _ in range(_DEEPEST_LIST):
        inner = [item for each in level if isinstance(each, Mapping) for item in each.values()]
        lists = [each for each in inner if isinstance(each, list) and each]
        if lists := [each for each in lists if all(isinstance(item, Mapping) for item in each)]:
            return max(lists, key=len)
        level = inner
    return []


def _is_json(document: Document) -> bool:
    head = document.head().removeprefix(codecs.BOM_UTF8).lstrip()
    return head[:1] in (b"[", b"{") and head[1:].lstrip()[:1] in (b'"', b"{")


FORMATS = (
    Format("JSON Lines", (".jsonl", ".ndjson"), extract, single=False, count=count),
    Format("JSON", (".json",), extract_json, recognises=_is_json, single=False),
)
