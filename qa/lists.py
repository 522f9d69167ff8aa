"""Finds the items of a list: in the words of an enumeration, or on the lines that follow a lead-in.

An item is a span of the text as it stands. Where it is not plain that some words enumerate, they stay one span: a name
such as `Trinidad and Tobago`, a date or a place with a comma in it must not be torn apart.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from qa.text import Span

# Longer than any enumeration of prose.
_LONGEST = 5_000
_LONGEST_ITEM = 12

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
# Commas and conjunctions that part nothing: within dates, names of firms, and states named after two islands or lands.
_WHOLE = re.compile(
    rf"\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?, \d{{4}}\b|"
    rf"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?={_MONTH}|\d)|"
    r",\s+(?:Inc|Ltd|LLC|Jr|Sr|Ph\.?D|MD)\b\.?|"
    r"\b(?:Antigua and Barbuda|Bosnia and Herzegovina|Heard Island and McDonald Islands|"
    r"(?:Saint|St\.?) Kitts and Nevis|(?:Saint|St\.?) Vincent and the Grenadines|S[aã]o Tom[eé] and Pr[ií]ncipe|"
    r"South Georgia and the South Sandwich Islands|Svalbard and Jan Mayen|Trinidad and Tobago|"
    r"(?:the )?Turks and Caicos(?: Islands)?|Wallis and Futuna)\b|"
    r"“[^”]*”|\"[^\"]*\"|\([^()]*\)",
)
_LINK = re.compile(r"(?:and|or|as well as)\s+", re.IGNORECASE)
_JOINT = re.compile(r"\s+(?:and|or)\s+")
_AS_WELL = re.compile(r"\s+as\s+well\s+as\s+")
_BOTH = re.compile(r"(?:both|either)\s+", re.IGNORECASE)
_DETERMINER = re.compile(
    r"(?:the|an?|his|her|its|their|our|some|two|three|four|five|six|seven|eight|nine|ten|\d+)\s+", re.IGNORECASE
)
_CLAUSE = re.compile(
    r"\b(?:is|are|was|were|has|had|have|will|would|can|could|should|may|might|must|did|does|which|who|he|she|they|it)\b|"
    r"^(?:that|to|because|when|while|but|He|She|It|They|I|We)\b"
)
_OF = re.compile(r"\b(?:of|for|in|on|at|to|with|from|between)\b", re.IGNORECASE)

_MARK = r"(?:[-*•–][^\S\n]+|•|\d{1,3}[.)][^\S\n]+|[A-Za-z]\)[^\S\n]+)(?=\S)"
_LINE = re.compile(rf"([^\S\n]*){_MARK}")
_NEXT_LINE = re.compile(rf"\n[^\S\n]*{_MARK}")
_LEAD_IN = re.compile(r":[\s*_]*\Z")
_ABBREVIATED = re.compile(r"(?:\.\w{1,3}|\b\w{1,3})\.\Z")


def items(text: str, span: Span) -> list[Span]:
    """Return the spans of the items that a span of `text` enumerates, in order; itself where it enumerates nothing.

    Items are parted by the marks of list lines, by semicolons, by commas with `and` or `or` before the last, or by one
    `and` between two that look alike. No item is empty, and none holds the marks around it; a span without any word has
    no items.
    """
    start, end = _stripped(text, *span)
    if start >= end:
        return []
    if end - start > _LONGEST:
        return [(start, end)]
    flat = _WHOLE.sub(lambda match: "x" * len(match.group()), text[start:end])
    parts = _parts(text[start:end], flat, between=text[max(0, start - 8) : start].lower().endswith("between "))
    found = [_stripped(text, start + a, start + b) for a, b in parts]
    return [part for part in found if part[0] < part[1]] or [(start, end)]


def following(text: str, sentence: Span) -> list[Span]:
    """Return the spans of the list items on the lines behind a sentence that ends with a colon; none for any other.

    Items begin with `-`, `*`, `•`, `–`, `1.`, `1)` or `a)`, which they do not hold. Blank lines may stand between them,
    and items that are set in deeper belong to the one above. The list ends with the first other line.
    """
    if not _LEAD_IN.search(text[max(sentence[0], sentence[1] - 20) : sentence[1]]):
        return []
    found: list[Span] = []
    indent: int | None = None
    for start, end in _lines(text, sentence[1]):
        item = _LINE.match(text, start, end)
        wrapped = found and text[start].isspace()
        if not item and not wrapped:
            break
        if item and indent is None:
            indent = len(item.group(1))
        if item and len(item.group(1)) <= (indent or 0):
            found.append(_stripped(text, item.end(), end))
        elif not item and not _LINE.match(text, start):
            found[-1] = _continued(text, found[-1], start, end)
    return [(start, _without_stop(text, start, end)) for start, end in found if start < end]


def _parts(shown: str, flat: str, *, between: bool) -> list[Span]:
    """Return the parts of an enumeration; `flat` is what is shown, with all that must stay whole as letters."""
    whole = [(0, len(flat))]
    if _NEXT_LINE.search(flat):
        return _split(flat, _NEXT_LINE, whole[0])
    if ";" in flat:
        return [_unlinked(flat, part) for part in _split(flat, re.compile(";"), whole[0])]
    both = _BOTH.match(flat)
    start = both.end() if both else 0
    as_well = _split(flat, _AS_WELL, (start, len(flat)))
    if len(as_well) == 2 and "," not in flat[slice(*as_well[1])]:
        return [*_series(shown, flat, as_well[0]), as_well[1]]
    series = _series(shown, flat, (start, len(flat)))
    if len(series) > 1:
        return series
    pair = _split(flat, _JOINT, (start, len(flat)))
    if len(pair) == 2 and "," not in flat and not between and (both or _alike(shown, *pair)):
        return pair
    return whole


def _series(shown: str, flat: str, within: Span) -> list[Span]:
    """Return the items of `A, B and C` or `A, B, and C`; the whole where it is none."""
    parts = _split(flat, re.compile(r",\s+"), within)
    *firsts, last = parts
    linked = _unlinked(flat, last)
    ends = [linked] if linked != last else _split(flat, _JOINT, last)
    found = [*firsts, *ends]
    if len(parts) < 2 or any(_JOINT.search(flat, *part) for part in firsts) or len(ends) > 2:
        return [within]
    conjoined = linked != last or len(ends) == 2
    if not conjoined and (len(parts) < 3 or any(shown[a].isupper() for a, _ in parts)):
        return [within]  # `Paris, France`
    return found if _enumerable(shown, found) else [within]


def _enumerable(shown: str, parts: Sequence[Span]) -> bool:
    """Tell whether the parts may be items: no clauses, none long, and no name with `the mayor` behind it."""
    texts = [shown[a:b].strip() for a, b in parts]
    if any(not t or _CLAUSE.search(t) or len(t.split()) > _LONGEST_ITEM for t in texts):
        return False
    described = (_is_name(a) and _DETERMINER.match(b) and not _is_name(b) for a, b in itertools.pairwise(texts))
    return not any(described)


def _alike(shown: str, left: Span, right: Span) -> bool:
    """Tell whether the two sides of a lone `and` are of one kind: two names, or two phrases."""
    a, b = shown[slice(*left)].strip(), shown[slice(*right)].strip()
    if not a or not b or _CLAUSE.search(a) or _CLAUSE.search(b) or _is_name(a) != _is_name(b):
        return False
    articles = bool(_DETERMINER.match(a)), bool(_DETERMINER.match(b))
    if articles == (True, True):
        return max(len(a.split()), len(b.split())) <= _LONGEST_ITEM
    same_size = len(a.split()) == len(b.split()) <= 3
    return same_size and not any(articles) and not _OF.search(a) and a.isdecimal() == b.isdecimal()


def _is_name(words: str) -> bool:
    """Tell whether a phrase is a name: it begins with a capital behind its article."""
    match = _DETERMINER.match(words)
    return words[match.end() if match else 0 :][:1].isupper()


def _split(flat: str, mark: re.Pattern[str], within: Span) -> list[Span]:
    found, at = [], within[0]
    for match in mark.finditer(flat, *within):
        found.append((at, match.start()))
        at = match.end()
    return [*found, (at, within[1])]


def _unlinked(flat: str, part: Span) -> Span:
    """Return a part without the `and` that it begins with."""
    start = part[0]
    while start < part[1] and flat[start].isspace():
        start += 1
    link = _LINK.match(flat, start, part[1])
    return (link.end() if link else part[0]), part[1]


def _stripped(text: str, start: int, end: int) -> Span:
    """Return a span without white space, commas, semicolons and colons around it, and without `; and` behind it."""
    while start < end and (text[start].isspace() or text[start] in ",;:"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in ",;:"):
        end -= 1
    for link in (" and", " or"):
        if text[start:end].endswith(link) and text[end - len(link) - 1] in ",;":
            return _stripped(text, start, end - len(link))
    return start, end


def _without_stop(text: str, start: int, end: int) -> int:
    """Return the end of an item without a full stop, unless that is an abbreviation's."""
    stop = text[end - 1] == "." and end - 1 > start and not _ABBREVIATED.search(text[max(start, end - 6) : end])
    return end - 1 if stop else end


def _lines(text: str, start: int) -> Iterator[Span]:
    """Yield the spans of the lines behind an index that are not blank; nothing if its own line goes on."""
    newline = text.find("\n", start)
    if newline == -1 or text[start:newline].strip(" \t*_"):
        return
    while newline != -1:
        begin, newline = newline + 1, text.find("\n", newline + 1)
        end = len(text) if newline == -1 else newline
        if text[begin:end].strip():
            yield begin, end


def _continued(text: str, item: Span, start: int, end: int) -> Span:
    """Return an item with the line that goes on with it, if no blank line stands between."""
    return _stripped(text, item[0], end) if text.count("\n", item[1], start) == 1 else item
