"""Question sets of our own, such as the feedback that the chat collects."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from qa.evaluation.imports.imported import Imported, Record
from qa.evaluation.questions import lines_of, read_questions
from qa.evaluation.sets import ARTICLES, QUESTIONS
from qa.evaluation.writing import write_lines


def read_set(folder: Path) -> Imported:
    """Read a set's folder.

    Raises:
        QuestionSetError: naming the file and line that is wrong.
    """
    read_questions(folder / QUESTIONS)
    articles = folder / ARTICLES
    return Imported(_lines(folder / QUESTIONS), _lines(articles) if articles.is_file() else ())


def add(imported: Imported, folder: Path) -> Imported:
    """Add questions to the set in a folder, and return those that it did not have.

    Raises:
        QuestionSetError: naming the file and line of the set that is wrong.
        OSError: it cannot be written; the set stays as it was.
    """
    there = {question.id for question in read_questions(folder / QUESTIONS)}
    new = tuple(question for question in imported.questions if question["id"] not in there)
    write_lines([*_lines(folder / QUESTIONS), *new], folder / QUESTIONS)
    left = len(imported.questions) - len(new)
    return dataclasses.replace(imported, questions=new, articles=(), notes=(f"{left} were there",) if left else ())


def _lines(file: Path) -> tuple[Record, ...]:
    return tuple(json.loads(line) for _, line in lines_of(file))
