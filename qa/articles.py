"""Reads articles from files, folders and `.jsonl` collections; what cannot be read is reported, not raised."""

from __future__ import annotations

import codecs
import datetime as dt
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from qa.errors import ArticleError
from qa.text import has_surrogates, normalise
from qa.types import Article

TEXT_SUFFIXES = frozenset({".txt", ".md"})
SUFFIXES = TEXT_SUFFIXES | {".jsonl"}
_FIELDS = ("title", "source", "published", "url", "author")
_FRONT_MATTER = re.compile(r"---[^\S\n]*\n(.*?)^---[^\S\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[^\S\n]+(\S.*)", re.MULTILINE)
_CLOSING_MARKS = re.compile(r"\s#+$")
_LONGEST_TITLE = 150
# Files of other formats that lie in many folders and that nobody means as articles.
_NO_ARTICLE = frozenset({"readme", "license", "thumbs.db", "desktop.ini"})


class _Loader(yaml.SafeLoader):
    """Reads YAML without aliases: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file, or one line of a `.jsonl` file, gave: an article, or the error that says why not.

    `origin` is the file's path. `unreachable` tells a file that could not be opened, whose content is
    unknown, from one whose content is no article.
    """

    origin: str
    article: Article | None = None
    error: ArticleError | None = None
    unreachable: bool = False


def read(path: Path, *, base: Path, max_chars: int) -> Iterator[Reading]:
    """Read all articles of a file or folder, in the order of their paths.

    Folders are read with their subfolders. Hidden files, and files named README or LICENSE, are passed over.
    An article's id is its path relative to `base` (its name, when `base` is the file), or the `id` that a
    `.jsonl` line gives.

    Args:
        path: the file or folder to read.
        base: `path` itself, or a folder that holds it and was read before.
        max_chars: longer articles are refused.
    """
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises for a name that no file can have
        yield _failed(path, "no such file or folder", unreachable=True)
    elif path.is_file():
        yield from _read_file(path, _identifier(path, base), max_chars)
    else:
        failures: list[Reading] = []
        for file in files(path, on_error=lambda error: failures.append(_unreadable(Path(error.filename), error))):
            yield from _read_file(file, _identifier(file, base), max_chars)
        yield from failures


def files(folder: Path, *, on_error: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    """Return the files below `folder` that `read` opens, sorted by path within each folder."""
    for place, subfolders, names in os.walk(folder, onerror=on_error):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not _is_no_article(name):
                yield Path(place, name)


def count(path: Path) -> int:
    """Return about how many readings `read` will make of `path`, without parsing anything."""
    paths = list(files(path)) or [path]
    return sum(_count_lines(file) if file.suffix.lower() == ".jsonl" and file.is_file() else 1 for file in paths)


def _identifier(path: Path, base: Path) -> str:
    return path.name if path == base else path.relative_to(base).as_posix()


def _is_no_article(name: str) -> bool:
    return not _NO_ARTICLE.isdisjoint((name.lower(), name.lower().partition(".")[0]))


def _count_lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except OSError:
        return 1


def _read_file(path: Path, identifier: str, max_chars: int) -> Iterator[Reading]:
    suffix = path.suffix.lower()
    try:
        if path.exists() and not path.is_file():
            yield _failed(path, "not a file: a pipe, socket or device")
        elif has_surrogates(str(path)):
            yield _failed(path, "its name is not valid Unicode: rename it")
        elif suffix == ".jsonl":
            yield from _read_jsonl(path, max_chars)
        elif suffix in TEXT_SUFFIXES:
            article = _parse_text(path, identifier, path.read_bytes(), max_chars)
            yield Reading(str(path), article)
        else:
            yield _failed(
                path, f"unknown format {suffix or 'without suffix'!r}: known are {', '.join(sorted(SUFFIXES))}"
            )
    except OSError as error:
        yield _unreadable(path, error)
    except ArticleError as error:
        yield Reading(str(path), error=error)


def _parse_text(path: Path, identifier: str, data: bytes, max_chars: int) -> Article:
    where = str(path)
    text = normalise(_decode(data, where))
    fields, text = _front_matter(text, where)
    title = fields.pop("title", "") or _title_of(text) or path.stem
    return _checked(Article(id=identifier, title=title, text=text, **fields), where, max_chars)


def _decode(data: bytes, where: str) -> str:
    """Decode UTF-8, or UTF-16 that says so by its byte order mark. Nothing is guessed or replaced."""
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if utf16 else "utf-8")
    except UnicodeDecodeError as error:
        raise ArticleError(
            where, f"not {'UTF-16' if utf16 else 'UTF-8'} text (byte {error.start}): save it as UTF-8"
        ) from None


def _front_matter(text: str, where: str) -> tuple[dict[str, str], str]:
    """Split front matter from the text. A `---` that opens no mapping is a ruler, and stays in the text."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    try:
        fields = yaml.load(match.group(1), _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
        raise ArticleError(where, f"front matter is not valid YAML (line {line})") from None
    if not isinstance(fields, dict):
        return {}, text
    return _texts(fields, where), text[match.end() :]


def _texts(fields: Mapping[Any, Any], where: str) -> dict[str, str]:
    """Keep the known fields, as text: numbers and dates as they are written in ISO form."""
    texts = {}
    for name in _FIELDS:
        value = fields.get(name)
        if isinstance(value, (dt.datetime, dt.date)):
            value = value.isoformat()
        if not (value is None or isinstance(value, (str, int, float))):
            raise ArticleError(where, f"{name!r} must be text, not a {type(value).__name__}")
        try:
            texts[name] = " ".join(normalise(str("" if value is None else value)).split())
        except ValueError:  # Python writes no number of more than 4,300 digits
            raise ArticleError(where, f"{name!r} is too large a number") from None
    return texts


def _title_of(text: str) -> str:
    """Return the first heading, or else the first line if it is short enough for one."""
    first = text.lstrip().partition("\n")[0].strip()
    heading = _HEADING.search(text)
    title = _CLOSING_MARKS.sub("", heading.group(1).rstrip()).rstrip() if heading else first
    return title if len(title) <= _LONGEST_TITLE else ""


def _read_jsonl(path: Path, max_chars: int) -> Iterator[Reading]:
    lines: dict[str, int] = {}
    empty = True
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.removeprefix(codecs.BOM_UTF8).strip():
                continue
            empty = False
            where = f"{path}:{number}"
            try:
                article = _parse_line(line, where, max_chars)
            except ArticleError as error:
                yield Reading(str(path), error=error)
                continue
            first = lines.setdefault(article.id, number)
            if first == number:
                yield Reading(str(path), article)
            else:
                repeated = ArticleError(where, f"the id {article.id!r} is that of line {first} already")
                yield Reading(str(path), error=repeated)
    if empty:
        yield _failed(path, "holds no article")


def _parse_line(line: bytes, where: str, max_chars: int) -> Article:
    try:
        record = json.loads(_decode(line, where).removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise ArticleError(where, "not valid JSON") from None
    if not isinstance(record, dict):
        raise ArticleError(where, "not a JSON object")
    identifier, text = record.get("id"), record.get("text")
    if not isinstance(identifier, (str, int)) or isinstance(identifier, bool) or identifier == "":
        raise ArticleError(where, "has no 'id'")
    if not isinstance(text, str):
        raise ArticleError(where, "has no 'text'")
    return _checked(Article(id=str(identifier), text=normalise(text), **_texts(record, where)), where, max_chars)


def _checked(article: Article, where: str, max_chars: int) -> Article:
    """Refuse what no store could keep as it is, or what cannot be an article."""
    if not article.text.strip():
        raise ArticleError(where, "is empty")
    if len(article.text) > max_chars:
        raise ArticleError(where, f"too large: {len(article.text):,} characters, at most {max_chars:,}")
    joined = "\n".join((article.id, article.text, *(getattr(article, name) for name in _FIELDS)))
    if "\0" in joined:
        raise ArticleError(where, "holds NUL characters: not a text")
    if has_surrogates(joined):
        raise ArticleError(where, "holds half of a surrogate pair: not valid Unicode")
    return article


def _unreadable(path: Path, error: OSError) -> Reading:
    return _failed(path, f"cannot be read: {error.strerror or error}", unreachable=True)


def _failed(path: Path, reason: str, *, unreachable: bool = False) -> Reading:
    return Reading(str(path), error=ArticleError(str(path), reason), unreachable=unreachable)
