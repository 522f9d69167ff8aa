"""Imports question sets from other formats: SQuAD, BEIR, tables, ragas, LangSmith, TREC qrels.

The questions of an existing set, such as the chat's feedback, can be added to another set.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from qa.evaluation.imports.base import Imported, Record, read_json, read_rows
from qa.evaluation.imports.datasets import judged, read_beir, read_qrels, squad_set
from qa.evaluation.imports.records import of_records
from qa.evaluation.questions import QuestionSetError, lines_of, read_questions
from qa.evaluation.sets import ARTICLES, QUESTIONS, is_set, write_lines, write_set

__all__ = ["Imported", "import_set", "read"]

_FORMATS = (
    "a SQuAD file (.json), a BEIR folder (corpus.jsonl, queries.jsonl, qrels/), a table (.csv, "
    ".tsv), questions as .jsonl or a .json list, or a question set's folder"
)


def import_set(
    source: Path,
    out: Path,
    *,
    qrels: Path | None = None,
    split: str = "",
    articles: Path | None = None,
) -> Imported:
    """Write a set's folder from a file or folder in another format.

    The format is detected from the content. If both `source` and `out` are question sets, the new
    questions of `source` are added to `out`; questions whose ids it has are skipped.

    Args:
        source: the file or folder to read.
        out: the folder to create; after an error it does not exist.
        qrels: relevance judgements by question id, in trec_eval's or BEIR's format.
        split: which file of a BEIR folder's `qrels` to use; by default `test`, or the only one.
        articles: the articles that the questions are about, if the source does not hold them.

    Raises:
        QuestionSetError: an input is invalid; the error names the file and, if known, the line.
        OSError: the folder cannot be written.
    """
    imported = read(source, split=split)
    if source.is_dir() and is_set(source) and is_set(out) and qrels is articles is None:
        return _add(imported, out)
    if articles is not None and imported.articles:
        raise QuestionSetError(
            str(source), "holds texts of its own: no other articles can be named"
        )
    if qrels is not None:
        imported = judged(imported, read_qrels(qrels), str(qrels))
    write_set({QUESTIONS: imported.questions}, out, articles=articles or imported.articles)
    return imported


def read(source: Path, *, split: str = "") -> Imported:
    """Read a file or folder in one of the formats.

    Raises:
        QuestionSetError: an input is invalid; the error names the file and, if known, the line.
    """
    suffix = source.suffix.lower()
    if not source.exists():
        raise QuestionSetError(str(source), "no such file or folder")
    if source.is_dir():
        return _read_set(source) if is_set(source) else read_beir(source, split)
    if suffix in {".csv", ".tsv", ".jsonl"}:
        return of_records(read_rows(source), str(source))
    if suffix != ".json":
        raise QuestionSetError(str(source), f"unknown format: known are {_FORMATS}")
    value = read_json(source)
    if isinstance(value, list):
        return of_records(
            ((f"{source}, item {number}", item) for number, item in enumerate(value, 1)),
            str(source),
        )
    return squad_set(value, str(source))


def _read_set(folder: Path) -> Imported:
    """Read a question set's folder."""
    read_questions(folder / QUESTIONS)
    articles = folder / ARTICLES
    return Imported(_lines(folder / QUESTIONS), _lines(articles) if articles.is_file() else ())


def _add(imported: Imported, folder: Path) -> Imported:
    """Add the questions with new ids to the set in a folder, and return them."""
    there = {question.id for question in read_questions(folder / QUESTIONS)}
    new = tuple(question for question in imported.questions if question["id"] not in there)
    write_lines([*_lines(folder / QUESTIONS), *new], folder / QUESTIONS)
    left = len(imported.questions) - len(new)
    return dataclasses.replace(
        imported, questions=new, articles=(), notes=(f"{left} were there",) if left else ()
    )


def _lines(file: Path) -> tuple[Record, ...]:
    return tuple(json.loads(line) for _, line in lines_of(file))
