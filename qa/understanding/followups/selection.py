"""Finds which of the articles that an answer listed is meant: the newest one, the second."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.dates import days
from qa.types import Answer, Link

_PLACES = ("first", "second", "third", "fourth", "fifth")
_PICK = re.compile(
    r"\bthe (?:very )?(?P<which>newest|latest|most recent|oldest|earliest|last|"
    rf"{'|'.join(_PLACES)})(?: (?:one|article|report|piece|story|text))\b(?! (?:about|on|of|in)\b)",
    re.IGNORECASE,
)
_NEWEST, _OLDEST = frozenset({"newest", "latest", "most recent"}), frozenset({"oldest", "earliest"})
# What only asks which one it is wants its title.
_NAMES_IT = re.compile(r"^\W*(?:and )?(?:which|what)(?: one)?(?:['’]s| is| was)\s*$", re.IGNORECASE)
_LEAST = 2


def picked(question: str, answers: Sequence[Answer]) -> Link | None:
    """Return the article of a list that a question picks; None if it picks none.

    Args:
        question: as it was asked, on one line.
        answers: of the conversation, the newest first; the first that lists articles counts.
    """
    found = _PICK.search(question)
    if found is None or _NAMES_IT.match(question[: found.start()]):
        return None
    lists = (list(dict.fromkeys(k for s in a.statements for k in s.links)) for a in answers)
    listed = next((links for links in lists if len(links) >= _LEAST), [])
    which = found["which"].lower()
    dated = sorted((link for link in listed if days(link.published)), key=_day)
    if which in _NEWEST | _OLDEST:
        return (dated[-1] if which in _NEWEST else dated[0]) if dated else None
    at = len(listed) - 1 if which == "last" else _PLACES.index(which)
    return listed[at] if 0 <= at < len(listed) else None


def _day(link: Link) -> int:
    return (days(link.published) or (0, 0))[0]
