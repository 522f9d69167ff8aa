"""Question sets in SQuAD's pair form: contexts, and questions that are each asked of one of them.

`NAME.contexts.jsonl` holds `id, text`; `NAME.questions.jsonl` holds `question, context_id, answers`, each answer with
`text` and `start`. An empty list says that the context has no answer. Each context is an article.
Source: Rajpurkar et al., "Know What You Don't Know" (2018), whose questions belong to one paragraph each.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from qa.evaluation.corpus import read_jsonl
from qa.evaluation.questions import (
    GoldSpan,
    OnError,
    Question,
    QuestionSet,
    QuestionSetError,
    lines_of,
    parse,
    stop,
)

CONTEXTS = ".contexts.jsonl"
QUESTIONS = ".questions.jsonl"


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class _Line:
    question: str
    context_id: str
    answers: tuple[_Answer, ...]


def is_pair(name: str | Path) -> bool:
    """Tell whether both files of a pair have this path, but for their endings."""
    return all(path.is_file() for path in files(name))


def load(name: str | Path) -> QuestionSet:
    """Read a pair of files as a question set; a question's id is the number of its line.

    Raises:
        QuestionSetError: naming the file and line that is wrong.
    """
    contexts, file = files(name)
    texts = {context_id: record["text"] for context_id, record in read_jsonl(contexts).items()}
    return QuestionSet(Path(name).name, tuple(question for _, question in numbered(file, texts)), contexts, file)


def files(name: str | Path) -> tuple[Path, Path]:
    """Return the paths of a pair: contexts, questions."""
    return Path(f"{name}{CONTEXTS}"), Path(f"{name}{QUESTIONS}")


def numbered(file: Path, texts: Mapping[str, str], on_error: OnError = stop) -> Iterator[tuple[int, Question]]:
    """Yield the questions of a pair's file with the numbers of their lines, given the contexts' texts by id.

    Raises:
        QuestionSetError: the file cannot be read, or what `on_error` raises for a line that is wrong.
    """
    for number, line in lines_of(file, on_error):
        where = f"{file}:{number}"
        try:
            question = _question(str(number), parse(_adapter(), line, where), texts, where)
        except QuestionSetError as error:
            on_error(error)
            continue
        yield number, question


@functools.cache
def _adapter() -> TypeAdapter[_Line]:
    return TypeAdapter(_Line)


def _question(identifier: str, line: _Line, texts: Mapping[str, str], where: str) -> Question:
    context_id = line.context_id
    if not line.question.strip():
        raise QuestionSetError(where, "'question' is empty")
    if context_id not in texts:
        raise QuestionSetError(where, f"no context {context_id!r}")
    text = texts[context_id]
    for answer in line.answers:
        if not answer.text or answer.start < 0 or not text.startswith(answer.text, answer.start):
            raise QuestionSetError(where, f"the answer {answer.text!r} is not at {answer.start} of {context_id!r}")
    return Question(
        id=identifier,
        question=line.question,
        answers=tuple(dict.fromkeys(answer.text for answer in line.answers)),
        answerable=bool(line.answers),
        relevant=tuple(GoldSpan(context_id, a.start, a.start + len(a.text)) for a in line.answers),
        paragraph=GoldSpan(context_id, 0, len(text)),
    )
