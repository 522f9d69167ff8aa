"""The chat's API: `ask` and `search`, for gradio_client and plain HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import gradio as gr
from gradio.events import api
from pydantic import TypeAdapter, ValidationError

from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.messages import told
from qa.errors import QAError
from qa.types import Filter, Turn, to_dict

MAX_HITS = 100

_TURNS = TypeAdapter(list[Turn])
P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger(__name__)


def publish(pipeline: LazyPipeline) -> None:
    """Publish `ask` and `search` as API endpoints of the `gr.Blocks` being built."""

    def ask(
        question: str,
        history: list[dict[str, Any]] | None = None,
        source: str = "",
        since: str = "",
        until: str = "",
    ) -> dict[str, Any]:
        """Answer a question from the articles, with citations.

        Args:
            question: a question, or a follow-up to `history`.
            history: earlier turns, oldest first: `{"role": "user" or "assistant", "text": ...}`.
            source: only ask articles of this outlet.
            since: only ask articles from this date on: 2024-01-31, 2024-01 or 2024.
            until: only ask articles up to this date.

        Returns:
            The answer's fields; see `qa.types.Answer`.
        """
        where = Filter(source=source, since=since, until=until)
        try:
            turns = _TURNS.validate_python(history or [])
        except ValidationError as error:
            raise QAError("history: a list of {role: user or assistant, text: ...}") from error
        answer = pipeline.get().answer(question, history=turns, where=where or None)
        answered: dict[str, Any] = to_dict(answer)
        return answered

    def search(query: str, k: int = 10) -> list[dict[str, Any]]:
        """Return the k best passages for a query, best first; see `qa.types.Hit`."""
        if k > MAX_HITS:
            raise QAError(f"k = {k}: at most {MAX_HITS} passages can be asked for")
        return [to_dict(hit) for hit in pipeline.get().search(query, k=k)]

    api(_public(ask), api_name="ask")
    api(_public(search), api_name="search")


def _public(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function whose errors reach the client in words, without details of the server."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except QAError as error:
            raise gr.Error(told(error), print_exception=False) from error
        except Exception as error:
            _log.exception("a request to the API failed")
            raise gr.Error("Something went wrong; the server's log has the details.") from error

    return call
