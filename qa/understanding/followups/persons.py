"""Learns from the articles who is a person, and whether he, she, it or they take up a name.

So it is the articles that tell who is a woman and what is a ship, rather than a list of names.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from qa.text import STOP_WORDS
from qa.understanding.followups.mentions import names

PRONOUNS: tuple[frozenset[str], ...] = tuple(
    map(
        frozenset,
        (
            ("he", "him", "his"),
            ("she", "her", "hers"),
            ("it", "its"),
            ("they", "them", "their", "theirs"),
        ),
    )
)
HE, SHE = 0, 1
_TITLES = {"mr": HE, "sir": HE, "ms": SHE, "mrs": SHE, "miss": SHE}
_DETERMINERS = frozenset("the a an this that its their our".split())
_WORD = re.compile(r"[\w’']+")
_BEFORE = re.compile(r"([\w’'-]+)\.?[ \n]+$")
# `Mara Voss, 44,`
_AGED = re.compile(r",\s+\d\d,")
# How far behind a name a pronoun is taken to refer to it.
_REACH = 160
_LONGEST_WORD = 40
# A title counts as much as this many pronouns.
_TITLE = 2.0
_DOUBT = 0.5
_LOCATIVE = frozenset("in at off near inside outside around across".split())
_MOSTLY = 0.4
_TEXTS = 1024


def pronoun_shares(name: str, texts: Sequence[str]) -> list[float]:
    """Return how often he, she, it and they take up a name in some texts, as shares.

    A surname alone counts unless it may be somebody else's of that name.
    """
    counts = [_DOUBT] * len(PRONOUNS)
    own = set(name.split())
    for text, end, before in _mentions(name, texts):
        title = _TITLES.get(before.casefold())
        if title is not None:
            counts[title] += _TITLE
        group = _taken_up(text[end : end + _REACH], _parts(text) - own)
        if group is not None:
            counts[group] += 1
    return [count / sum(counts) for count in counts]


def is_person(name: str, texts: Sequence[str]) -> bool:
    """Return whether some texts call somebody so: by a whole name and by its last word alone.

    Places and bodies are called by the last word of their name only behind an article, have no
    title now and a first name then, and no age. A name of one word is a surname if most texts have
    a first name before it where they first mention it.
    """
    mentions = list(_mentions(name, texts))
    before = {word for _, _, word in mentions if _is_forename(word)}
    if any(word.casefold() in _TITLES for _, _, word in mentions):
        return True
    if " " not in name:
        openings: dict[str, bool] = {}
        for text, _, word in mentions:
            openings.setdefault(text, _is_forename(word))
        return bool(openings) and sum(openings.values()) > len(openings) / 2
    alone = any(word.islower() and word not in _DETERMINERS for _, _, word in mentions)
    aged = any(_AGED.match(text, end) for text, end, _ in mentions)
    return bool(before) and (alone or aged or len(before) > 1)


def is_common(name: str, texts: Sequence[str]) -> bool:
    """Return whether some texts have a name's last word as a common noun: the harbour, a bank."""
    last = re.compile(rf"\b{re.escape(name.rsplit(maxsplit=1)[-1].lower())}\b")
    return any(last.search(text) for text in texts)


def is_place(name: str, texts: Sequence[str]) -> bool:
    """Return whether some texts mostly tell what is in, at, off or near what is called so."""
    before = [
        match[1].casefold()
        for text in texts
        for match in re.finditer(rf"([\w’'-]+)\s+{re.escape(name)}\b", text)
    ]
    return sum(word in _LOCATIVE for word in before) > _MOSTLY * len(before)


def _mentions(name: str, texts: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Yield the text, the end and the word before of each mention of a name or its last word.

    Mentions of others with the same last word are left out; where there are such, so are the texts
    that do not have the whole name.
    """
    *first, last = name.split()
    pattern = re.compile(rf"\b{re.escape(last)}\b")
    found = []
    for text in texts:
        for match in pattern.finditer(text):
            before = _BEFORE.search(text, max(0, match.start() - _LONGEST_WORD), match.start())
            found.append((text, match.end(), before[1] if before else ""))
    own = [each for each in found if not first or not _is_forename(each[2]) or each[2] in first]
    shared = len(own) < len(found)
    yield from (each for each in own if not shared or name in each[0])


def _is_forename(word: str) -> bool:
    folded = word.casefold()
    return word[:1].isupper() and folded not in STOP_WORDS and folded not in _TITLES


def _taken_up(text: str, others: frozenset[str]) -> int | None:
    """Return the group of the first pronoun of a text; None if another name comes before it.

    Behind a name of one word, which may be a place or a day, only he and she still count.
    """
    things = True
    for word in _WORD.findall(text):
        folded = word.casefold()
        group = next((at for at, words in enumerate(PRONOUNS) if folded in words), None)
        if group is not None and (things or group in {HE, SHE}):
            return group
        if word[0].isupper() and folded not in STOP_WORDS:
            if word in others:
                return None
            things = False
    return None


@functools.lru_cache(maxsize=_TEXTS)
def _parts(text: str) -> frozenset[str]:
    """Return the words of the names of several words in a text: of the people it names in full."""
    return frozenset(word for name in names(text) if " " in name for word in name.split())
