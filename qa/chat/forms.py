"""The text of an answer in its form: sentences, a list, or accounts beside each other.

`qa.writer` gives an answer its form. Here it is read off the text and checked against the citations: what fits no form,
such as the free text of a chat model, shows as it stands.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.chat.markup import MARKER, byline, marker, piece, with_markers
from qa.citations import flat, origin
from qa.types import Answer, Citation
from qa.writer import CLAIM, ITEM

_BEFORE_QUOTATION = ": "
# The citations come last. Until then a quotation is what stands in quotation marks, which may hold others, and the
# origin of an account what stands in brackets.
_GROWING_QUOTATION = re.compile(r"“(?:[^“”]|“[^“”]*”)*”?")
_GROWING_ORIGIN = re.compile(r" \(([^()]*)\) $")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of an answer, cut at its first marker.

    Attributes:
        said: what stands before the marker.
        marker: as it stands in the text; empty where the line has none.
        cited: where the marker leads.
        origin: outlet and date where an item names them behind what is said, as HTML.
        quotation: the cited sentence, where it follows the marker in quotation marks, and these.
        rest: what stands behind all that.
    """

    said: str
    marker: str = ""
    cited: Citation | None = None
    origin: str = ""
    quotation: str = ""
    rest: str = ""


def formed(text: str, exchange: int, citations: Sequence[Citation] = (), *, short: str = "") -> str:
    """Return the text of an answer, or what has come of it, as paragraphs and lists.

    Args:
        text: with its markers.
        exchange: the number of the answer's exchange on this page.
        citations: of the answer; none while it grows, when its markers lead nowhere.
        short: words to stress where a sentence begins the answer.
    """
    blocks: list[str] = []
    for listed, lines in itertools.groupby(text.split("\n"), key=lambda line: line.startswith(ITEM)):
        if listed:
            blocks.append(_list([_cut(line, citations) for line in lines], exchange, citations))
        elif (paragraph := "\n".join(lines)).strip():
            html = _paragraph(paragraph, exchange, citations, "" if blocks else short)
            blocks.append(f'<p class="text" dir="auto">{html}</p>')
    return "".join(blocks)


def is_quoted(answer: Answer) -> bool:
    """Tell whether an answer begins with words of its first quote, which is what its confidence speaks of."""
    cuts = (_cut(line, answer.citations) for line in answer.text.split("\n"))
    first = next((line for line in cuts if line.cited), None)
    if first is None or first.cited is None:
        return False
    return bool(first.quotation) or first.said.strip() in flat(first.cited.quote)


def _cut(line: str, citations: Sequence[Citation]) -> _Line:
    item, text = line.startswith(ITEM), line.removeprefix(ITEM)
    known = {citation.number: citation for citation in citations}
    for match in MARKER.finditer(text):
        cited = known.get(int(match.group(1)))
        if cited or not citations:
            quotation = _quotation(text, match.end(), cited)
            before = text[: match.start()]
            said, origin = _parted(before, cited) if item and (cited or quotation) else (before, "")
            end = match.end() + (len(_BEFORE_QUOTATION + quotation) if quotation else 0)
            return _Line(said, match.group(), cited, origin, quotation, text[end:])
    return _Line(text)


def _parted(text: str, cited: Citation | None) -> tuple[str, str]:
    """Return what an item says and the origin that it names, as HTML."""
    if cited is None:
        growing = _GROWING_ORIGIN.search(text)
        return (text[: growing.start()], piece(growing.group(1))) if growing else (text, "")
    said = text.removesuffix(f" ({origin(cited)}) ")
    return said, byline(cited.source or cited.title or cited.article_id, cited.published) if said != text else ""


def _quotation(line: str, start: int, cited: Citation | None) -> str:
    """Return the quotation in a line after the marker that ends at `start`; nothing if other words stand there."""
    if not line.startswith(_BEFORE_QUOTATION, start):
        return ""
    start += len(_BEFORE_QUOTATION)
    if cited is None:
        growing = _GROWING_QUOTATION.match(line, start)
        return growing.group() if growing else ""
    exact = f"“{flat(cited.quote)}”"
    return exact if line.startswith(exact, start) else ""


def _paragraph(text: str, exchange: int, citations: Sequence[Citation], short: str) -> str:
    line = _cut(text, citations)
    if line.quotation:
        return _stated(line, exchange, citations)
    return with_markers(text, exchange, citations, stress=short)


def _list(lines: Sequence[_Line], exchange: int, citations: Sequence[Citation]) -> str:
    """Return a list; one whose every item names its origin or quotes a sentence is of accounts."""
    accounts = all(line.origin or line.quotation for line in lines)
    items = "".join(f'<li dir="auto">{_stated(line, exchange, citations)}</li>' for line in lines)
    # The style sheet takes the bullets of accounts away, and with them Safari takes the list.
    return f'<ul class="accounts" role="list">{items}</ul>' if accounts else f'<ul class="items">{items}</ul>'


def _stated(line: _Line, exchange: int, citations: Sequence[Citation]) -> str:
    """Return a line with its short answer stressed, if its quotation holds it, and the quotation apart from it."""
    lead = line.said.strip().partition(CLAIM)[0]
    said = piece(line.said, stress=lead if lead in line.quotation else "")
    mark = marker(line.cited, exchange) if line.cited else piece(line.marker)
    if line.origin:
        mark = f' <span class="origin">{line.origin} {mark}</span>'
    quotation = f" {piece(line.quotation, tag='q')}" if line.quotation else ""
    return f"{said}{mark}{quotation}{with_markers(line.rest, exchange, citations)}"
