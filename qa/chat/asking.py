"""One conversation: questions put to the pipeline, and what became of each."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.chat.opening import Opening
from qa.errors import IndexNotFoundError, IndexStaleError, QAError
from qa.text import normalise
from qa.types import Answer, Article, Turn

QUESTION_CHARS = 2_000
# Twenty frames a second look fluent; more would only be sent and never seen.
FRAME_SECONDS = 0.05
UNEXPECTED = (
    "Something went wrong while this question was answered. The server has noted the details in its log; "
    "you can ask again."
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what became of it.

    Attributes:
        question: as it was asked.
        text: the answer's text as far as it has come.
        answer: set once it is complete.
        articles: those that the answer cites or comes near to, as far as the index still has them.
        error: why there is no answer, in words for the user.
    """

    question: str
    text: str = ""
    answer: Answer | None = None
    articles: tuple[Article, ...] = ()
    error: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self.answer is not None or bool(self.error)


def converse(opening: Opening, past: Sequence[Exchange], question: str) -> Iterator[tuple[Exchange, ...]]:
    """Yield the conversation again and again while its last question is being answered.

    Every failure ends as an exchange with an `error`: the conversation can always go on.
    """
    exchange = Exchange(clean(question))
    if not exchange.question:
        yield tuple(past)
        return
    try:
        for exchange in _answered(opening, history(past), exchange):  # noqa: B020 - the last one is kept for the errors below
            yield (*past, exchange)
    except QAError as error:
        if isinstance(error, IndexNotFoundError | IndexStaleError):
            opening.close()
        yield (*past, dataclasses.replace(exchange, error=str(error)))
    except Exception:  # noqa: BLE001 - this is a border: whatever happened, the conversation goes on
        _log.exception("a question could not be answered")
        yield (*past, dataclasses.replace(exchange, error=UNEXPECTED))


def history(exchanges: Sequence[Exchange]) -> list[Turn]:
    """Return the turns of all answered questions, oldest first."""
    turns = []
    for exchange in exchanges:
        if exchange.answer is not None:
            turns += [Turn("user", exchange.question), Turn("assistant", exchange.answer.text)]
    return turns


def clean(question: str) -> str:
    """Return `question` normalised and stripped; lone surrogates, which no store can hold, are replaced."""
    return normalise(question.encode("utf-8", "replace").decode("utf-8")).strip()


def _answered(opening: Opening, turns: list[Turn], exchange: Exchange) -> Iterator[Exchange]:
    yield exchange
    if len(exchange.question) > QUESTION_CHARS:
        raise QAError(f"This question is too long: at most {QUESTION_CHARS:,} characters can be asked at once.")
    pipeline = opening.pipeline()
    shown = time.monotonic()
    for item in pipeline.stream(exchange.question, history=turns):
        if isinstance(item, Answer):
            yield dataclasses.replace(exchange, text=item.text, answer=item, articles=_articles(opening, item))
            return
        exchange = dataclasses.replace(exchange, text=exchange.text + item)
        if time.monotonic() - shown >= FRAME_SECONDS:
            yield exchange
            shown = time.monotonic()
    raise RuntimeError("the stream ended without an answer")


def _articles(opening: Opening, answer: Answer) -> tuple[Article, ...]:
    ids = [citation.article_id for citation in answer.citations]
    if answer.abstained:
        ids = [hit.passage.article_id for hit in answer.hits]
    found = []
    for article_id in dict.fromkeys(ids):
        # An article may be removed between the answer and its showing; its quote still shows.
        with contextlib.suppress(QAError):
            found.append(opening.pipeline().index.article(article_id))
    return tuple(found)
