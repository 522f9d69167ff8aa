"""Which articles to search."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.dates import days
from qa.errors import SettingsError, shortened
from qa.languages import checked_code, name_of

_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles to search: those that meet every condition given; all, if none is given.

    Attributes:
        source: the outlet's whole name; case and white space are ignored.
        author: the author's whole name, or one of several; case and white space are ignored.
        since: the first day: `2024-01-31`, `2024-01` or `2024`.
        until: the last day, inclusive.
        article_ids: only these articles.
        place: where it was written, as its dateline says; "Austin" is also "Austin, Texas".
        language: its code or English name: "es" or "Spanish"; "es-MX" is the same.

    Raises:
        SettingsError: a date has another format, the first day comes after the last, or the
            language is unknown.
    """

    source: str = ""
    author: str = ""
    since: str = ""
    until: str = ""
    article_ids: tuple[str, ...] = ()
    place: str = ""
    language: str = ""

    def __post_init__(self) -> None:
        if self.language:
            checked_code(self.language)
        for name in ("since", "until"):
            if (text := getattr(self, name)) and not (_DATE.fullmatch(text) and days(text)):
                raise SettingsError(
                    f"{name} = {text!r}: write a date as 2024-01-31, 2024-01 or 2024"
                )
        if self.first_day > self.last_day:
            raise SettingsError(f"since = {self.since!r} comes after until = {self.until!r}")

    def __bool__(self) -> bool:
        """Return whether there is any condition."""
        return self != Filter()

    def __str__(self) -> str:
        """Return the conditions in words."""
        ids = ", ".join(map(shortened, self.article_ids))
        parts = [
            f"{name} “{shortened(text)}”"
            for name in ("source", "author", "place")
            if (text := getattr(self, name))
        ]
        parts += [f"{name} {text}" for name in ("since", "until") if (text := getattr(self, name))]
        if self.language:
            parts.append(f"language {name_of(self.language)}")
        if ids:
            parts.append(f"article{'s' * (len(self.article_ids) > 1)} {ids}")
        return ", ".join(parts)

    @property
    def first_day(self) -> int:
        """The day of `since` as a number like 20240131; 0 if it is not given."""
        return (days(self.since) or (0, 0))[0]

    @property
    def last_day(self) -> int:
        """The last day of `until` as a number; later than any date if it is not given."""
        return (days(self.until) or (0, 99991231))[1]
