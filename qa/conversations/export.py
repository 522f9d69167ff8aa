"""Exports a conversation: Markdown to read, JSON to process, plain text for the clipboard."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from qa.answering.rendering import statement_text
from qa.conversations.conversation import Exchange
from qa.types import Answer, Citation, to_dict

# What Markdown would read as markup, anywhere in a line or at its start.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")
_AT_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))", re.MULTILINE)


def markdown(title: str, exchanges: Sequence[Exchange]) -> str:
    """Return a conversation as Markdown: questions as headings, answers with their quotes."""
    sections = "\n\n".join([f"# {_escaped(title)}", *map(_section, exchanges)])
    return f"{sections}\n"


def as_json(title: str, exchanges: Sequence[Exchange]) -> str:
    """Return a conversation as JSON, with the field names of `qa.types`."""
    entries = [
        {
            "question": exchange.question,
            "answer": to_dict(exchange.answer),
            "error": exchange.error,
            "stopped": exchange.cancelled,
        }
        for exchange in exchanges
    ]
    return json.dumps({"title": title, "exchanges": entries}, ensure_ascii=False, indent=2) + "\n"


def plain(answer: Answer) -> str:
    """Return an answer with its sources, as plain text for the clipboard."""
    quotes = (f"[{c.number}] “{_one_line(c.quote)}” — {_reference(c)}" for c in answer.citations)
    return "\n".join(
        [answer.question, "", answer.text, *([""] if answer.citations else []), *quotes]
    )


def _section(exchange: Exchange) -> str:
    heading = f"## {_escaped(exchange.question)}"
    if exchange.answer is None:
        return f"{heading}\n\n*{_escaped(exchange.error or 'Stopped.')}*"
    quotes = (
        f"{c.number}. “{_escaped(c.quote)}” — {_escaped(_reference(c))}"
        for c in exchange.answer.citations
    )
    parts = [heading, _answer(exchange.answer), "\n".join(quotes)]
    return "\n\n".join(part for part in parts if part)


def _answer(answer: Answer) -> str:
    """Return what an answer says: sentences as a paragraph, items and accounts as a list."""
    if answer.abstained:
        return _escaped(answer.text)
    if answer.form in {"catalogue", "talk", "timeline", "summary"}:
        lines = (line.removeprefix("• ") for line in answer.text.split("\n"))
        return "\n".join(f"- {_escaped(line)}" for line in lines)
    accounts, items = answer.form == "accounts", answer.form == "list"
    listed = [s for s in answer.statements if (accounts or items) and not s.generated]
    sentences = [statement_text(s) for s in answer.statements if s not in listed]
    # The reason comes between what a chat model wrote and what is quoted instead.
    sentences.insert(sum(s.generated for s in answer.statements), answer.fallback_reason)
    sentences.insert(0, answer.note)
    paragraph = " ".join(
        [*filter(None, sentences), *(["The articles differ:"] if accounts and listed else [])]
    )
    bullets = (f"- {_escaped(statement_text(s, with_origin=accounts, item=items))}" for s in listed)
    return "\n".join(filter(None, [_escaped(paragraph), *bullets]))


def _reference(citation: Citation) -> str:
    """Return where a quote comes from: title, outlet, date, address, article and span."""
    about = (
        citation.title or citation.article_id,
        citation.source,
        citation.published,
        citation.url,
        f"page {citation.page}" if citation.page else "",
    )
    place = f"{citation.article_id}:{citation.start}-{citation.end}"
    return ", ".join([*(part for part in about if part), place])


def _escaped(text: str) -> str:
    return _AT_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", _one_line(text)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
