"""Reads SQuAD files (1.1 and 2.0), BEIR folders, and qrels in BEIR's and TREC's formats.

Sources: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text" (2016) and
"Know What You Don't Know" (2018), whose files nest questions in paragraphs, and paragraphs in
articles; Thakur et al., "BEIR" (2021), with `corpus.jsonl`, `queries.jsonl` and `qrels/SPLIT.tsv`.
TREC's qrels have the columns query, iteration, document, grade.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qa.evaluation.imports.base import Imported, Record, checked, read_rows, without_empty
from qa.evaluation.questions import QuestionSetError, explain, lines_of

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    answer_start: int


@dataclass(frozen=True, slots=True)
class _Question:
    id: str
    question: str
    answers: tuple[_Answer, ...] = ()
    is_impossible: bool = False


@dataclass(frozen=True, slots=True)
class _Paragraph:
    context: str
    qas: tuple[_Question, ...]


@dataclass(frozen=True, slots=True)
class _Article:
    paragraphs: tuple[_Paragraph, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class _File:
    data: tuple[_Article, ...]


def squad_set(value: Any, where: str) -> Imported:
    """Return the set in a SQuAD file's JSON value; paragraphs are joined into articles.

    Raises:
        QuestionSetError: the value is invalid; the error names the place, `data.0.paragraphs.3`.
    """
    try:
        file = _adapter().validate_python(value)
    except ValidationError as error:
        raise QuestionSetError(where, f"no SQuAD file: {explain(error)}") from None
    identifiers = _identifiers(file.data)
    articles = tuple(
        {
            "id": identifier,
            "title": article.title.replace("_", " "),
            "text": _BETWEEN.join(paragraph.context for paragraph in article.paragraphs),
        }
        for identifier, article in zip(identifiers, file.data, strict=True)
    )
    placed = (
        found
        for number, (identifier, article) in enumerate(zip(identifiers, file.data, strict=True))
        for found in _of_article(article, identifier, f"{where}, data.{number}")
    )
    return Imported(tuple(checked(placed, where)), articles)


@functools.cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def _identifiers(articles: tuple[_Article, ...]) -> list[str]:
    """Return the titles as ids, with a number if a title is missing or repeats."""
    titles = [article.title for article in articles]
    return [
        title if title and titles.count(title) == 1 else f"{title or 'article'}-{number}"
        for number, title in enumerate(titles, 1)
    ]


def _of_article(article: _Article, identifier: str, where: str) -> Iterator[tuple[str, Record]]:
    start = 0
    for number, paragraph in enumerate(article.paragraphs):
        for question in paragraph.qas:
            place = f"{where}.paragraphs.{number}, question {question.id!r}"
            yield place, _question(question, paragraph.context, identifier, start, place)
        start += len(paragraph.context) + len(_BETWEEN)


def _question(question: _Question, context: str, identifier: str, start: int, where: str) -> Record:
    for answer in question.answers:
        if (
            not answer.text
            or answer.answer_start < 0
            or not context.startswith(answer.text, answer.answer_start)
        ):
            raise QuestionSetError(
                where,
                f"the answer {answer.text!r} is not at {answer.answer_start} of its paragraph",
            )
    answers = [] if question.is_impossible else question.answers
    spans = dict.fromkeys(
        (start + a.answer_start, start + a.answer_start + len(a.text)) for a in answers
    )
    return without_empty(
        {
            "id": question.id,
            "question": question.question,
            "answers": list(dict.fromkeys(answer.text for answer in answers)),
            "answerable": bool(answers),
            "relevant": [
                {"article_id": identifier, "start": first, "end": last} for first, last in spans
            ],
            "paragraph": {"article_id": identifier, "start": start, "end": start + len(context)},
        }
    )


_CORPUS, _QUERIES, _QRELS = "corpus.jsonl", "queries.jsonl", "qrels"
_TEST = "test"
Grades = Mapping[str, Mapping[str, int]]


def read_beir(folder: Path, split: str = "") -> Imported:
    """Read a BEIR folder: the queries that have judgements.

    Raises:
        QuestionSetError: a file is missing or invalid; the error names the file and line.
    """
    for name in (_CORPUS, _QUERIES, _QRELS):
        if not (folder / name).exists():
            raise QuestionSetError(str(folder), f"no BEIR folder: there is no {name}")
    qrels = _qrels_file(folder / _QRELS, split)
    articles, empty = [], 0
    for where, row in read_rows(folder / _CORPUS):
        identifier, title, text = (_text(row, key, where) for key in ("_id", "title", "text"))
        # Some collections hold documents with a title and no text.
        text = text if text.strip() else title
        if text.strip():
            articles.append({"id": identifier, "title": title, "text": text})
        empty += not text.strip()
    rows = list(read_rows(folder / _QUERIES))
    queries = [
        (where, {"id": _text(row, "_id", where), "question": _text(row, "text", where)})
        for where, row in rows
    ]
    notes = (f"{empty} empty articles are left out",) if empty else ()
    return judged(
        Imported(tuple(checked(queries, str(folder))), tuple(articles), notes),
        read_qrels(qrels),
        str(qrels),
    )


def judged(imported: Imported, grades: Grades, where: str) -> Imported:
    """Return the questions that have judgements, with these as their gold.

    Raises:
        QuestionSetError: no question has judgements.
    """
    questions = [
        {key: value for key, value in question.items() if key not in {"relevant", "doc_ids"}}
        | {"relevance": dict(grades[question["id"]])}
        for question in imported.questions
        if question["id"] in grades
    ]
    if not questions:
        raise QuestionSetError(where, "judges no question of the set: the ids differ")
    left = len(imported.questions) - len(questions)
    notes = (
        *imported.notes,
        *([f"{left} questions without judgements are left out"] if left else []),
    )
    return Imported(tuple(questions), imported.articles, notes)


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read grades by question and article, in TREC's four columns or BEIR's three with a header.

    Raises:
        QuestionSetError: a line is invalid.
    """
    grades: dict[str, dict[str, int]] = {}
    for number, line in lines_of(path):
        # BEIR separates its columns by tabs, TREC by any white space.
        cells = (
            [cell.strip() for cell in line.split("\t")] if "\t" in line.strip() else line.split()
        )
        if number == 1 and cells[-1].casefold() == "score":
            continue
        try:
            query, article, grade = cells[0], cells[-2], int(cells[-1])
        except (ValueError, IndexError):
            cells = []
        if len(cells) not in {3, 4}:
            raise QuestionSetError(
                f"{path}:{number}", "no judgement: 'query iteration article grade' is expected"
            )
        grades.setdefault(query, {})[article] = grade
    return grades


def _qrels_file(folder: Path, split: str) -> Path:
    files = {path.stem: path for path in sorted(folder.glob("*.tsv"))}
    wanted = split or (_TEST if _TEST in files or len(files) != 1 else next(iter(files)))
    if wanted not in files:
        raise QuestionSetError(
            str(folder), f"no {wanted}.tsv; name one with --split: {', '.join(files) or 'none'}"
        )
    return files[wanted]


def _text(row: object, key: str, where: str) -> str:
    value = row.get(key, "" if key == "title" else None) if isinstance(row, dict) else None
    if not isinstance(value, (str, int)):
        raise QuestionSetError(where, f"has no {key!r}")
    return str(value)
