"""Splits enumerations into items: those within a sentence, and lists of lines after a lead-in.

An item is a span of the text. If it is in doubt whether some words enumerate, they stay one span:
a name such as `Trinidad and Tobago`, a date, or a place with a comma in it must not be split.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from qa.lexicon import MONTHS, WEEKDAYS
from qa.text import Span

# Characters: a longer span is not an enumeration in prose.
_MAX_CHARS = 5_000
_MAX_ITEM_WORDS = 12

_MONTH = rf"(?:{'|'.join(MONTHS)})"
# Commas and conjunctions in these separate nothing: dates, names of firms and states, quotations.
_INDIVISIBLE = re.compile(
    rf"\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?, \d{{4}}\b|"
    rf"\b(?:{'|'.join(WEEKDAYS)}), (?={_MONTH}|\d)|"
    r",\s+(?:Inc|Ltd|LLC|Jr|Sr|Ph\.?D|MD)\b\.?|"
    r"\b(?:Antigua and Barbuda|Bosnia and Herzegovina|Heard Island and McDonald Islands|"
    r"(?:Saint|St\.?) Kitts and Nevis|(?:Saint|St\.?) Vincent and the Grenadines|"
    r"S[aã]o Tom[eé] and Pr[ií]ncipe|South Georgia and the South Sandwich Islands|"
    r"Svalbard and Jan Mayen|Trinidad and Tobago|(?:the )?Turks and Caicos(?: Islands)?|"
    r"Wallis and Futuna)\b|"
    r"“[^”]*”|\"[^\"]*\"|\([^()]*\)",
)
_INITIAL_CONJUNCTION = re.compile(r"(?:and|or|as well as)\s+", re.IGNORECASE)
_COMMA = re.compile(r",\s+")
_CONJUNCTION = re.compile(r"\s+(?:and|or)\s+")
_AS_WELL_AS = re.compile(r"\s+as\s+well\s+as\s+")
_BOTH = re.compile(r"(?:both|either)\s+", re.IGNORECASE)
_DETERMINER = re.compile(
    r"(?:the|an?|his|her|its|their|our|some|two|three|four|five|six|seven|eight|nine|ten|\d+)\s+",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?:is|are|was|were|has|had|have|will|would|can|could|should|may|might|must|did|does|"
    r"which|who|he|she|they|it)\b|"
    r"^(?:that|to|because|when|while|but|He|She|It|They|I|We)\b"
)
_PREPOSITION = re.compile(r"\b(?:of|for|in|on|at|to|with|from|between)\b", re.IGNORECASE)

_BULLET = r"(?:[-*•–][^\S\n]+|•|\d{1,3}[.)][^\S\n]+|[A-Za-z]\)[^\S\n]+)(?=\S)"
_ITEM_LINE = re.compile(rf"([^\S\n]*){_BULLET}")
_NEXT_ITEM_LINE = re.compile(rf"\n[^\S\n]*{_BULLET}")
_CAPITALISED = r"[^\W\d_a-z][\w’'.-]*\w"
_NAME = re.compile(rf"{_CAPITALISED}(?: (?:(?:of|de|da|van|von|the) )*{_CAPITALISED})*")
_SERIES = re.compile(
    rf"{_NAME.pattern}(?:, (?:the )?{_NAME.pattern})+,? and (?:the )?{_NAME.pattern}"
)
_LEAD_IN = re.compile(r":[\s*_]*\Z")
_ABBREVIATION = re.compile(r"(?:\.\w{1,3}|\b\w{1,3})\.\Z")


def enumeration_items(text: str, span: Span) -> list[Span]:
    """Return the spans of the items that a span of `text` enumerates, in order.

    Items are separated by the marks of list lines, by semicolons, by commas with `and` or `or`
    before the last, or by a single `and` between two that are alike. No item is empty or includes
    the marks around it.

    Returns:
        The whole span if it enumerates nothing; no span if it holds no word.
    """
    start, end = _strip(text, *span)
    if start >= end:
        return []
    if end - start > _MAX_CHARS:
        return [(start, end)]
    masked = _INDIVISIBLE.sub(lambda match: "x" * len(match.group()), text[start:end])
    is_range = text[max(0, start - 8) : start].lower().endswith("between ")
    parts = _parts(text[start:end], masked, is_range=is_range)
    found = [_strip(text, start + a, start + b) for a, b in parts]
    return [item for item in found if item[0] < item[1]] or [(start, end)]


def list_items_after(text: str, sentence: Span) -> list[Span]:
    """Return the spans of the list items on the lines after a sentence that ends with a colon.

    Items start with `-`, `*`, `•`, `–`, `1.`, `1)` or `a)`, which the spans leave out. There may be
    blank lines between them, and more deeply indented items belong to the one above. The list ends
    at the first other line.

    Returns:
        No spans for a sentence without a colon at its end.
    """
    if not _LEAD_IN.search(text[max(sentence[0], sentence[1] - 20) : sentence[1]]):
        return []
    return _items_below(text, sentence[1])


def list_items_around(text: str, span: Span) -> list[Span]:
    """Return the spans of the items of the list that a span of `text` is part of.

    Returns:
        No spans where its line is no item of a list.
    """
    start = text.rfind("\n", 0, span[0]) + 1
    if not _ITEM_LINE.match(text, start):
        return []
    above = start
    while start:
        start = text.rfind("\n", 0, start - 1) + 1
        line = text[start : text.index("\n", start)]
        if _ITEM_LINE.match(text, start):
            above = start
        elif line.strip() and not line[0].isspace():
            break
    return _items_below(text, above - 1) if above else []


def series_around(text: str, span: Span, within: Span) -> list[Span]:
    """Return the spans of the names of a series, `A, B and C`, in which a span has a part.

    Args:
        text: of the article.
        span: of a short answer, which may be only some of the names.
        within: its sentence.

    Returns:
        No spans where the span is part of no such series.
    """
    for match in _SERIES.finditer(text, *within):
        if match.start() < span[1] and span[0] < match.end():
            return [name.span() for name in _NAME.finditer(text, *match.span())]
    return []


def _items_below(text: str, position: int) -> list[Span]:
    """Return the spans of the list items on the lines below a position."""
    found: list[Span] = []
    indent: int | None = None
    for start, end in _lines_after(text, position):
        item = _ITEM_LINE.match(text, start, end)
        wrapped = found and text[start].isspace()
        if not item and not wrapped:
            break
        if item and indent is None:
            indent = len(item.group(1))
        if item and len(item.group(1)) <= (indent or 0):
            found.append(_strip(text, item.end(), end))
        elif not item and not _ITEM_LINE.match(text, start):
            adjacent = text.count("\n", found[-1][1], start) == 1
            found[-1] = _strip(text, found[-1][0], end) if adjacent else found[-1]
    return [(start, _without_full_stop(text, start, end)) for start, end in found if start < end]


def _parts(text: str, masked: str, *, is_range: bool) -> list[Span]:
    """Return the parts of an enumeration; in `masked` whatever is indivisible is only letters."""
    whole = (0, len(masked))
    if _NEXT_ITEM_LINE.search(masked):
        return _split(masked, _NEXT_ITEM_LINE, whole)
    if ";" in masked:
        parts = _split(masked, re.compile(";"), whole)
        return [_without_conjunction(masked, part) for part in parts]
    both = _BOTH.match(masked)
    within = (both.end() if both else 0, len(masked))
    as_well = _split(masked, _AS_WELL_AS, within)
    if len(as_well) == 2 and "," not in masked[slice(*as_well[1])]:
        return [*_series(text, masked, as_well[0]), as_well[1]]
    series = _series(text, masked, within)
    if len(series) > 1:
        return series
    pair = _split(masked, _CONJUNCTION, within)
    if len(pair) == 2 and "," not in masked and not is_range and (both or _are_alike(text, *pair)):
        return pair
    return [whole]


def _series(text: str, masked: str, within: Span) -> list[Span]:
    """Return the items of `A, B and C` or `A, B, and C`; the whole if it is no such series."""
    parts = _split(masked, _COMMA, within)
    *firsts, last = parts
    bare = _without_conjunction(masked, last)
    ends = [bare] if bare != last else _split(masked, _CONJUNCTION, last)
    found = [*firsts, *ends]
    if len(parts) < 2 or any(_CONJUNCTION.search(masked, *p) for p in firsts) or len(ends) > 2:
        return [within]
    conjoined = bare != last or len(ends) == 2
    if not conjoined and (len(parts) < 3 or any(text[start].isupper() for start, _ in parts)):
        return [within]  # `Paris, France`
    return found if _are_items(text, found) else [within]


def _are_items(text: str, parts: Sequence[Span]) -> bool:
    """Return whether the parts may be items: short, no clauses, no name with an apposition."""
    texts = [text[slice(*part)].strip() for part in parts]
    if any(not t or _CLAUSE.search(t) or len(t.split()) > _MAX_ITEM_WORDS for t in texts):
        return False
    appositions = (
        _is_name(a) and _DETERMINER.match(b) and not _is_name(b)
        for a, b in itertools.pairwise(texts)
    )
    return not any(appositions)


def _are_alike(text: str, left: Span, right: Span) -> bool:
    """Return whether both sides of a single `and` are of one kind: two names, or two phrases."""
    a, b = text[slice(*left)].strip(), text[slice(*right)].strip()
    if not a or not b or _CLAUSE.search(a) or _CLAUSE.search(b) or _is_name(a) != _is_name(b):
        return False
    determined = bool(_DETERMINER.match(a)), bool(_DETERMINER.match(b))
    if all(determined):
        return max(len(a.split()), len(b.split())) <= _MAX_ITEM_WORDS
    same_size = len(a.split()) == len(b.split()) <= 3
    plain = not any(determined) and not _PREPOSITION.search(a)
    return same_size and plain and a.isdecimal() == b.isdecimal()


def _is_name(phrase: str) -> bool:
    """Return whether a phrase is a name: capitalised, apart from its determiner."""
    match = _DETERMINER.match(phrase)
    return phrase[match.end() if match else 0 :][:1].isupper()


def _split(text: str, separator: re.Pattern[str], within: Span) -> list[Span]:
    parts, at = [], within[0]
    for match in separator.finditer(text, *within):
        parts.append((at, match.start()))
        at = match.end()
    return [*parts, (at, within[1])]


def _without_conjunction(text: str, part: Span) -> Span:
    """Return a part without the conjunction that it starts with, if any."""
    start = part[0]
    while start < part[1] and text[start].isspace():
        start += 1
    conjunction = _INITIAL_CONJUNCTION.match(text, start, part[1])
    return (conjunction.end() if conjunction else part[0]), part[1]


def _strip(text: str, start: int, end: int) -> Span:
    """Shrink a span by the white space, commas, semicolons, colons and `; and` around it."""
    while start < end and (text[start].isspace() or text[start] in ",;:"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in ",;:"):
        end -= 1
    for conjunction in (" and", " or"):
        before = end - len(conjunction)
        if text[start:end].endswith(conjunction) and text[before - 1] in ",;":
            return _strip(text, start, before)
    return start, end


def _without_full_stop(text: str, start: int, end: int) -> int:
    """Return the end of an item without its full stop, unless that ends an abbreviation."""
    full_stop = (
        text[end - 1] == "."
        and end - 1 > start
        and not _ABBREVIATION.search(text[max(start, end - 6) : end])
    )
    return end - 1 if full_stop else end


def _lines_after(text: str, start: int) -> Iterator[Span]:
    """Yield the spans of the lines after an index that are not blank; none if its line goes on."""
    newline = text.find("\n", start)
    if newline == -1 or text[start:newline].strip(" \t*_"):
        return
    while newline != -1:
        begin, newline = newline + 1, text.find("\n", newline + 1)
        end = len(text) if newline == -1 else newline
        if text[begin:end].strip():
            yield begin, end
