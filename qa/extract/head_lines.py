"""What the lines above a plain text say: headline, byline, outlet and date; and its dateline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qa.dates import in_name, iso
from qa.extract.dateline import DATELINE
from qa.lexicon import MONTHS
from qa.text import sentence_spans

_MOST_LINES, _LONGEST_LINE = 12, 150
_HEAD_CHARS = 4000
_HASHES = re.compile(r"^#{1,6} ", re.MULTILINE)
_BYLINE = re.compile(
    r"(?:by|words(?: by)?:|text(?: by)?:|interview(?: by)?:|report(?:ed|ing) by:?|author:|"
    r"byline:|written by:?)\s+"
    r"(?P<names>\S.*)",
    re.IGNORECASE,
)
_NAME = r"[A-Z][\w.’'-]*"
_NAMES = re.compile(
    rf"{_NAME}(?:\s+(?:{_NAME}|(?:de|van|von|der|den|la|le|bin|al|di|da|and|&)\b)){{0,8}}"
    rf"(?:,\s+{_NAME}\s+{_NAME}(?=,|\s+and\b|$))*(?:\s+and\s+{_NAME}(?:\s+{_NAME})*)?"
)
_PLACED = re.compile(rf"\s+in\s+{_NAME}(?:\s+{_NAME}){{0,3}}\s*$")
_PREFIX = re.compile(
    r"(?:first |last )?(?:published|posted|updated|dated?)(?: on| at)?:?\s+", re.IGNORECASE
)
_POSTED = re.compile(
    r"(?:posted|published|written)(?: on)?:?\s+(?P<date>.{6,40}?),?\s+(?P<byline>by\s.+)",
    re.IGNORECASE,
)
# What parts of a line are kept apart by; a time before its date; the page of a paper.
_MARK = re.compile(r"\s+[|·•›>]\s+")
_CLOCK = re.compile(r"^\d{1,2}[:.]\d\d(?:\s*[ap]\.?m\.?)?,?\s+(?=\S)", re.IGNORECASE)
_PAGE = re.compile(r",?\s+(?:pages?|pg|p)\.?\s*[A-Z]?\d+\s*$", re.IGNORECASE)
_NOTICES = frozenset({"press release", "news release", "media release", "press statement"})
_OUTLET = re.compile(r"[A-Z][\w.’'-]*(?:\s+(?:[A-Z][\w.’'-]*|&|of|and|the|online)){0,5}")
_SMALL_WORDS = re.compile(r"\b(?:And|In|De|Der|Den|Van|Von|Di|Da|La|Le|Bin|Al)\b")
_KICKER_WORDS = 3
_ENDS_LIKE_PROSE = re.compile(r"[^.!?…][.!?][\"'”’)]?$")


@dataclass(slots=True)
class Head:
    """What the lines above a text say; empty where they do not.

    Attributes:
        title: the headline.
        author: the names of the byline.
        source: the outlet.
        published: as ISO 8601 writes it.
        undated: the day of a dateline that lacks the year, as it is written.
    """

    title: str = ""
    author: str = ""
    source: str = ""
    published: str = ""
    undated: str = ""


def read_head(text: str, name: str) -> Head:
    """Return what the lines above a text, and its dateline, say.

    Args:
        text: plain, normalised.
        name: of the file; a date in it gives a dateline its year.
    """
    head = Head()
    paragraphs = _head_paragraphs(text)
    mastheads = _mastheads(paragraphs)
    titles = list[str]()
    for paragraph in paragraphs:
        for number, line in enumerate(paragraph):
            if not (_take_byline(head, line) or _take_date(head, line)):
                titled = paragraph is not paragraphs[0] or number > 0
                if line in mastheads or (titled and _is_outlet(paragraph, number)):
                    head.source = head.source or line
                else:
                    titles.append(line)
    long_enough = (line for line in titles if not _is_kicker(line))
    head.title = next(long_enough, titles[0] if titles else "")
    _take_dateline(head, text, name)
    return head


def completed(fields: dict[str, Any], text: str, name: str) -> None:
    """Set what the lines above a text say of its author, outlet and date.

    They are surer than what a program noted of its user and of the file.

    Args:
        fields: of the article.
        text: whose headings may begin with hashes.
        name: of the file.
    """
    head = read_head(_HASHES.sub("", text[:_HEAD_CHARS]), name)
    for field in ("author", "source", "published"):
        fields[field] = getattr(head, field) or fields.get(field, "")


def _head_paragraphs(text: str) -> list[list[str]]:
    """Return the lines of each paragraph above the text itself; none if all lines are short."""
    paragraphs: list[list[str]] = [[]]
    for number, line in enumerate(text.lstrip("\n").split("\n")):
        shown = line.strip()
        if number >= _MOST_LINES or len(shown) > _LONGEST_LINE or _is_prose(shown):
            return [paragraph for paragraph in paragraphs if paragraph]
        if shown:
            paragraphs[-1].append(shown)
        else:
            paragraphs.append([])
    return []


def _is_prose(line: str) -> bool:
    if not line or _BYLINE.match(line) or _date_in(line)[1]:
        return False
    return (
        bool(DATELINE.match(line) or _ENDS_LIKE_PROSE.search(line)) or len(sentence_spans(line)) > 1
    )


def _mastheads(paragraphs: Sequence[Sequence[str]]) -> set[str]:
    """Return the lines above the first date if they are an outlet's, and a title follows."""
    if len(paragraphs) < 2 or len(paragraphs[0]) < 2 or not _date_in(paragraphs[0][-1])[1]:
        return set()
    bylines = any(_BYLINE.match(line) for line in paragraphs[0])
    named = _OUTLET.fullmatch(paragraphs[0][0])
    return set(paragraphs[0][:-1]) if named and not bylines else set()


def _is_outlet(paragraph: Sequence[str], number: int) -> bool:
    """Return whether a line looks like an outlet's name and precedes a line with only a date."""
    below = paragraph[number + 1] if number + 1 < len(paragraph) else ""
    before, date = _date_in(below)
    return bool(date) and not before and _OUTLET.fullmatch(paragraph[number]) is not None


def _is_kicker(line: str) -> bool:
    return bool(_MARK.search(line)) or (line.isupper() and len(line.split()) <= _KICKER_WORDS)


def _take_byline(head: Head, line: str) -> bool:
    if posted := _POSTED.fullmatch(line):  # "Posted on 5 May 2025 by Nell Harrow"
        head.published = head.published or iso(posted["date"])
        line = posted["byline"]
    found = _BYLINE.fullmatch(line)
    if not found:
        return False
    names = found["names"]
    head.published = head.published or _dates_behind(names)
    if names.isupper():
        names = _SMALL_WORDS.sub(lambda word: word[0].lower(), names.title())
    if people := _NAMES.match(_PLACED.sub("", names)):
        head.author = head.author or people[0].strip(" ,")
    return True


def _dates_behind(names: str) -> str:
    """Return the date that follows the names of a byline; empty if none does."""
    _, mark, rest = names.partition(next(iter(_MARK.findall(names)), " on "))
    return iso(_PREFIX.sub("", rest.strip())) if mark else ""


def _take_date(head: Head, line: str) -> bool:
    before, date = _date_in(line)
    if not date:
        return False
    head.published = head.published or date
    # One word may be a place as well as an outlet: then it is neither.
    if len(before.split()) > 1 and before.lower() not in _NOTICES:
        head.source = head.source or before
    return True


def _date_in(line: str) -> tuple[str, str]:
    """Return what precedes the date that ends a line, and the date; both may be empty."""
    for part in _MARK.split(line)[:2]:
        before, date = _date_at_end(_PAGE.sub("", part))
        if date:
            return before, date
    return "", ""


def _date_at_end(line: str) -> tuple[str, str]:
    line = _CLOCK.sub("", _PREFIX.sub("", line, count=1))
    words = line.split()
    for start in range(max(0, len(words) - 9), len(words)):
        if date := iso(" ".join(words[start:])):
            if "-" not in date:  # a number of four digits is hardly the year
                return "", ""
            before = " ".join(words[:start]).rstrip(" ,:;|–—-")
            named = not before or _OUTLET.fullmatch(before)
            return (before, date) if named else ("", "")  # a headline may end with a date
    return "", ""


def _take_dateline(head: Head, text: str, name: str) -> None:
    for line in text.split("\n")[: _MOST_LINES + 1]:
        found = DATELINE.match(line.strip()[:_LONGEST_LINE])
        if not found:
            continue
        agency = found["agency"] or ("" if found["date"] else found["area"])
        head.source = head.source or agency or ""
        written = found["date"] or ""
        if head.published or not any(month[:3] in written for month in MONTHS):
            return
        head.published = iso(written)
        if not head.published:
            named = in_name(name)
            if named and iso(f"{written} {named[:4]}") == named:
                head.published = named
            else:
                head.undated = written
        return
