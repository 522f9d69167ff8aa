"""Question sets on disk: found, read and written. evals/README.md describes their formats.

A set is a folder with `questions.jsonl`, or a pair of files in the form of SQuAD: contexts, and
questions that are each asked of one of them. `NAME.contexts.jsonl` holds `id, text`;
`NAME.questions.jsonl` holds `question, context_id, answers`, each answer with `text` and `start`.
An empty list means that the context has no answer. Each context is an article. Source: Rajpurkar et
al., "Know What You Don't Know" (2018), whose questions belong to one paragraph each.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from qa.evaluation.corpus import read_jsonl
from qa.evaluation.questions import (
    GoldSpan,
    OnError,
    Question,
    QuestionSet,
    QuestionSetError,
    lines_of,
    numbered,
    parse,
    read_questions,
    read_text,
    stop,
)

SETS = Path("evals/sets")
QUESTIONS = "questions.jsonl"
DIALOGUES = "dialogues.jsonl"
ARTICLES = "articles.jsonl"
ARTICLES_FOLDER = "articles"
OPTIONS = "set.toml"
PAIR_CONTEXTS = ".contexts.jsonl"
PAIR_QUESTIONS = ".questions.jsonl"

Record = Mapping[str, Any]


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
    forms = f"a folder with {QUESTIONS}, or NAME{PAIR_CONTEXTS} beside NAME{PAIR_QUESTIONS}"
    raise QuestionSetError(str(name), f"no question set ({forms}) is there{hint}")


def is_set(name: str | Path) -> bool:
    """Return whether there is a set at this path: a folder, or a pair of files."""
    return is_pair(name) or (Path(name) / QUESTIONS).is_file()


def load_set(name: str | Path) -> QuestionSet:
    """Read a question set: a folder, as `find` finds it, or the common name of a pair of files.

    Raises:
        QuestionSetError: naming the file and line that is wrong.
    """
    if is_pair(name):
        contexts, file = pair_files(name)
        texts = {key: record["text"] for key, record in read_jsonl(contexts).items()}
        questions = tuple(question for _, question in numbered_pairs(file, texts))
        found = QuestionSet(Path(name).name, questions, contexts, file)
    else:
        folder = find(name)
        file = folder / QUESTIONS
        questions = read_questions(file) + read_dialogues(folder)
        found = QuestionSet(folder.resolve().name, questions, articles_of(folder), file)
    if not found.questions:
        raise QuestionSetError(str(file), "holds no question")
    return found


def read_dialogues(folder: Path) -> tuple[Question, ...]:
    """Read a set's `dialogues.jsonl`, if it has one; each dialogue's turns are together, in order.

    Raises:
        QuestionSetError: naming the file and line that is wrong.
    """
    file = folder / DIALOGUES
    if not file.is_file():
        return ()
    asked = {question.id for question in read_questions(folder / QUESTIONS)}
    dialogues: dict[str, list[Question]] = {}
    for number, question in numbered(file):
        if question.id in asked:
            raise QuestionSetError(f"{file}:{number}", f"the id {question.id!r} is in {QUESTIONS}")
        if not question.dialogue:
            raise QuestionSetError(f"{file}:{number}", "has no 'dialogue'")
        dialogues.setdefault(question.dialogue, []).append(question)
    turns = (sorted(turns, key=lambda turn: turn.turn) for turns in dialogues.values())
    return tuple(itertools.chain.from_iterable(turns))


def questions_file(name: str | Path) -> Path:
    """Return the file of a set's questions, where the set is a folder as `find` finds it.

    Raises:
        QuestionSetError: there is no such set.
    """
    return find(name) / QUESTIONS


def articles_of(folder: Path) -> Path | None:
    """Return where a set's articles are: its own file or folder, or what `set.toml` names.

    None without any of them.

    Raises:
        QuestionSetError: what `set.toml` names does not exist.
    """
    if (folder / ARTICLES).is_file():
        return folder / ARTICLES
    file = folder / OPTIONS
    if not file.is_file():
        own = folder / ARTICLES_FOLDER
        return own if own.is_dir() else None
    try:
        named = tomllib.loads(read_text(file)).get("corpus")
    except tomllib.TOMLDecodeError as error:
        raise QuestionSetError(str(file), f"not valid TOML ({error})") from None
    if not isinstance(named, str):
        raise QuestionSetError(
            str(file), "'corpus' must say where the articles are, relative to this file"
        )
    corpus = (folder / named).resolve()
    if not corpus.exists():
        raise QuestionSetError(str(file), f"'corpus': there is no {corpus}")
    return corpus


@dataclass(frozen=True, slots=True)
class _PairAnswer:
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class _PairLine:
    question: str
    context_id: str
    answers: tuple[_PairAnswer, ...]


def is_pair(name: str | Path) -> bool:
    """Return whether both files of a pair have this path, apart from their endings."""
    return all(path.is_file() for path in pair_files(name))


def pair_files(name: str | Path) -> tuple[Path, Path]:
    """Return the paths of a pair: contexts, questions."""
    return Path(f"{name}{PAIR_CONTEXTS}"), Path(f"{name}{PAIR_QUESTIONS}")


def numbered_pairs(
    file: Path, texts: Mapping[str, str], on_error: OnError = stop
) -> Iterator[tuple[int, Question]]:
    """Yield the questions of a pair with the numbers of their lines, which are also their ids.

    Args:
        file: the pair's questions.
        texts: context id -> text.
        on_error: told about a line that is wrong.

    Raises:
        QuestionSetError: the file cannot be read, or what `on_error` raises.
    """
    for number, line in lines_of(file, on_error):
        where = f"{file}:{number}"
        try:
            question = _pair_question(str(number), parse(_adapter(), line, where), texts, where)
        except QuestionSetError as error:
            on_error(error)
            continue
        yield number, question


@functools.cache
def _adapter() -> TypeAdapter[_PairLine]:
    return TypeAdapter(_PairLine)


def _pair_question(
    identifier: str, line: _PairLine, texts: Mapping[str, str], where: str
) -> Question:
    context_id = line.context_id
    if not line.question.strip():
        raise QuestionSetError(where, "'question' is empty")
    if context_id not in texts:
        raise QuestionSetError(where, f"no context {context_id!r}")
    text = texts[context_id]
    for answer in line.answers:
        if not answer.text or answer.start < 0 or not text.startswith(answer.text, answer.start):
            raise QuestionSetError(
                where, f"the answer {answer.text!r} is not at {answer.start} of {context_id!r}"
            )
    return Question(
        id=identifier,
        question=line.question,
        answers=tuple(dict.fromkeys(answer.text for answer in line.answers)),
        answerable=bool(line.answers),
        relevant=tuple(GoldSpan(context_id, a.start, a.start + len(a.text)) for a in line.answers),
        paragraph=GoldSpan(context_id, 0, len(text)),
    )


def write_set(
    lines: Mapping[str, Iterable[Record]], out: Path, *, articles: Path | Iterable[Record] = ()
) -> None:
    """Write a set's folder as a whole: it is prepared beside its place and then moved there.

    Args:
        lines: file name -> its lines.
        out: the folder to make; it may exist if it is empty.
        articles: where the set's articles are, or the lines of an `articles.jsonl`, or nothing.

    Raises:
        QuestionSetError: something is there already, or the questions are no valid set.
        OSError: it cannot be written.
    """
    if os.path.lexists(out) and not (out.is_dir() and not any(out.iterdir())):
        raise QuestionSetError(str(out), "is there already: name a folder that is not")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as parent:
        folder = Path(parent) / out.name
        folder.mkdir()
        for name, records in lines.items():
            write_lines(records, folder / name)
        if QUESTIONS in lines:
            read_questions(folder / QUESTIONS)
        if isinstance(articles, Path):
            _write_options(articles, folder / OPTIONS, home=out)
        elif records := list(articles):
            write_lines(records, folder / ARTICLES)
        folder.rename(out)


def write_lines(records: Iterable[Record], file: Path) -> None:
    """Write a `.jsonl` file; an earlier one is replaced as a whole.

    Raises:
        QuestionSetError: a text is not valid Unicode.
        OSError: it cannot be written; the earlier one stays.
    """
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    replace_file(file, _encoded(text, file))


def _write_options(articles: Path, file: Path, *, home: Path) -> None:
    """Write a `set.toml` that says where the articles are, relative to the set's folder `home`."""
    if not articles.exists():
        raise QuestionSetError(str(articles), "there are no articles: no such file or folder")
    relative = Path(os.path.relpath(articles.resolve(), home.resolve())).as_posix()
    # A JSON string is a TOML string.
    text = f"corpus = {json.dumps(relative, ensure_ascii=False)}\n"
    replace_file(file, _encoded(text, file))


def _encoded(text: str, file: Path) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        reason = "a text holds half of a surrogate pair: not valid Unicode"
        raise QuestionSetError(str(file), reason) from None


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever reads half of it; an earlier one is replaced as a whole.

    Raises:
        OSError: it cannot be written; an earlier file stays.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; this one is as readable as any other.
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
