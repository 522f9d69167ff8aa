"""Who speaks in a transcript, whose turns begin with labels: `MS TORREN: My street shakes`."""

from __future__ import annotations

import bisect
import functools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qa.text import Span, paragraph_spans

_LABEL = re.compile(
    r"^[^\S\n]*(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?[\])]?[^\S\n]+)?"  # a time code
    r"\**(?P<name>[A-Z][\w’'-]*\.?(?:[^\S\n]+[A-Z][\w’'-]*\.?){0,3})\**:\**[^\S\n]+(?=\S)",
    re.MULTILINE,
)
_TITLED = re.compile(
    r"(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|lord|lady|judge|justice|cllr|councillor|sen|"
    r"senator|rep|the (?:chair\w*|president|speaker|coroner|judge|minister|mayor))\b",
    re.IGNORECASE,
)
# Labels of web pages, lists and press releases, which may well be repeated.
_NOBODY = frozenset(
    "q a question answer photo image picture caption credit source related note update updated "
    "correction watch listen read more see also what when where who why how date time place venue "
    "contact tel email live breaking analysis".split()
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says in one paragraph: the span of the name, and of the whole turn."""

    name: Span
    span: Span


def turn_at(text: str, offset: int) -> Turn | None:
    """Return the turn that a character of a text belongs to; None where nobody is known to speak.

    At least two speakers must have turns, and each a title, or more turns than one: else a label
    may be that of a list or a caption.
    """
    turns = _turns(text)
    at = bisect.bisect_right(turns, offset, key=lambda turn: turn.span[0]) - 1
    return turns[at] if at >= 0 and offset < turns[at].span[1] else None


def speaker_name(text: str, span: Span) -> str:
    """Return the words of a span; the name of a label in capitals as names are written."""
    name = text[slice(*span)]
    turn = turn_at(text, span[0]) if name.isupper() else None
    return name.title() if turn and span[1] <= turn.name[1] else name


@functools.lru_cache(maxsize=64)
def _turns(text: str) -> Sequence[Turn]:
    if not _LABEL.search(text):
        return ()
    found = [match for match in _LABEL.finditer(text) if not _is_nobody(match["name"])]
    counts = Counter(match["name"] for match in found)
    speakers = {name for name, n in counts.items() if n > 1 or _TITLED.match(name)}
    if len(speakers) < 2:
        return ()
    labels = [match for match in found if match["name"] in speakers]
    starts = [match.start("name") for match in labels]
    turns = []
    for start, end in paragraph_spans(text):
        inside = labels[bisect.bisect_left(starts, start) : bisect.bisect_left(starts, end)]
        ends = [match.start() for match in inside[1:]] + [end]
        turns += [
            Turn(match.span("name"), (max(match.start(), start), until))
            for match, until in zip(inside, ends, strict=False)
        ]
    return tuple(turns)


def _is_nobody(name: str) -> bool:
    return all(word in _NOBODY for word in name.lower().split())
