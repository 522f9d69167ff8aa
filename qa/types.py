"""The values that flow through the pipeline: `Article -> Passage -> Hit -> Evidence -> Citation -> Answer`.

All are frozen and hold only the standard library's types. A stage returns new values; it never edits
those it was given. Offsets are Python string indices into `Article.text`, end exclusive.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from qa.dates import days
from qa.errors import SettingsError

Stage = Literal["dense", "lexical", "hybrid"]
Role = Literal["user", "assistant"]

_MARKER = re.compile(r"\[(\d+)\]")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Article:
    """One text of the collection. `text` is what was read, after `qa.text.normalise` and nothing else."""

    id: str
    title: str
    text: str
    source: str = ""
    published: str = ""
    url: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles are searched: those that meet each of the conditions given; without any, all.

    Attributes:
        source: the outlet, whole; capitals and white space do not count.
        author: the author, whole, or one of several; capitals and white space do not count.
        since: the first day: `2024-01-31`, `2024-01` or `2024`.
        until: the last day, included.
        article_ids: these articles and no others.

    Raises:
        SettingsError: a date is written otherwise, or the first day comes after the last.
    """

    source: str = ""
    author: str = ""
    since: str = ""
    until: str = ""
    article_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("since", "until"):
            if (text := getattr(self, name)) and not (_DATE.fullmatch(text) and days(text)):
                raise SettingsError(f"{name} = {text!r}: write a date as 2024-01-31, 2024-01 or 2024")
        if self.first_day > self.last_day:
            raise SettingsError(f"since = {self.since!r} comes after until = {self.until!r}")

    def __bool__(self) -> bool:
        """Tell whether there is any condition."""
        return self != Filter()

    def __str__(self) -> str:
        """Return the conditions in words."""
        ids = ", ".join(self.article_ids)
        parts = [f"{name} “{text}”" for name in ("source", "author") if (text := getattr(self, name))]
        parts += [f"{name} {text}" for name in ("since", "until") if (text := getattr(self, name))]
        return ", ".join([*parts, *([f"article{'s' * (len(self.article_ids) > 1)} {ids}"] if ids else [])])

    @property
    def first_day(self) -> int:
        """The day of `since`, as `qa.dates.days` writes it; 0 where it is not given."""
        return (days(self.since) or (0, 0))[0]

    @property
    def last_day(self) -> int:
        """The last day of `until`, as `qa.dates.days` writes it; later than any where it is not given."""
        return (days(self.until) or (0, 99991231))[1]


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one article: `article.text[start:end] == text`."""

    id: str
    article_id: str
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        _check_span(self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a retrieval stage found. `rank` is 1..n; scores compare only within one stage.

    `also` holds its reprints in other articles, where the stage folds them.
    """

    passage: Passage
    score: float
    rank: int
    stage: Stage
    also: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article that may answer a question.

    Attributes:
        article_id: the article it stands in.
        start: where it begins in the article's text.
        end: where it ends.
        short_start: where the answer within it begins.
        short_end: where the answer ends.
        score: probability in [0, 1] that the sentence answers the question.
    """

    article_id: str
    start: int
    end: int
    short_start: int
    short_end: int
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact span of an article that carries a sentence of the answer: `article.text[start:end] == quote`."""

    number: int
    article_id: str
    title: str
    source: str
    published: str
    url: str
    start: int
    end: int
    quote: str

    def __post_init__(self) -> None:
        _check_span(self.start, self.end, self.quote)
        if self.number < 1:
            raise ValueError(f"a citation's number starts at 1, not {self.number}")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gets.

    Attributes:
        question: the question as it was asked.
        text: what to show, with `[n]` markers; for an abstention, a sentence that says so.
        short: the answer in the fewest words of an article; empty when abstaining.
        citations: in the order of their numbers, 1..n; each number occurs in `text`.
        confidence: probability in [0, 1] that the first quote answers the question.
        abstained: true exactly when there are no citations.
        hits: the passages that were read, best first.
        timings: seconds by stage name; where a chat model was asked, its seconds as `model` and, if it tells them, its
            `tokens_in` and `tokens_out`; `rewrite`, its seconds for a follow-up question; `cost` of all its tokens, in
            the unit of `Settings.llm_price_in`, where that is set.
        fingerprint: of the settings that produced it.
        asked: the standalone question that was searched, where a follow-up needed one.
        note: why articles are quoted though a chat model was to write; it stands in `text` too. Else empty.
    """

    question: str
    text: str
    short: str
    citations: tuple[Citation, ...]
    confidence: float
    abstained: bool
    hits: tuple[Hit, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    fingerprint: str = ""
    asked: str = ""
    note: str = ""

    def reprints(self, citation: Citation) -> tuple[Passage, ...]:
        """Return the passages of other articles that print the one which `citation` quotes in almost the same words."""
        around = (hit for hit in self.hits if hit.passage.article_id == citation.article_id)
        holds = (hit.also for hit in around if hit.passage.start <= citation.start and citation.end <= hit.passage.end)
        return next(holds, ())

    def __post_init__(self) -> None:
        if self.abstained != (not self.citations):
            raise ValueError("an answer abstains exactly when it has no citations")
        if [c.number for c in self.citations] != list(range(1, len(self.citations) + 1)):
            raise ValueError("citations are numbered 1..n in order")
        if markers(self.text) != {c.number for c in self.citations}:
            raise ValueError("the [n] markers in the text and the citations differ")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence {self.confidence} is outside [0, 1]")


def markers(text: str) -> set[int]:
    """Return the numbers n of all `[n]` markers in `text`."""
    return {int(number) for number in _MARKER.findall(text)}


def to_dict(value: Any) -> Any:
    """Return a type of this module (or a sequence of them) as what `json.dumps` takes, field names kept."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_dict(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_dict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_dict(item) for item in value]
    return value


def _check_span(start: int, end: int, text: str) -> None:
    if not 0 <= start < end or end - start != len(text):
        raise ValueError(f"span {start}:{end} does not fit a text of {len(text)} characters")
