"""Visitors' verdicts on answers, as a question set that `qa eval` reads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from qa.conversations.conversation import Exchange, history
from qa.errors import QAError
from qa.files import make_private_folder, write_private_file

CORRECTION_CHARS = 1_000


class Feedback:
    """A growing question set: one line for each judged answer.

    Args:
        folder: of the set; created when the first answer is judged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "questions.jsonl"
        self._lock = threading.Lock()

    def note(self, identifier: str, line: dict[str, Any] | None) -> None:
        """Write the line of an answer, replacing an earlier one; None deletes it.

        Args:
            identifier: of the line; the same whenever the same answer is judged.
            line: what `gold` returns.

        Raises:
            QAError: the set cannot be written.
        """
        added = [json.dumps({"id": identifier, **line}, ensure_ascii=False)] if line else []
        self._replace(lambda known: known == identifier, added)

    def forget(self, conversation: str) -> None:
        """Delete the lines of all answers of a conversation.

        Raises:
            QAError: the set cannot be written.
        """
        if self._file.exists():
            self._replace(lambda known: known.rpartition("-")[0] == conversation, [])

    def _replace(self, old: Callable[[str], bool], added: Sequence[str]) -> None:
        """Delete the lines whose id is `old`, and append others."""
        with self._lock:
            try:
                make_private_folder(self._folder)
                kept = [text for text in self._lines() if not old(json.loads(text)["id"])]
                content = "".join(f"{text}\n" for text in [*kept, *added])
                write_private_file(self._file, content.encode())
            except (OSError, ValueError, LookupError) as error:
                raise QAError(f"feedback cannot be stored in {self._file}: {error}") from error

    def _lines(self) -> list[str]:
        text = self._file.read_text(encoding="utf-8") if self._file.exists() else ""
        return [line for line in text.split("\n") if line.strip()]


def gold(
    exchange: Exchange,
    earlier: Sequence[Exchange],
    *,
    correct: str = "",
    unanswerable: bool = False,
) -> dict[str, Any] | None:
    """Return the line of a question set for a judged answer, without its id.

    A right answer is gold itself: its short answer and its citations, or that there is none. Of a
    wrong one, gold is what the visitor says is right; without that, the question has no gold.

    Args:
        exchange: with its verdict; None is returned if it has none.
        earlier: the exchanges before it.
        correct: the answer that the visitor says is right.
        unanswerable: whether the visitor says that the articles do not answer the question.
    """
    answer = exchange.answer
    if answer is None or not exchange.verdict:
        return None
    line: dict[str, Any] = {"question": exchange.question, "answers": []}
    line["verdict"] = exchange.verdict
    if turns := history(earlier):
        line["history"] = [{"role": turn.role, "text": turn.text} for turn in turns]
    if exchange.verdict == "up":
        spans = [
            {"article_id": c.article_id, "start": c.start, "end": c.end} for c in answer.citations
        ]
        gold_of_answer = {
            "answers": [answer.short] if answer.short else [],
            "answerable": True,
            "relevant": spans,
        }
        return line | ({"answerable": False} if answer.abstained else gold_of_answer)
    if right := " ".join(correct.split())[:CORRECTION_CHARS]:
        return line | {"answers": [right], "answerable": True}
    return line | ({"answerable": False} if unanswerable else {})
