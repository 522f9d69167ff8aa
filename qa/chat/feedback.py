"""What visitors think of answers, as a question set that `qa eval` reads."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa.chat.asking import Exchange, history
from qa.errors import QAError
from qa.types import to_dict

CORRECTION_CHARS = 1_000


class Feedback:
    """A question set that grows: one line for each answer that somebody judged.

    Args:
        folder: of the set; it is made when the first answer is judged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "questions.jsonl"
        self._lock = threading.Lock()

    def note(self, identifier: str, line: dict[str, Any] | None) -> None:
        """Write the line of an answer in place of an earlier one; None takes it back.

        Args:
            identifier: of the line, the same whenever the same answer is judged.
            line: what `gold` returns.

        Raises:
            QAError: the set cannot be written.
        """
        with self._lock:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                kept = [text for text in self._lines() if json.loads(text)["id"] != identifier]
                added = [json.dumps({"id": identifier, **line}, ensure_ascii=False)] if line else []
                unfinished = self._file.with_suffix(".unfinished")
                unfinished.write_text("".join(f"{text}\n" for text in [*kept, *added]), encoding="utf-8")
                unfinished.replace(self._file)
            except (OSError, ValueError, LookupError) as error:
                raise QAError(f"feedback cannot be kept in {self._file}: {error}") from error

    def _lines(self) -> list[str]:
        text = self._file.read_text(encoding="utf-8") if self._file.exists() else ""
        return [line for line in text.split("\n") if line.strip()]


def gold(
    exchange: Exchange, before: Sequence[Exchange], *, correct: str = "", unanswerable: bool = False
) -> dict[str, Any] | None:
    """Return the line of a question set that a judged answer makes, but for its id.

    An answer that was right is gold itself: its short answer and where it stands, or that there is none. One that was
    wrong gives what the visitor says is right; where they say nothing, the question is kept without gold.

    Args:
        exchange: with its verdict; without one there is no line.
        before: the exchanges before it.
        correct: the answer that the visitor says is right.
        unanswerable: the visitor says that the articles do not answer the question.
    """
    answer = exchange.answer
    if answer is None or not exchange.verdict:
        return None
    line: dict[str, Any] = {"question": exchange.question, "answers": [], "verdict": exchange.verdict}
    if turns := history(before):
        line["history"] = to_dict(turns)
    if exchange.verdict == "up":
        spans = [{"article_id": c.article_id, "start": c.start, "end": c.end} for c in answer.citations]
        gold_of_answer = {"answers": [answer.short] if answer.short else [], "answerable": True, "relevant": spans}
        return line | ({"answerable": False} if answer.abstained else gold_of_answer)
    if right := " ".join(correct.split())[:CORRECTION_CHARS]:
        return line | {"answers": [right], "answerable": True}
    return line | ({"answerable": False} if unanswerable else {})
