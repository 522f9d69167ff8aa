"""Questions with their gold, read from `questions.jsonl`. evals/README.md describes the format."""

from __future__ import annotations

import codecs
import dataclasses
import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from qa.errors import QAError
from qa.evaluation.rubric import VERDICTS, Alternatives, Rubric
from qa.types import Turn

T = TypeVar("T")


class QuestionSetError(QAError):
    """A question set cannot be used.

    Attributes:
        path: the file, with a line number where there is one (`questions.jsonl:12`).
        reason: what is wrong there, for the set's author.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """Where an article answers a question. Offsets are string indices, end exclusive."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Question:
    """One line of `questions.jsonl`.

    Attributes:
        id: unique within its set.
        question: what is asked.
        answers: the gold answers; each is right by itself.
        answerable: whether the articles answer it; None where the set does not say.
        relevant: the gold spans, alternatives to each other.
        doc_ids: the gold articles, where the set knows no spans.
        relevance: grades of articles; those above zero are relevant.
        history: the turns that came before the question.
        paragraph: where the question was asked, to be read if paragraphs are given.
        false_answers: what other articles wrongly say.
        kind: of the question, in the set's own words; results are told by kind.
        must: facts that a good answer has to contain, each a list of alternatives; None where the
            set does not judge answers so. Its meaning, and that of the four below, is `Rubric`'s.
        must_not: what only a wrong answer contains.
        cite: groups of articles; one of each has to be cited.
        verdict: "yes" or "no" if the answer has to begin so.
        corrects_must: facts that tell why the question asks for what is not so.
        dialogue: the conversation that it belongs to; its history is what was asked and answered
            in it before.
        turn: its place in the conversation, from 1.
        move: what it does in the conversation, in the set's own words.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    answerable: bool | None = None
    relevant: tuple[GoldSpan, ...] = ()
    doc_ids: tuple[str, ...] = ()
    relevance: dict[str, int] = field(default_factory=dict)
    history: tuple[Turn, ...] = ()
    paragraph: GoldSpan | None = None
    false_answers: tuple[str, ...] = ()
    kind: str = ""
    must: tuple[Alternatives, ...] | None = None
    must_not: Alternatives = ()
    cite: tuple[Alternatives, ...] = ()
    verdict: str = ""
    corrects_must: tuple[Alternatives, ...] = ()
    dialogue: str = ""
    turn: int = 0
    move: str = ""

    @property
    def rubric(self) -> Rubric | None:
        """What its answer is judged by; None where the set has no `must` for it."""
        if self.must is None:
            return None
        facts = (self.must, self.must_not, self.cite, self.verdict, self.corrects_must)
        return Rubric(self.kind, *facts)

    @property
    def grades(self) -> dict[str, int]:
        """Relevance by article, for a question whose gold is articles and not spans."""
        return self.relevance or dict.fromkeys(self.doc_ids, 1)

    @property
    def gold_articles(self) -> frozenset[str]:
        """The ids of all relevant articles, in whichever way the set gives them."""
        graded = {article_id for article_id, grade in self.grades.items() if grade > 0}
        return frozenset(graded | {span.article_id for span in self.relevant})

    @property
    def about(self) -> frozenset[str]:
        """The ids of its gold articles and of the article where it was asked."""
        return self.gold_articles | ({self.paragraph.article_id} if self.paragraph else set())

    @property
    def article_id(self) -> str | None:
        """The article that the question is about.

        That of its first gold span, else its first gold article, else where it was asked; None if
        the set names none, or only grades.
        """
        spans = [span.article_id for span in self.relevant[:1]]
        paragraph = [] if self.paragraph is None else [self.paragraph.article_id]
        return next(iter([*spans, *self.doc_ids, *paragraph]), None)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A question set as it is in its files: gold offsets are those of the raw article texts.

    `articles` is the set's `.jsonl` file or folder of articles; None where it has none of its own.
    """

    name: str
    questions: tuple[Question, ...]
    articles: Path | None
    file: Path


OnError: TypeAlias = Callable[[QuestionSetError], None]
"""Called with the error of a bad line; if it returns, the line is skipped."""


def stop(error: QuestionSetError) -> None:
    """Raise the error: reading stops at the first bad line."""
    raise error


def read_questions(file: Path) -> tuple[Question, ...]:
    """Read a `questions.jsonl`.

    Raises:
        QuestionSetError: naming the file and line that is wrong.
    """
    return tuple(question for _, question in numbered(file))


def numbered(file: Path, on_error: OnError = stop) -> Iterator[tuple[int, Question]]:
    """Yield the questions of a `questions.jsonl` with the numbers of their lines.

    Raises:
        QuestionSetError: the file cannot be read, or what `on_error` raises for a line that is
        wrong.
    """
    firsts: dict[str, int] = {}
    for number, line in lines_of(file, on_error):
        where = f"{file}:{number}"
        try:
            question = _parse(line, where)
        except QuestionSetError as error:
            on_error(error)
            continue
        if (first := firsts.setdefault(question.id, number)) != number:
            on_error(
                QuestionSetError(where, f"the id {question.id!r} is that of line {first} already")
            )
        yield number, question


def lines_of(file: Path, on_error: OnError = stop) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that are not blank, with their numbers.

    Raises:
        QuestionSetError: the file cannot be read, or what `on_error` raises for a line that is not
        UTF-8.
    """
    # Split at "\n" only: str.splitlines would also cut at U+2028, which JSON allows inside a
    # string.
    for number, data in enumerate(_read(file).removeprefix(codecs.BOM_UTF8).split(b"\n"), 1):
        try:
            line = data.decode()
        except UnicodeDecodeError as error:
            on_error(
                QuestionSetError(
                    f"{file}:{number}", f"not UTF-8 text (byte {error.start} of the line)"
                )
            )
            continue
        if line.strip():
            yield number, line


def read_text(file: Path) -> str:
    """Return a file's text, without a byte order mark.

    Raises:
        QuestionSetError: the file cannot be read or is not UTF-8.
    """
    try:
        return _read(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionSetError(str(file), f"not UTF-8 text (byte {error.start})") from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise QuestionSetError(str(file), f"cannot be read: {error.strerror or error}") from None


def parse(adapter: TypeAdapter[T], line: str, where: str) -> T:
    """Return the value that a line of JSON holds.

    Raises:
        QuestionSetError: the line is no JSON, or lacks something.
    """
    try:
        json.loads(line)
        return adapter.validate_json(line, strict=True)
    except ValidationError as error:
        raise QuestionSetError(where, explain(error)) from None
    except (ValueError, RecursionError) as error:
        raise QuestionSetError(where, f"not valid JSON ({error})") from None


def _parse(line: str, where: str) -> Question:
    question = parse(_adapter(), line, where)
    _check(question, where)
    if question.answerable is None and (question.answers or question.must):
        return dataclasses.replace(question, answerable=True)
    return question


@functools.cache
def _adapter() -> TypeAdapter[Question]:
    return TypeAdapter(Question)


def _check(question: Question, where: str) -> None:
    for name in ("id", "question"):
        if not getattr(question, name).strip():
            raise QuestionSetError(where, f"{name!r} is empty")
    for name, spans in (
        ("relevant", question.relevant),
        ("paragraph", filter(None, [question.paragraph])),
    ):
        for span in spans:
            if not 0 <= span.start < span.end:
                raise QuestionSetError(
                    where, f"{name!r}: {span.start}:{span.end} is not a span (0 <= start < end)"
                )
    _check_rubric(question, where)
    kinds = [name for name in ("relevant", "doc_ids", "relevance") if getattr(question, name)]
    if len(kinds) > 1:
        raise QuestionSetError(
            where, f"has {' and '.join(map(repr, kinds))}: gold is given one way only"
        )


def _check_rubric(question: Question, where: str) -> None:
    # Sets of others have keys of these names too; they are ours beside `must`.
    if question.must is not None and question.verdict not in {"", *VERDICTS}:
        raise QuestionSetError(where, f"'verdict' is {question.verdict!r}: write yes or no")
    for name in ("must", "cite", "corrects_must"):
        if any(not any(map(str.strip, group)) for group in getattr(question, name) or ()):
            raise QuestionSetError(where, f"{name!r} holds a list without alternatives")
    if bool(question.dialogue) != (question.turn > 0):
        raise QuestionSetError(where, "a 'dialogue' needs its 'turn', counted from 1")
    if question.dialogue and question.history:
        raise QuestionSetError(
            where, "has 'dialogue' and 'history': one of them says what was said"
        )


def explain(error: ValidationError) -> str:
    """Return everything that is wrong with a value, for its author."""
    reasons = []
    for item in error.errors(include_url=False):
        place = ".".join(map(str, item["loc"]))
        problem = item["msg"].lower()
        if item["type"] in {"missing", "missing_argument"}:
            reasons.append(f"has no {place!r}")
        else:
            reasons.append(f"{place!r}: {problem}" if place else problem)
    return "; ".join(reasons)
