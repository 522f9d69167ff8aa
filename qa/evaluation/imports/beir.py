"""Reads BEIR folders, and relevance judgements as BEIR and trec_eval write them.

Source: Thakur et al., "BEIR" (2021): `corpus.jsonl`, `queries.jsonl` and `qrels/SPLIT.tsv`; TREC's qrels have the
columns query, iteration, document, grade.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from qa.evaluation.imports.imported import Imported, checked
from qa.evaluation.imports.tables import read_rows
from qa.evaluation.questions import QuestionSetError, lines_of

_CORPUS, _QUERIES, _QRELS = "corpus.jsonl", "queries.jsonl", "qrels"
_TEST = "test"
Grades = Mapping[str, Mapping[str, int]]


def read_folder(folder: Path, split: str = "") -> Imported:
    """Read a BEIR folder: the queries that its judgements name.

    Raises:
        QuestionSetError: naming the file and line that is wrong.
    """
    for name in (_CORPUS, _QUERIES, _QRELS):
        if not (folder / name).exists():
            raise QuestionSetError(str(folder), f"no BEIR folder: there is no {name}")
    qrels = _qrels_file(folder / _QRELS, split)
    articles, empty = [], 0
    for where, row in read_rows(folder / _CORPUS):
        identifier, title, text = (_text(row, key, where) for key in ("_id", "title", "text"))
        # Some collections hold documents that are a title and nothing else.
        text = text if text.strip() else title
        if text.strip():
            articles.append({"id": identifier, "title": title, "text": text})
        empty += not text.strip()
    rows = list(read_rows(folder / _QUERIES))
    queries = [(where, {"id": _text(row, "_id", where), "question": _text(row, "text", where)}) for where, row in rows]
    notes = (f"{empty} empty articles are left out",) if empty else ()
    return judged(Imported(tuple(checked(queries, str(folder))), tuple(articles), notes), read_qrels(qrels), str(qrels))


def judged(imported: Imported, grades: Grades, where: str) -> Imported:
    """Return the questions that there are judgements of, with these as their gold.

    Raises:
        QuestionSetError: there are judgements of no question.
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
    notes = (*imported.notes, *([f"{left} questions without judgements are left out"] if left else []))
    return Imported(tuple(questions), imported.articles, notes)


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read grades by question and article: TREC's four columns, or BEIR's three below their names.

    Raises:
        QuestionSetError: naming the line that is wrong.
    """
    grades: dict[str, dict[str, int]] = {}
    for number, line in lines_of(path):
        # BEIR parts its columns by tabs, and TREC by any white space.
        cells = [cell.strip() for cell in line.split("\t")] if "\t" in line.strip() else line.split()
        if number == 1 and cells[-1].casefold() == "score":
            continue
        try:
            query, article, grade = cells[0], cells[-2], int(cells[-1])
        except (ValueError, IndexError):
            cells = []
        if len(cells) not in {3, 4}:
            raise QuestionSetError(f"{path}:{number}", "no judgement: 'query iteration article grade' is expected")
        grades.setdefault(query, {})[article] = grade
    return grades


def _qrels_file(folder: Path, split: str) -> Path:
    files = {path.stem: path for path in sorted(folder.glob("*.tsv"))}
    wanted = split or (_TEST if _TEST in files or len(files) != 1 else next(iter(files)))
    if wanted not in files:
        raise QuestionSetError(str(folder), f"no {wanted}.tsv; name one with --split: {', '.join(files) or 'none'}")
    return files[wanted]


def _text(row: object, key: str, where: str) -> str:
    value = row.get(key, "" if key == "title" else None) if isinstance(row, dict) else None
    if not isinstance(value, (str, int)):
        raise QuestionSetError(where, f"has no {key!r}")
    return str(value)
