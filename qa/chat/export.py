"""A conversation to take away: as Markdown to read, as JSON to work with."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from qa.chat.asking import Exchange
from qa.types import Answer, Citation, to_dict
from qa.writer import ITEM

# What Markdown would read as more than text, wherever it stands in a line or at its beginning.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")
_AT_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))", re.MULTILINE)


def markdown(title: str, exchanges: Sequence[Exchange]) -> str:
    """Return a conversation as Markdown: each question a heading, each answer with the quotes that it rests on."""
    return "\n\n".join([f"# {_line(title)}", *(_section(exchange) for exchange in exchanges)]) + "\n"


def as_json(title: str, exchanges: Sequence[Exchange]) -> str:
    """Return a conversation as JSON, with the field names of `qa.types`."""
    entries = [
        {
            "question": exchange.question,
            "answer": to_dict(exchange.answer),
            "error": exchange.error,
            "stopped": exchange.stopped,
        }
        for exchange in exchanges
    ]
    return json.dumps({"title": title, "exchanges": entries}, ensure_ascii=False, indent=2) + "\n"


def plain(answer: Answer) -> str:
    """Return an answer with its sources, as text for the clipboard."""
    quotes = (f"[{c.number}] “{_one_line(c.quote)}” — {_origin(c)}" for c in answer.citations)
    return "\n".join([answer.question, "", answer.text, *([""] if answer.citations else []), *quotes])


def _section(exchange: Exchange) -> str:
    heading = f"## {_line(exchange.question)}"
    if exchange.answer is None:
        return f"{heading}\n\n*{_line(exchange.error or 'Stopped.')}*"
    quotes = (f"{c.number}. “{_line(c.quote)}” — {_line(_origin(c))}" for c in exchange.answer.citations)
    parts = [heading, _text(exchange.answer.text), "\n".join(quotes)]
    return "\n\n".join(part for part in parts if part)


def _origin(citation: Citation) -> str:
    """Return where a quote stands: title, outlet, date, address, article and span."""
    about = (citation.title or citation.article_id, citation.source, citation.published, citation.url)
    place = f"{citation.article_id}:{citation.start}-{citation.end}"
    return ", ".join([*(part for part in about if part), place])


def _text(text: str) -> str:
    """Return text with what Markdown would act on escaped; the list items of an answer stay items."""
    lines = (
        f"- {_line(line.removeprefix(ITEM))}" if line.startswith(ITEM) else _line(line) for line in text.split("\n")
    )
    return "\n".join(lines)


def _line(text: str) -> str:
    return _AT_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", _one_line(text)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
