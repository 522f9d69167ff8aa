"""Brings exchanges that an earlier version stored to the current structure.

Version 1 stored an answer as text with `[n]` markers. Its statements are read off that text once,
here: nothing else in the product parses an answer's text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from qa.answering.rendering import UNSUPPORTED, one_line, origin
from qa.types import Citation, Form, Statement, to_dict
from qa.understanding.question_type import question_type

VERSION = 2
"""The version of stored exchanges that this program reads and writes."""

_MARKERS = re.compile(r"(?: \[\d+\])+")
_ITEM = "• "
_DIFFER = "The articles differ:"
_CLAIM = ", according to "


def migrated(value: str, version: int) -> str:
    """Return a stored exchange, as JSON, in the current structure; unchanged if unreadable."""
    try:
        return json.dumps(_from_version_1(json.loads(value))) if version == 1 else value
    except (ValueError, LookupError, TypeError):
        return value


def _from_version_1(old: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: old[name] for name in ("question", "error", "verdict", "scope")}
    answer = old["answer"] and _answer(old["answer"])
    # Of an answer that was stopped there is text, but no citation.
    partial = old["text"].strip() if old["stopped"] else ""
    return kept | {"answer": answer, "cancelled": old["stopped"], "partial": partial}


def _answer(old: Mapping[str, Any]) -> dict[str, Any]:
    names = ("question", "text", "short", "confidence", "timings", "fingerprint")
    form, statements = ("abstention", []) if old["abstained"] else _structure(old)
    hits = [
        {name: hit[name] for name in ("passage", "score", "rank", "stage")}
        | {"duplicates": hit["also"]}
        for hit in old["hits"]
    ]
    return {name: old[name] for name in names} | {
        "form": form,
        "statements": to_dict(statements),
        "hits": hits,
        "standalone_question": old["asked"],
        "fallback_reason": old["note"],
    }


def _structure(old: Mapping[str, Any]) -> tuple[Form, list[Statement]]:
    """Return the form and the statements of an answer's text."""
    citations = {c["number"]: Citation(**c) for c in old["citations"]}
    written, quoted = "", old["text"]
    if old["note"]:
        written, _, quoted = quoted.partition(old["note"])
    elif "model" in old["timings"]:
        written, quoted = quoted, ""
    lines = quoted.strip().split("\n")
    items = [line.removeprefix(_ITEM) for line in lines if line.startswith(_ITEM)]
    form: Form = question_type(old["asked"] or old["question"])
    if items:
        form = "accounts" if _DIFFER in lines else "list"
    elif form == "list" and quoted:
        form = "fact"  # it had one item only
    statements = list(_statements(written, citations, generated=True))
    for text in items or [quoted]:
        statements += _statements(text, citations)
    if {c for said in statements for c in said.citations} != set(citations.values()):
        raise ValueError("the text does not read as version 1 wrote it")
    return form, _completed(statements, form, old["short"])


def _completed(statements: Sequence[Statement], form: Form, short: str) -> list[Statement]:
    """Return statements with what the form of the answer says of those that are quotes."""
    completed = list(statements)
    quotes = [at for at, statement in enumerate(statements) if not statement.generated]
    for at in quotes:
        if form == "list":
            completed[at] = replace(completed[at], short_answer=completed[at].text)
        elif form == "accounts":
            completed[at] = replace(completed[at], status="disputed")
    if form in {"fact", "accounts"} and quotes and not completed[quotes[0]].short_answer:
        # It is most of its sentence, and was therefore not named before it.
        completed[quotes[0]] = replace(completed[quotes[0]], short_answer=short)
    return completed


def _statements(
    text: str, citations: Mapping[int, Citation], *, generated: bool = False
) -> Iterator[Statement]:
    """Yield the statements of a text.

    Each reads `short, according to X (origin) [1]: “sentence”` or `sentence [1]`.
    """
    last = 0
    for match in _MARKERS.finditer(text):
        if match.start() < last:
            continue
        cited = tuple(citations[int(number)] for number in re.findall(r"\d+", match.group()))
        *unsupported, said = text[last : match.start()].split(UNSUPPORTED)
        yield from (Statement(each.strip(), generated=True) for each in unsupported)
        said = said.strip().removesuffix(f" ({origin(cited[0])})")
        statement = Statement(
            said, cited, source=cited[0].source, published=cited[0].published, generated=generated
        )
        sentence = one_line(cited[0].quote)
        quotation, last = f": “{sentence}”", match.end()
        if text.startswith(quotation, last):
            short, _, claimant = said.partition(_CLAIM)
            last += len(quotation)
            statement = replace(statement, text=sentence, short_answer=short, claimant=claimant)
        yield statement
    yield from (
        Statement(each.strip(), generated=True) for each in text[last:].split(UNSUPPORTED)[:-1]
    )
