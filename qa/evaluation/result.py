"""The result of an evaluation: a row per question, metrics over all rows, and their JSON files.

`qa eval --json` writes a whole result. A baseline is the same without the texts of the set: small
enough to be kept beside the code. Its rows are bare numbers, which is all that a comparison needs;
the question and its gold are there as a digest, so that a set that was edited since is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qa.errors import QAError
from qa.evaluation.questions import GoldSpan
from qa.evaluation.rubric import Rubric
from qa.evaluation.sets import replace_file
from qa.types import Turn, to_dict

# In a file the rows are called by what they are about.
_QUESTIONS = "questions"
# The key of a baseline's rows, and what each of them has besides its scores.
_BASELINE = "baseline"
_FIELDS = ("id", "gold", "answerable", "abstained", "confidence", "seconds")
# Far more precise than what a comparison calls a difference.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Estimate:
    """The value of a metric with its 95 % interval. `n` is the number of questions that count."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """A citation of an answer; `valid` says whether the set's own article has that quote there."""

    article_id: str
    start: int
    end: int
    quote: str
    valid: bool


@dataclass(frozen=True, slots=True)
class HitSpan:
    """A passage of the ranking that was judged."""

    article_id: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Row:
    """One question, what came back, and its scores.

    Attributes:
        id: of the question.
        question: what was asked.
        answers: the gold answers.
        answerable: whether the articles answer it; None if unknown.
        relevant: the gold spans.
        relevance: grades of gold articles, where there are no spans.
        history: the turns before the question.
        text: the answer.
        short: the short answer.
        confidence: probability in [0, 1].
        abstained: whether there was no answer.
        citations: of the answer.
        hits: the ranking, best first; empty where nothing was searched.
        seconds: time to answer.
        scores: by metric, only those that apply to this question. No score is not a score of zero.
        false_answers: what other articles wrongly say.
        gold: a digest of the question and its gold where these are left out, as in a baseline.
        kind: of the question, in the set's own words.
        move: what it does in its conversation, in the set's own words.
        turn: its place in a conversation, from 1; 0 if it stands alone.
        rubric: what the answer has to say and to cite, in sets that say so.
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
    kind: str = ""
    move: str = ""
    turn: int = 0
    rubric: Rubric | None = None

    @property
    def gold_digest(self) -> str:
        """Eight hexadecimal digits that change with the question or anything it is judged by."""
        if self.gold:
            return self.gold
        gold: list[Any] = [
            *(self.question, self.answers, self.answerable),
            *(self.relevant, self.relevance, self.false_answers),
        ]
        gold += [self.rubric] if self.rubric else []
        return hashlib.sha256(json.dumps(to_dict(gold), sort_keys=True).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Result:
    """An evaluation of one set with one choice of settings.

    Attributes:
        set: the set's name.
        half: whether every second article was left out.
        fingerprint: of the settings.
        settings: all settings that can change an answer.
        articles: how many articles were searched, or were there to be given.
        metrics: by name; only those that apply to the set.
        rows: one for each question, in the set's order.
        given: "article" or "paragraph" where that was read and nothing was searched.
        where: which articles were kept, as `FIELD=VALUE,VALUE`; empty for all.
        without: the articles whose questions were left out.
    """

    set: str
    half: bool
    fingerprint: str
    settings: dict[str, Any]
    articles: int
    metrics: Mapping[str, Estimate] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    given: str = ""
    where: str = ""
    without: tuple[str, ...] = ()

    @property
    def options(self) -> str:
        """How the set was asked, in words; empty for the default.

        Results can be compared if set and options are the same.
        """
        parts = ("half" * self.half, f"given {self.given}" * bool(self.given), self.where)
        return ", ".join(filter(None, parts))

    @property
    def name(self) -> str:
        """The set and how it was asked, for a heading."""
        return ", ".join(filter(None, (self.set, self.options)))


def to_json(result: Result) -> str:
    """Return a result as JSON: set, metrics, settings, and a row for each question."""
    values = to_dict(result)
    values[_QUESTIONS] = values.pop("rows")
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def to_baseline(result: Result) -> str:
    """Return a result as the JSON of a baseline, with one line for each question."""
    values = to_dict(result)
    del values["rows"]
    scores = list(dict.fromkeys(name for row in result.rows for name in row.scores))
    head = json.dumps({**values, "columns": [*_FIELDS, *scores]}, ensure_ascii=False)
    lines = []
    for row in result.rows:
        fields = {**{name: getattr(row, name) for name in _FIELDS}, "gold": row.gold_digest}
        numbers = [_rounded(value) for value in (*fields.values(), *map(row.scores.get, scores))]
        lines.append(json.dumps(numbers, ensure_ascii=False, separators=(",", ":")))
    rows = ",\n".join(lines)
    return f'{head[:-1]},\n"{_BASELINE}": [\n{rows}\n]}}\n'


def _rounded(value: Any) -> Any:
    """Return a number with no more digits than a comparison needs; whole ones as integers."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else round(value, _DIGITS)


def from_json(text: str, *, name: str = "result") -> Result:
    """Return the result that `to_json` or `to_baseline` wrote.

    Raises:
        QAError: the text is no such result.
    """
    try:
        values: dict[str, Any] = json.loads(text)
        if _BASELINE in values:
            values = _expanded(values)
        return TypeAdapter(Result).validate_python({"rows": values.pop(_QUESTIONS), **values})
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
        raise QAError(f"{name}: not a result of `qa eval --json`") from None


def _expanded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a baseline in the form of a whole result, with empty texts."""
    kept = {name: value for name, value in values.items() if name not in (_BASELINE, "columns")}
    rows = [dict(zip(values["columns"], row, strict=True)) for row in values[_BASELINE]]
    return {**kept, _QUESTIONS: [_expanded_row(row) for row in rows]}


def _expanded_row(numbers: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(
        ("answers", "relevant", "history", "citations", "hits"), ()
    )
    empty |= {"relevance": {}, "question": "", "text": "", "short": ""}
    fields = {name: numbers.pop(name) for name in _FIELDS}
    scores = {name: value for name, value in numbers.items() if value is not None}
    return {**empty, **fields, "scores": scores}


def load(path: str | Path) -> Result:
    """Read the result that a file holds.

    Raises:
        QAError: the file cannot be read or holds no result.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise QAError(f"{path}: cannot be read: {reason}") from None
    return from_json(text, name=str(path))


def save(result: Result, path: str | Path) -> None:
    """Write a result as JSON. The file is replaced as a whole or not at all."""
    write_whole(Path(path), to_json(result))


def write_whole(path: Path, text: str) -> None:
    """Write a file, and its folder if need be, so that nobody ever reads half of it.

    Raises:
        QAError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode())
    except OSError as error:
        raise QAError(f"{path}: cannot be written: {error.strerror or error}") from None
