"""Lets a LangChain chat model write the answer from numbered passages."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qa.generator.call import Call, Limits
from qa.generator.models import load
from qa.generator.prompt import NO_ANSWER, fitting, messages, render, rewriting
from qa.generator.stream import sentences, unrepeated
from qa.types import Article, Hit, Turn

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["NO_ANSWER", "Call", "Generator", "Limits", "fitting", "render", "sentences", "unrepeated"]

# Seconds after which it is better to go on with the question as the rules understand it.
_REWRITING = 20.0


class Generator:
    """Writes answers with a chat model, given as an object or by its name (see `qa.generator.models.load`)."""

    def __init__(self, model: BaseChatModel | str, limits: Limits | None = None) -> None:
        self._model = model
        self._limits = limits or Limits()
        self._lock = threading.Lock()

    def call(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Call:
        """Return a call that writes the answer; the markers in its text count `hits` from 1.

        Raises:
            ModelError: the model could not be loaded.
        """
        return Call(self._loaded(), messages(question, hits, articles), self._limits)

    def rewriting(self, question: str, history: Sequence[Turn]) -> Call:
        """Return a call that puts a follow-up question so that it stands for itself, tried once and not for long.

        Raises:
            ModelError: the model could not be loaded.
        """
        limits = Limits(min(self._limits.silence, _REWRITING), min(self._limits.total, _REWRITING), retries=0)
        return Call(self._loaded(), rewriting(question, history), limits)

    def _loaded(self) -> BaseChatModel:
        with self._lock:
            if isinstance(self._model, str):
                self._model = load(self._model, self._limits)
            return self._model
