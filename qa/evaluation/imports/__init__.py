"""Makes a question set of what others' tools write: SQuAD, BEIR, tables, ragas, LangSmith, with TREC qrels.

Questions of a set of our own, such as the chat's feedback, come into another set.
"""

from __future__ import annotations

from pathlib import Path

from qa.evaluation.imports import beir, own, squad
from qa.evaluation.imports.imported import Imported
from qa.evaluation.imports.records import of_records
from qa.evaluation.imports.tables import read_json, read_rows
from qa.evaluation.questions import QuestionSetError
from qa.evaluation.sets import QUESTIONS, is_set
from qa.evaluation.writing import write_set

__all__ = ["Imported", "import_set", "read"]

_FORMATS = (
    "a SQuAD file (.json), a BEIR folder (corpus.jsonl, queries.jsonl, qrels/), a table (.csv, .tsv), "
    "questions as .jsonl or a .json list, or a question set's folder"
)


def import_set(
    source: Path, out: Path, *, qrels: Path | None = None, split: str = "", articles: Path | None = None
) -> Imported:
    """Write a set's folder from a file or folder in another format, which its content tells.

    The questions of a set of our own are added to the set that is at `out`, where there is one, but those whose ids it
    has.

    Args:
        source: what to read.
        out: the folder to make. It is whole, or it is not there.
        qrels: relevance judgements by question id, as trec_eval or BEIR write them.
        split: which file of a BEIR folder's `qrels` to take; by default `test`, or the only one.
        articles: where the articles are that the questions are about, if the source does not hold them.

    Raises:
        QuestionSetError: naming the file, and the line where there is one, that is wrong.
        OSError: the folder cannot be written.
    """
    imported = read(source, split=split)
    if source.is_dir() and is_set(source) and is_set(out) and qrels is articles is None:
        return own.add(imported, out)
    if articles is not None and imported.articles:
        raise QuestionSetError(str(source), "holds texts of its own: no other articles can be named")
    if qrels is not None:
        imported = beir.judged(imported, beir.read_qrels(qrels), str(qrels))
    write_set({QUESTIONS: imported.questions}, out, articles=articles or imported.articles)
    return imported


def read(source: Path, *, split: str = "") -> Imported:
    """Read a file or folder in one of the formats.

    Raises:
        QuestionSetError: naming the file, and the line where there is one, that is wrong.
    """
    suffix = source.suffix.lower()
    if not source.exists():
        raise QuestionSetError(str(source), "no such file or folder")
    if source.is_dir():
        return own.read_set(source) if is_set(source) else beir.read_folder(source, split)
    if suffix in {".csv", ".tsv", ".jsonl"}:
        return of_records(read_rows(source), str(source))
    if suffix != ".json":
        raise QuestionSetError(str(source), f"unknown format: known are {_FORMATS}")
    value = read_json(source)
    if isinstance(value, list):
        return of_records(((f"{source}, item {number}", item) for number, item in enumerate(value, 1)), str(source))
    return squad.of_value(value, str(source))
