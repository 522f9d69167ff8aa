"""One conversation: its exchanges, and how a new question becomes one."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from qa.conversations.cancel import CancelToken, QuestionCancelledError
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.messages import told
from qa.errors import IndexNotFoundError, IndexStaleError, QAError
from qa.text import normalise
from qa.types import Answer, Article, Filter, Found, Hit, Partial, Statement, StreamEvent, Turn

QUESTION_CHARS = 2_000
# Twenty frames a second look fluent; nobody would see more.
FRAME_SECONDS = 0.05
UNEXPECTED = (
    "Something went wrong while this question was answered. The server has noted the details in "
    "its log; you can ask again."
)

Verdict = Literal["", "up", "down"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadingProgress:
    """What is being read for an answer.

    Attributes:
        passages: how many passages.
        titles: of their articles, each once.
        hits: the passages, if a chat model writes from them: that takes long enough to look at
            them meanwhile. Else empty.
        articles: of `hits`.
    """

    passages: int
    titles: tuple[str, ...]
    hits: tuple[Hit, ...] = ()
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer, as far as there is one.

    Attributes:
        question: as it was asked.
        statements: what the answer says so far, while it is incomplete.
        answer: once it is complete.
        articles: those that the answer cites, with their near duplicates; for an abstention, those
            of the nearest passages. Only articles that the index still has.
        error: why there is no answer, in words for the user.
        cancelled: whether the user stopped the answer.
        verdict: the user's judgement of the answer.
        scope: which articles were asked, in words; empty for all.
        reading: what is being read, once it has been found.
        partial: the sentence that a chat model is writing, not yet checked.
    """

    question: str
    statements: tuple[Statement, ...] = ()
    answer: Answer | None = None
    articles: tuple[Article, ...] = ()
    error: str = ""
    cancelled: bool = False
    verdict: Verdict = ""
    scope: str = ""
    reading: ReadingProgress | None = None
    partial: str = ""

    @property
    def finished(self) -> bool:
        """Whether the exchange will not change any more."""
        return self.answer is not None or bool(self.error) or self.cancelled


@dataclass(frozen=True, slots=True)
class ConversationTurn:
    """A question, and the conversation that it continues.

    Attributes:
        question: in the user's words.
        earlier: the exchanges before it.
        literal: whether to take it as a standalone question: the user has corrected how it was
            understood.
        where: `source`, `since` and `until` of the `Filter` on the articles.
        quotes: whether to quote the articles even if a chat model could write.
    """

    question: str
    earlier: tuple[Exchange, ...] = ()
    literal: bool = False
    where: Mapping[str, str] = field(default_factory=dict)
    quotes: bool = False


def take_turn(
    pipeline: LazyPipeline, turn: ConversationTurn, cancel: CancelToken | None = None
) -> Iterator[Exchange]:
    """Yield the exchange of a question again and again while it is answered.

    Nothing is yielded for a blank question. Every failure ends as an exchange with an `error`: the
    conversation can always go on.
    """
    exchange = Exchange(clean(turn.question))
    if not exchange.question:
        return
    try:
        for exchange in _answered(pipeline, turn, exchange, cancel or CancelToken()):  # noqa: B020 - used below
            yield exchange
    except QuestionCancelledError:
        yield _ended(exchange, cancelled=True)
    except QAError as error:
        if isinstance(error, IndexNotFoundError | IndexStaleError):
            pipeline.reset()
        yield _ended(exchange, error=told(error))
    except Exception:  # noqa: BLE001 - outer boundary: whatever happened, the conversation goes on
        _log.exception("a question could not be answered")
        yield _ended(exchange, error=UNEXPECTED)


def history(exchanges: Sequence[Exchange]) -> list[Turn]:
    """Return the turns of all answered questions, oldest first."""
    turns = []
    for exchange in exchanges:
        if (answer := exchange.answer) is not None:
            turns += [Turn("user", exchange.question), Turn("assistant", answer.text, answer)]
    return turns


def clean(question: str) -> str:
    """Return `question` normalised and stripped; lone surrogates, which UTF-8 lacks, become "?"."""
    return normalise(question.encode("utf-8", "replace").decode("utf-8")).strip()


def shown_article_ids(answer: Answer) -> list[str]:
    """Return the ids of the articles that are shown beside an answer, each once.

    Those are the articles it cites, with their near duplicates, and those that it names; for an
    abstention the articles of the passages that were found.
    """
    cited = answer.citations
    ids = [citation.article_id for citation in cited]
    ids += [passage.article_id for citation in cited for passage in answer.duplicates(citation)]
    ids += [link.article_id for said in answer.statements for link in said.links]
    if answer.abstained:
        ids = [hit.passage.article_id for hit in answer.hits]
    return list(dict.fromkeys(ids))


def _answered(
    pipeline: LazyPipeline, turn: ConversationTurn, exchange: Exchange, cancel: CancelToken
) -> Iterator[Exchange]:
    source, since, until = (turn.where.get(name, "") for name in ("source", "since", "until"))
    where = Filter(source=source, since=since, until=until)
    exchange = dataclasses.replace(exchange, scope=str(where))
    yield exchange
    if len(exchange.question) > QUESTION_CHARS:
        limit = f"at most {QUESTION_CHARS:,} characters can be asked at once"
        raise QAError(f"This question is too long: {limit}.")
    shown, shown_at = exchange, time.monotonic()
    articles: Mapping[str, Article] = {}
    events = _events(pipeline, exchange.question, turn, where)
    for event in cancel.watch(events, pause=FRAME_SECONDS):
        match event:
            case Answer():
                found = tuple(articles[i] for i in shown_article_ids(event) if i in articles)
                yield _ended(exchange, statements=(), answer=event, articles=found)
                return
            case Found():
                articles = event.articles
                written = bool(pipeline.get().llm_name) and not turn.quotes
                exchange = dataclasses.replace(exchange, reading=_progress(event, written=written))
                shown_at = 0.0  # shown at once
            case Partial(text):
                exchange = dataclasses.replace(exchange, partial=text)
            case Statement():
                so_far = (*exchange.statements, event)
                exchange = dataclasses.replace(exchange, statements=so_far, partial="")
        due = event is None or time.monotonic() - shown_at >= FRAME_SECONDS
        if due and exchange is not shown:
            shown, shown_at = exchange, time.monotonic()
            yield exchange
    raise RuntimeError("the stream ended without an answer")


def _events(
    pipeline: LazyPipeline, question: str, turn: ConversationTurn, where: Filter
) -> Iterator[StreamEvent]:
    """Open the pipeline if necessary, and yield its events; both may take long."""
    turns = [] if turn.literal else history(turn.earlier)
    yield from pipeline.get().stream(
        question, history=turns, where=where or None, quotes=turn.quotes
    )


def _progress(found: Found, *, written: bool) -> ReadingProgress:
    ids = dict.fromkeys(hit.passage.article_id for hit in found.hits)
    read = tuple(found.articles[article_id] for article_id in ids)
    titles = tuple(article.title or article.id for article in read)
    return ReadingProgress(len(found.hits), titles, *((found.hits, read) if written else ()))


def _ended(exchange: Exchange, **changes: Any) -> Exchange:
    """Return an exchange with `changes`, and without what was only shown meanwhile."""
    return dataclasses.replace(exchange, reading=None, partial="", **changes)
