"""Lets a LangChain chat model write the answer from numbered passages."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qa.answering.generation.call import Limits, ModelCall
from qa.answering.generation.models import load_chat_model
from qa.answering.generation.prompt import (
    NO_ANSWER,
    answer_prompt,
    fitting_hits,
    quote_prompt,
    quoted_words,
    render_passages,
    rewrite_prompt,
)
from qa.answering.generation.stream import sentences, without_repetition
from qa.types import Article, Hit, Turn

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = [
    "NO_ANSWER",
    "ChatModel",
    "Limits",
    "ModelCall",
    "fitting_hits",
    "quoted_words",
    "render_passages",
    "sentences",
    "without_repetition",
]

# Seconds: after them the question is taken as the rules understand it.
_REWRITE_TIMEOUT = 20.0


class ChatModel:
    """A chat model that answers and rewrites questions; one that is named is loaded when needed.

    Args:
        model: the model, or its name (see `models.load_chat_model`).
        limits: of each call.
    """

    def __init__(self, model: BaseChatModel | str, limits: Limits | None = None) -> None:
        self._model = model
        self._limits = limits or Limits()
        self._lock = threading.Lock()

    def answer(
        self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]
    ) -> ModelCall:
        """Return a call that writes the answer; the markers in its text number `hits` from 1.

        Raises:
            ModelError: the model could not be loaded.
        """
        return ModelCall(self._loaded(), answer_prompt(question, hits, articles), self._limits)

    def quote(
        self, sentences: Sequence[str], hits: Sequence[Hit], articles: Mapping[str, Article]
    ) -> ModelCall:
        """Return a call that copies the words of the passages that carry each sentence.

        `quoted_words` reads its text.

        Raises:
            ModelError: the model could not be loaded.
        """
        return ModelCall(self._loaded(), quote_prompt(sentences, hits, articles), self._limits)

    def rewrite(self, question: str, history: Sequence[Turn]) -> ModelCall:
        """Return a call that makes a follow-up question understandable on its own.

        It has little time and is not retried.

        Raises:
            ModelError: the model could not be loaded.
        """
        limits = Limits(
            idle_timeout=min(self._limits.idle_timeout, _REWRITE_TIMEOUT),
            timeout=min(self._limits.timeout, _REWRITE_TIMEOUT),
            retries=0,
        )
        return ModelCall(self._loaded(), rewrite_prompt(question, history), limits)

    def _loaded(self) -> BaseChatModel:
        with self._lock:
            if isinstance(self._model, str):
                self._model = load_chat_model(self._model, self._limits)
            return self._model
