"""Reads questions from rows with other tools' keys: tables, ragas, LangSmith, Hugging Face's SQuAD.

Of keys for the gold answer, the reference comes first: in ragas, `answer` beside `ground_truth` is
the system's answer.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from qa.evaluation.imports.base import Imported, Record, checked, without_empty
from qa.evaluation.questions import QuestionSetError

# In each tuple, the first key that a row has is used.
_QUESTION = ("question", "user_input", "query", "input", "prompt")
_ANSWERS = (
    "answers",
    "ground_truth",
    "ground_truths",
    "reference",
    "expected_output",
    "expected",
    "answer",
    "output",
)
_ID = ("id", "question_id", "qid", "_id")
_ARTICLE = ("article_id", "article", "doc_ids", "doc_id", "document_id", "document")
# Keys of texts chosen because they hold the answer, and of texts that a system retrieved.
_CONTEXTS = ("reference_contexts", "context")
_RETRIEVED = ("contexts", "retrieved_contexts")
_UNANSWERABLE = {"is_impossible": ("true", "1", "yes"), "answerable": ("false", "0", "no")}
_USERS = {"human": "user", "user": "user", "ai": "assistant", "assistant": "assistant"}


def of_records(rows: Iterable[tuple[str, Any]], source: str) -> Imported:
    """Return the set in rows given with their locations; texts in the rows become its articles.

    Raises:
        QuestionSetError: a row is not a question; the error names its location.
    """
    contexts: dict[str, str] = {}
    questions = tuple(checked(_questions(rows, contexts), source))
    articles = tuple({"id": identifier, "text": text} for text, identifier in contexts.items())
    return Imported(questions, articles)


def _questions(
    rows: Iterable[tuple[str, Any]], contexts: dict[str, str]
) -> Iterator[tuple[str, Record]]:
    for number, (where, row) in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise QuestionSetError(where, "is no JSON object")
        flat = _flat(row)
        asked = _first(flat, _QUESTION)
        question, history = _conversation(asked) if isinstance(asked, list) else (asked, [])
        if not isinstance(question, str):
            raise QuestionSetError(where, f"has no question: none of {', '.join(_QUESTION)}")
        answers = [] if _unanswerable(flat) else _texts(_first(flat, _ANSWERS), where)
        identifier = _first(flat, _ID)
        yield (
            where,
            without_empty(
                {
                    "id": str(number if identifier is None else identifier),
                    "question": question.strip(),
                    "answers": answers,
                    "answerable": False if _unanswerable(flat) else None,
                    "history": history,
                    **_gold(flat, answers, contexts, where),
                }
            ),
        )


def _flat(row: Record) -> Record:
    """Return a LangSmith row with the keys of its `inputs` and `outputs` at the top level."""
    inputs, outputs = row.get("inputs"), row.get("outputs")
    if not isinstance(inputs, dict):
        return row
    flat = {**row, **inputs}
    if len(inputs) == 1 and _first(inputs, _QUESTION) is None:
        flat["question"] = next(iter(inputs.values()))
    if isinstance(outputs, dict):
        flat |= outputs
        if len(outputs) == 1 and _first(outputs, _ANSWERS) is None:
            flat["answers"] = next(iter(outputs.values()))
    return flat


def _first(row: Record, names: Iterable[str]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "", [])), None)


def _conversation(messages: list[Any]) -> tuple[str | None, list[Record]]:
    """Return the last question of a conversation, and the turns before it."""
    turns = [
        {"role": _USERS[role], "text": message["content"]}
        for message in messages
        if isinstance(message, dict)
        and (role := str(message.get("role") or message.get("type")).lower()) in _USERS
        and isinstance(message.get("content"), str)
    ]
    last = max(
        (number for number, turn in enumerate(turns) if turn["role"] == "user"), default=None
    )
    return (None, []) if last is None else (turns[last]["text"], turns[:last])


def _unanswerable(row: Record) -> bool:
    return any(
        str(row.get(name, "")).strip().lower() in values for name, values in _UNANSWERABLE.items()
    )


def _texts(value: Any, where: str) -> list[str]:
    """Return the texts in a value: a text, a list, SQuAD's object, or a list in a table's cell."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _listed(value)
    if isinstance(value, Mapping):
        value = value.get("text")
    if isinstance(value, (int, float)):
        value = str(value)
    texts = [value] if isinstance(value, str) else value or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise QuestionSetError(
            where, "its answer, context or article is neither a text nor a list of texts"
        )
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _listed(cell: str) -> Any:
    """Return a cell's list, written as JSON or (by pandas) as Python; otherwise the cell itself."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return cell


def _gold(row: Record, answers: list[str], contexts: dict[str, str], where: str) -> Record:
    """Return a question's gold, and add the row's texts to `contexts`."""
    reference = _add_contexts(_first(row, _CONTEXTS), contexts, where)
    retrieved = _add_contexts(_first(row, _RETRIEVED), contexts, where)
    if _unanswerable(row):
        return {}
    spans = [
        span
        for text in reference or retrieved
        for answer in answers
        for span in _spans(answer, text, contexts[text])
    ]
    if spans:
        return {"relevant": spans}
    if reference:
        return {"doc_ids": [contexts[text] for text in reference]}
    return {"doc_ids": _texts(_first(row, _ARTICLE), where)}


def _add_contexts(value: Any, contexts: dict[str, str], where: str) -> list[str]:
    texts = _texts(value, where)
    for text in texts:
        contexts.setdefault(text, f"context-{len(contexts) + 1}")
    return texts


def _spans(answer: str, text: str, identifier: str) -> list[Record]:
    start = text.find(answer)
    return (
        [{"article_id": identifier, "start": start, "end": start + len(answer)}]
        if start >= 0
        else []
    )
