"""Asking without a conversation on a page: for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa.conversations.cancel import CancelToken
from qa.conversations.conversation import QUESTION_CHARS, clean
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.errors import IndexNotFoundError, IndexStaleError, QAError
from qa.types import Filter, StreamEvent, Turn


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a program.

    Attributes:
        text: in the asker's words.
        history: the turns before it, oldest first.
        where: which articles to answer from; None for all.
        quotes: whether to quote the articles even if a chat model could write.
    """

    text: str
    history: tuple[Turn, ...] = ()
    where: Filter | None = None
    quotes: bool = False


def events(
    pipeline: LazyPipeline, question: Question, cancel: CancelToken
) -> Iterator[StreamEvent]:
    """Yield what happens while a question is answered, and the answer last.

    Raises:
        QuestionCancelledError: it was cancelled.
        QAError: it is empty or too long, there is no index, or whatever answering it raised.
    """
    text = clean(question.text)
    if not text:
        raise QAError("the question is empty: ask about something in the articles")
    if len(text) > QUESTION_CHARS:
        raise QAError(f"the question is too long: ask at most {QUESTION_CHARS:,} characters")
    try:
        for event in cancel.watch(_produced(pipeline, text, question)):
            if event is not None:
                yield event
    except (IndexNotFoundError, IndexStaleError):
        pipeline.reset()
        raise


def _produced(pipeline: LazyPipeline, text: str, question: Question) -> Iterator[StreamEvent]:
    """Open the pipeline if necessary, and yield its events; both may take long."""
    yield from pipeline.get().stream(
        text, history=question.history, where=question.where, quotes=question.quotes
    )
