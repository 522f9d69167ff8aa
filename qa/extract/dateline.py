"""The dateline that a news text begins with: `MERROW, May 4 (Reuters) - ` says where it is from."""

from __future__ import annotations

import re

_PLACE = (
    r"(?P<place>[A-Z][A-Z’'.-]+(?: [A-Z][A-Z’'.-]+){0,3}"
    r"|[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2}(?=,\s\d|\s\([A-Z]))"
)
DATELINE = re.compile(
    rf"{_PLACE}(?P<state>,\s+[A-Z][A-Za-z. ’'-]*?)?(?:\s+\((?P<area>[A-Z][\w ’'-]*)\))?"
    r"(?:,?\s+(?P<date>(?:\d{1,2}\s+)?[A-Z][a-z]{2,8}\.?(?:\s+\d{1,2})?(?:,?\s+\d{4})?))?"
    r"(?:\s+\((?P<agency>[A-Z][\w &’'-]{1,40})\))?(?:\s+(?:-{1,2}|–)\s+|\s*—\s*)(?=\S)"
)
"""A place in capitals, or before a date or an agency; state, date, agency; a dash."""

_MOST_PARAGRAPHS, _MOST_CHARS = 12, 3000
_LONGEST = 150
_HASHES = re.compile(r"#{1,6} ")
_INITIALS = re.compile(r"(?:[A-Z]\.){2,}")
# In capitals before a dash, and no place.
_NO_PLACE = frozenset(
    "breaking update updated exclusive watch video live correction corrected analysis opinion "
    "explainer factbox note editor advisory urgent alert photos".split()
)


def place_of(text: str) -> str:
    """Return the place of a text's dateline, with its state if it names one; empty without one."""
    for line in text[:_MOST_CHARS].strip().split("\n")[:_MOST_PARAGRAPHS]:
        found = DATELINE.match(_HASHES.sub("", line.strip(), count=1)[:_LONGEST])
        if found:
            words = found["place"].lower().replace(".", " ").split()
            if _NO_PLACE.intersection(words) or len(found["place"]) < 3:
                continue
            return _written(found["place"]) + (found["state"] or "").rstrip(" ,")
    return ""


def _written(place: str) -> str:
    """Return a place in capitals as text has it: "New York"."""
    if not place.isupper() or _INITIALS.fullmatch(place):
        return place
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)?", lambda word: word[0].capitalize(), place)
