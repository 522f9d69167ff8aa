"""Remembers the last answers: a turn that is only text gets back the answer it came from."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Sequence

from qa.types import Answer, Turn

_MOST = 256


class Recall:
    """The last answers by question and text. Safe to use from several threads.

    A client may send the earlier turns of a conversation as texts alone. Whoever has the text of an
    answer has seen it, so nobody learns anything from being understood by it.
    """

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, str], Answer] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, answer: Answer) -> None:
        """Remember an answer; the oldest is forgotten."""
        key = (answer.question, answer.text)
        with self._lock:
            self._answers[key] = dataclasses.replace(answer, hits=())
            self._answers.move_to_end(key)
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)

    def structured(self, history: Sequence[Turn]) -> list[Turn]:
        """Return the turns, those of the assistant with their answers as far as remembered."""
        turns: list[Turn] = []
        for turn in history:
            known = None
            if turn.role == "assistant" and turn.answer is None and turns:
                with self._lock:
                    known = self._answers.get((turns[-1].text, turn.text))
            turns.append(dataclasses.replace(turn, answer=known) if known else turn)
        return turns
