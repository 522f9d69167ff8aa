"""What an evaluation gives: a row for each question, and the metrics over all rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qa.evaluation.questions import GoldSpan
from qa.types import Turn


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with its 95 % interval. `n` is the number of questions that count."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """A citation of an answer, and whether the set's own article has that quote there."""

    article_id: str
    start: int
    end: int
    quote: str
    valid: bool


@dataclass(frozen=True, slots=True)
class HitSpan:
    """A passage of the ranking that was judged; best first."""

    article_id: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Row:
    """One question, what came back, and its scores.

    `scores` has only the metrics that apply to this question: there is no score where there is nothing to
    judge, which differs from a score of zero. `gold` is a digest of the question and its gold where these are
    left out, as in a baseline.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool | None
    relevant: tuple[GoldSpan, ...]
    relevance: dict[str, int]
    history: tuple[Turn, ...]
    text: str
    short: str
    confidence: float
    abstained: bool
    citations: tuple[CitedSpan, ...]
    hits: tuple[HitSpan, ...]
    seconds: float
    scores: dict[str, float]
    false_answers: tuple[str, ...] = ()
    gold: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """An evaluation of one set with one kind of settings.

    Attributes:
        set: the set's name.
        half: whether every second article was left out.
        fingerprint: of the settings.
        settings: all settings that can change an answer.
        articles: how many articles were searched, or were there to be given.
        metrics: by name; only those that apply to the set.
        rows: one for each question, in the set's order.
        given: "article" or "paragraph" where that was read, and nothing was searched.
        where: which articles stayed, as `FIELD=VALUE,VALUE`; empty: all.
        without: the articles whose questions were left out.
    """

    set: str
    half: bool
    fingerprint: str
    settings: dict[str, Any]
    articles: int
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    given: str = ""
    where: str = ""
    without: tuple[str, ...] = ()

    @property
    def options(self) -> str:
        """How the set was asked, in words; results are alike when set and options are. Empty: as it stands."""
        parts = ("half" * self.half, f"given {self.given}" * bool(self.given), self.where)
        return ", ".join(filter(None, parts))
