"""Finds and reads question sets: folders, or pairs of files. Their formats are described in evals/README.md."""

from __future__ import annotations

import tomllib
from pathlib import Path

from qa.evaluation import pairs
from qa.evaluation.questions import QuestionSet, QuestionSetError, read_questions, read_text

SETS = Path("evals/sets")
QUESTIONS = "questions.jsonl"
ARTICLES = "articles.jsonl"
OPTIONS = "set.toml"


def find(name: str | Path) -> Path:
    """Return the folder of a set, given as a path or as the name of a folder in `evals/sets`.

    Raises:
        QuestionSetError: there is neither; the message lists the names that there are.
    """
    for folder in (Path(name), SETS / name):
        if (folder / QUESTIONS).is_file():
            return folder
    known = sorted(path.parent.name for path in SETS.glob(f"*/{QUESTIONS}"))
    hint = f"; in {SETS} there are: {', '.join(known)}" if known else ""
    forms = f"a folder with {QUESTIONS}, or NAME{pairs.CONTEXTS} beside NAME{pairs.QUESTIONS}"
    raise QuestionSetError(str(name), f"no question set ({forms}) is there{hint}")


def is_set(name: str | Path) -> bool:
    """Tell whether there is a set at this path: a folder, or a pair of files."""
    return pairs.is_pair(name) or (Path(name) / QUESTIONS).is_file()


def load_set(name: str | Path) -> QuestionSet:
    """Read a question set: a folder, as `find` finds it, or the common name of a pair of files.

    Raises:
        QuestionSetError: naming the file and line that is wrong.
    """
    found = pairs.load(name) if pairs.is_pair(name) else _load_folder(find(name))
    if not found.questions:
        raise QuestionSetError(str(found.file), "holds no question")
    return found


def _load_folder(folder: Path) -> QuestionSet:
    file = folder / QUESTIONS
    return QuestionSet(folder.resolve().name, read_questions(file), articles_of(folder), file)


def questions_file(name: str | Path) -> Path:
    """Return the file of a set's questions, where the set is a folder as `find` finds it.

    Raises:
        QuestionSetError: there is no such set.
    """
    return find(name) / QUESTIONS


def articles_of(folder: Path) -> Path | None:
    """Return where a set's articles are: its own file, or the corpus that `set.toml` names; None without either.

    Raises:
        QuestionSetError: `set.toml` names no articles that there are.
    """
    if (folder / ARTICLES).is_file():
        return folder / ARTICLES
    file = folder / OPTIONS
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
