"""What precedes a text and describes it: YAML between lines of `---`, TOML between lines of `+++`.

Also JSON between lines of `---`, and lines of `Key: value` with nothing around them.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from qa.dates import iso
from qa.extract.document import FIELDS, Document, metadata
from qa.extract.records import KNOWN, fold, plain

_BLOCK = re.compile(
    r"(?P<fence>---|\+\+\+)[^\S\n]*\n(?P<inside>.*?)^(?:(?P=fence)|\.\.\.)[^\S\n]*(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_ENTRY = re.compile(r"^(?P<key>[A-Za-z_][\w .-]{0,60}?)[^\S\n]*[:=](?:[^\S\n]+(?P<value>.*))?$")
# What YAML takes for more than text at the beginning of a value.
_INDICATORS = tuple("[]{}*&!|>%@`#")
_CHANGED = tuple(map(fold, ("lastmod", "last_modified_at", "last_modified", "updated", "modified")))
_JSON_BLOCK = re.compile(
    r"(?:---|;;;)json[^\S\n]*\n(.*?)^(?:---|;;;)[^\S\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
# Nikola's `.. title: X` within a comment of HTML.
_COMMENT = re.compile(r"<!--[^\S\n]*\n((?:\.\. [\w-]+:.*\n)+)[^\S\n]*-->[^\S\n]*\n*")
# Lines of `Key: value` at the top, below a heading if there is one.
_HEADING = re.compile(r"\s*#{1,2}[^\S\n]+\S.*\n\s*\n")
_LINES = re.compile(
    r"\s*((?:[A-Za-z][\w ’'-]{1,30}:[^\S\n]+\S.*\n){2,})(?=\s*\n|[_*-]{3,}\n)(?:[_*-]{3,}\n)?"
)
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]")
_UNUSED = frozenset(
    "tags tag category categories slug summary keywords status layout template draft section type "
    "subject aliases image cover description modified edition length wordcount".split()
)
_DEEPER = ("params", "extra", "taxonomies")
_MOST_BRACKETS = 500
_DESCRIBING = frozenset(
    key for name in ("title", "published", "author", "source", "url") for key in KNOWN[name]
)
_KNOWN_KEYS = (
    _UNUSED
    | set(_CHANGED)
    | {key for name, keys in KNOWN.items() if name != "text" for key in keys}
)
_ERRORS = (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, LookupError, AttributeError)


class _Loader(yaml.SafeLoader):
    """Loads YAML without aliases: a few lines of them can expand to gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def front_matter(text: str, document: Document) -> tuple[dict[str, Any], str]:
    """Split the front matter from the text; return the fields of the article, and the text.

    A field that cannot be read is dropped with a warning. A `---` that opens no mapping is a
    horizontal rule, and stays in the text.
    """
    if found := _JSON_BLOCK.match(text):
        try:
            fields = json.loads(found[1])
        except (ValueError, RecursionError):
            fields = None
        return (
            (_described(fields, document), text[found.end() :])
            if isinstance(fields, Mapping)
            else ({}, text)
        )
    block = _BLOCK.match(text)
    if not block:
        return _unfenced(text, document)
    load = _yaml if block["fence"] == "---" else tomllib.loads
    try:
        fields = load(block["inside"])
    except (*_ERRORS, RecursionError):
        fields = _entry_by_entry(block["inside"], load, document)
    if not isinstance(fields, Mapping):
        return {}, text
    return _described(fields, document), text[block.end() :]


def _unfenced(text: str, document: Document) -> tuple[dict[str, Any], str]:
    """Split lines such as `Date: 5 May 2025` from the text that they stand above.

    They stay where one of them may belong to the text.
    """
    if found := _COMMENT.match(text):
        return _described(dict(_pairs(found[1].replace(".. ", ""))), document), text[found.end() :]
    heading = _HEADING.match(text)
    start = heading.end() if heading else 0
    found = _LINES.match(text, start)
    fields = dict(_pairs(found[1])) if found else {}
    keys = set(map(fold, fields))
    if not found or keys.isdisjoint(_DESCRIBING):
        return {}, text
    if keys <= _KNOWN_KEYS:
        text = f"{text[:start]}{text[found.end() :].lstrip(chr(10))}"
    return _described(fields, document), text


def _pairs(lines: str) -> Iterator[tuple[str, str]]:
    for line in lines.splitlines():
        key, _, value = line.partition(":")
        yield key.strip(), value.strip()


def _yaml(text: str) -> Any:
    if text.count("[") + text.count("{") > _MOST_BRACKETS:
        raise yaml.YAMLError("nested too deep")
    return yaml.load(text, _Loader)  # noqa: S506 - a safe loader


def _entry_by_entry(
    inside: str, load: Callable[[str], Any], document: Document
) -> dict[str, Any] | None:
    """Return the entries that can be read by themselves; None if none is known at all."""
    fields: dict[str, Any] = {}
    known = {key for keys in KNOWN.values() for key in keys} | set(_CHANGED)
    seen = False
    for key, value, lines in _entries(inside):
        seen |= fold(key) in known
        try:
            loaded = load(lines)
            fields.update(loaded if isinstance(loaded, Mapping) else {})
        except (*_ERRORS, RecursionError):
            # `title: Lido: shut` is no YAML, but there is no doubt what it says.
            if value and "\n" not in lines.strip() and not value.startswith(_INDICATORS):
                fields[key] = value
            elif fold(key) in known:
                document.warn(f"front matter: {key!r} cannot be read: dropped")
    return fields if seen else None


def _entries(inside: str) -> Iterator[tuple[str, str, str]]:
    """Yield each entry: its key, what follows it on its line, and all its lines."""
    found = list[tuple[str, str, list[str]]]()
    for line in inside.split("\n"):
        if entry := _ENTRY.match(line):
            found.append((entry["key"], (entry["value"] or "").strip(), [line]))
        elif found:
            found[-1][2].append(line)
    return ((key, value, "\n".join(lines)) for key, value, lines in found)


def _described(fields: Mapping[Any, Any], document: Document) -> dict[str, Any]:
    """Return the fields of the article, under whatever known keys they are given."""
    held = {
        fold(str(key)): value
        for key, value in reversed(list(fields.items()))
        if not (value is None or value in ("", [], {}))
    }
    for name in _DEEPER:
        inner = held.get(name)
        for key, value in inner.items() if isinstance(inner, Mapping) else ():
            held.setdefault(fold(str(key)), value)
    told = {fold(key): name for key, name in document.options.fields.items()}
    about: dict[str, Any] = {}
    for name in FIELDS:
        keys = [key for key, field in told.items() if field == name]
        keys += [key for key in KNOWN[name] if key not in told]
        keys += _CHANGED if name == "published" else ()
        if given := [key for key in keys if key in held]:
            key = _readable(given, held) if name == "published" else given[0]
            several = isinstance(held[key], list) and name != "author"
            value = held[key] if several else plain(held[key], document.name)
            about[name] = _WIKI_LINK.sub(r"\1", value) if isinstance(value, str) else value
            if key in _CHANGED:
                document.warn("published is when it was last changed: it gives no other date")
    return metadata(about, document)


def _readable(keys: list[str], held: Mapping[str, Any]) -> str:
    """Return the first key that holds a date, else the first that is no flag, else the first."""
    plain_keys = [key for key in keys if not isinstance(held[key], bool)]
    dated = (key for key in plain_keys if _is_dated(held[key]))
    return next(dated, next(iter(plain_keys), keys[0]))


def _is_dated(value: object) -> bool:
    try:
        return bool(iso(str(value)))
    except ValueError:  # Python refuses to print a number of more than 4,300 digits
        return False
