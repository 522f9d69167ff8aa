"""Question sets: a folder with `questions.jsonl` and its articles. The format is described in evals/README.md."""

from __future__ import annotations

import dataclasses
import functools
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from qa.errors import QAError
from qa.types import Turn

SETS = Path("evals/sets")
_QUESTIONS = "questions.jsonl"
_ARTICLES = "articles.jsonl"
_OPTIONS = "set.toml"


class QuestionSetError(QAError):
    """A question set cannot be used.

    Attributes:
        path: the file, with a line number where there is one (`questions.jsonl:12`).
        reason: what is wrong there, in words for the set's author.
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
        answers: the gold answers, each of which is right by itself.
        answerable: whether the articles answer it; None where the set does not say.
        relevant: the gold spans, alternatives to each other.
        doc_ids: the gold articles, where the set knows no spans.
        relevance: grades of articles; those above zero are relevant.
        history: the turns that came before the question.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    answerable: bool | None = None
    relevant: tuple[GoldSpan, ...] = ()
    doc_ids: tuple[str, ...] = ()
    relevance: dict[str, int] = field(default_factory=dict)
    history: tuple[Turn, ...] = ()

    @property
    def grades(self) -> dict[str, int]:
        """Relevance by article, for a question whose gold is articles and not spans."""
        return self.relevance or dict.fromkeys(self.doc_ids, 1)

    @property
    def gold_articles(self) -> frozenset[str]:
        """The ids of all articles that are relevant, whichever way the set says so."""
        graded = {article_id for article_id, grade in self.grades.items() if grade > 0}
        return frozenset(graded | {span.article_id for span in self.relevant})


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A question set as its files say it: gold offsets are still those of the raw article texts.

    `articles` is the set's `.jsonl` file or folder of articles; None where it has none of its own.
    """

    name: str
    questions: tuple[Question, ...]
    articles: Path | None
    file: Path


def find(name: str | Path) -> Path:
    """Return the folder of a set, given as a path or as the name of a folder in `evals/sets`.

    Raises:
        QuestionSetError: there is neither; the message lists the names that there are.
    """
    for folder in (Path(name), SETS / name):
        if (folder / _QUESTIONS).is_file():
            return folder
    known = sorted(path.parent.name for path in SETS.glob(f"*/{_QUESTIONS}"))
    hint = f"; in {SETS} there are: {', '.join(known)}" if known else ""
    raise QuestionSetError(str(name), f"no question set (a folder with {_QUESTIONS}) is there{hint}")


def load_set(folder: str | Path) -> QuestionSet:
    """Read a question set.

    Raises:
        QuestionSetError: naming the file and line that is wrong.
    """
    folder = find(folder)
    file = folder / _QUESTIONS
    questions = tuple(_unique(file))
    if not questions:
        raise QuestionSetError(str(file), "holds no question")
    return QuestionSet(folder.resolve().name, questions, _articles_of(folder), file)


def _unique(file: Path) -> Iterator[Question]:
    lines: dict[str, int] = {}
    for number, line in _lines(file):
        where = f"{file}:{number}"
        question = _parse(line, where)
        if (first := lines.setdefault(question.id, number)) != number:
            raise QuestionSetError(where, f"the id {question.id!r} is that of line {first} already")
        yield question


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    # Split at "\n" only: str.splitlines would also cut at U+2028, which JSON allows inside a string.
    for number, line in enumerate(read_text(file).split("\n"), 1):
        if line.strip():
            yield number, line


def read_text(file: Path) -> str:
    """Return a file's text, without a byte order mark.

    Raises:
        QuestionSetError: the file cannot be read or is not UTF-8.
    """
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise QuestionSetError(str(file), f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise QuestionSetError(str(file), f"not UTF-8 text (byte {error.start})") from None


def _parse(line: str, where: str) -> Question:
    try:
        json.loads(line)
        question = _adapter().validate_json(line, strict=True)
    except ValidationError as error:
        raise QuestionSetError(where, _explain(error)) from None
    except (ValueError, RecursionError) as error:
        raise QuestionSetError(where, f"not valid JSON ({error})") from None
    _check(question, where)
    if question.answerable is None and question.answers:
        return dataclasses.replace(question, answerable=True)
    return question


@functools.cache
def _adapter() -> TypeAdapter[Question]:
    return TypeAdapter(Question)


def _check(question: Question, where: str) -> None:
    for name in ("id", "question"):
        if not getattr(question, name).strip():
            raise QuestionSetError(where, f"{name!r} is empty")
    for span in question.relevant:
        if not 0 <= span.start < span.end:
            raise QuestionSetError(where, f"'relevant': {span.start}:{span.end} is not a span (0 <= start < end)")
    kinds = [name for name in ("relevant", "doc_ids", "relevance") if getattr(question, name)]
    if len(kinds) > 1:
        raise QuestionSetError(where, f"has {' and '.join(map(repr, kinds))}: gold is given one way only")


def _explain(error: ValidationError) -> str:
    reasons = []
    for item in error.errors(include_url=False):
        place = ".".join(map(str, item["loc"]))
        problem = item["msg"].lower()
        if item["type"] in {"missing", "missing_argument"}:
            reasons.append(f"has no {place!r}")
        else:
            reasons.append(f"{place!r}: {problem}" if place else problem)
    return "; ".join(reasons)


def _articles_of(folder: Path) -> Path | None:
    if (folder / _ARTICLES).is_file():
        return folder / _ARTICLES
    file = folder / _OPTIONS
    if not file.is_file():
        return None
    try:
        named = tomllib.loads(read_text(file)).get("corpus")
    except tomllib.TOMLDecodeError as error:
        raise QuestionSetError(str(file), f"not valid TOML ({error})") from None
    if not isinstance(named, str):
        raise QuestionSetError(str(file), "'corpus' must say where the articles are, relative to this file")
    corpus = (folder / named).resolve()
    if not corpus.exists():
        raise QuestionSetError(str(file), f"'corpus': there is no {corpus}")
    return corpus
