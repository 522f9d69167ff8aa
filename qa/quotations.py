"""Finds what quotation marks and brackets enclose, also where a mark is missing or too many.

News has quotations of several paragraphs, each of which opens again while only the last closes;
marks that were lost or doubled on the way; inches; and apostrophes that look like closing marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_DOUBLE = re.compile('["“”„«»]')
_SINGLE = re.compile("['‘’]")
_BRACKET = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_BEFORE_OPENING = re.compile(r"(?:^|[\s(\[—–\-/:*_\"“‘'])$")
_SENTENCE_BEFORE = re.compile(r"(?:^|[.!?…:,—–][\"”’*_)\]]*\s*)$")
_OPENINGS = {'"': '"“„«', "'": "'‘"}


def enclosed_spans(part: str, following: str, longest: int) -> list[Span]:
    """Return the spans within which no sentence ends, in order and without overlaps.

    Args:
        part: a paragraph, or a part of one.
        following: the first character of the next paragraph; a quotation that is open at the end
            goes on there if it opens one.
        longest: of a span; what is longer is none.
    """
    found = [*_double(part, following), *_single(part, following)]
    found += (
        [match.span() for match in _BRACKET.finditer(part)] if "(" in part or "[" in part else []
    )
    merged = list[Span]()
    for start, end in sorted(span for span in found if span[1] - span[0] <= longest):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _double(part: str, following: str) -> Iterator[Span]:
    opened = -1
    marks = [match.start() for match in _DOUBLE.finditer(part)]
    for number, at in enumerate(marks):
        if _is_inches(part, at, marks[number + 1] if number + 1 < len(marks) else -1, opened):
            continue
        if _opens(part, at):
            # A second opening: the first was lost, unless a sentence began with it.
            if opened < 0 or not _SENTENCE_BEFORE.search(part, max(0, opened - 8), opened):
                opened = at
        elif opened >= 0:
            yield opened, at + 1
            opened = -1
    if opened >= 0 and following and following in _OPENINGS['"']:
        yield opened, len(part)


def _opens(part: str, at: int) -> bool:
    mark = part[at]
    if mark in "“„«‘":
        # In German, “ closes what „ opened.
        return not (
            mark == "“"
            and at > 0
            and not part[at - 1].isspace()
            and part[at - 1] not in "(—–-[:*_/'\""
        )
    if mark in "”»":
        return False
    after = part[at + 1 : at + 2]
    return (
        bool(_BEFORE_OPENING.search(part, max(0, at - 1), at))
        and bool(after)
        and not after.isspace()
    )


def _is_inches(part: str, at: int, following: int, opened: int) -> bool:
    """Return whether a straight mark behind a digit means inches: 6" wide."""
    if part[at] != '"' or at == 0 or not part[at - 1].isdigit():
        return False
    # Within a quotation it closes, unless a closing mark follows before anything opens.
    return opened < 0 or (following > 0 and not _opens(part, following))


def _single(part: str, following: str) -> Iterator[Span]:
    """Yield what single quotation marks enclose; many of them are apostrophes."""
    if "'" not in part and "‘" not in part:
        return
    opened = closed = -1
    for match in _SINGLE.finditer(part):
        at = match.start()
        if _opens_single(part, at):
            if closed >= 0:
                yield opened, closed + 1
            opened, closed = at, -1
        elif opened >= 0 and (closed < 0 or part[at - 1] in ".,!?…;"):
            # The last that follows a mark, else the first: those between are apostrophes.
            closed = at if _closes_single(part, at) else closed
    if closed >= 0:
        yield opened, closed + 1
    elif opened >= 0 and following and following in _OPENINGS["'"]:
        yield opened, len(part)


def _opens_single(part: str, at: int) -> bool:
    after = part[at + 1 : at + 2]
    before = bool(_BEFORE_OPENING.search(part, max(0, at - 1), at))
    return (
        part[at] != "’" and before and bool(after) and not after.isspace() and not after.isdigit()
    )


def _closes_single(part: str, at: int) -> bool:
    after = part[at + 1 : at + 2]
    return part[at] != "‘" and not part[at - 1].isspace() and not after.isalnum()
