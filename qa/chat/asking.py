"""One conversation: questions put to the pipeline, and what became of each."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from qa.chat.opening import Opening
from qa.chat.stopping import Stop, StoppedError
from qa.errors import IndexNotFoundError, IndexStaleError, QAError
from qa.text import normalise
from qa.types import Answer, Article, Filter, Hit, Turn

QUESTION_CHARS = 2_000
# Twenty frames a second look fluent; more would only be sent and never seen.
FRAME_SECONDS = 0.05
UNEXPECTED = (
    "Something went wrong while this question was answered. The server has noted the details in its log; "
    "you can ask again."
)

Verdict = Literal["", "up", "down"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is being read for an answer.

    Attributes:
        passages: how many.
        titles: of their articles, each once.
        hits: the passages, where a chat model writes from them: that takes long enough to look at them.
        articles: theirs.
    """

    passages: int
    titles: tuple[str, ...]
    hits: tuple[Hit, ...] = ()
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what became of it.

    Attributes:
        question: as it was asked.
        text: the answer's text as far as it has come.
        answer: set once it is complete.
        articles: those that the answer cites, their reprints, or those that it comes near to; as far as the index
            still has them.
        error: why there is no answer, in words for the user.
        stopped: the visitor did not want the rest of the answer.
        verdict: what the visitor thinks of the answer.
        scope: which articles were asked, in words; empty for all.
        reading: what is being read, once it has been found.
        writing: the sentence that a chat model is at, which is not checked yet.
    """

    question: str
    text: str = ""
    answer: Answer | None = None
    articles: tuple[Article, ...] = ()
    error: str = ""
    stopped: bool = False
    verdict: Verdict = ""
    scope: str = ""
    reading: Reading | None = None
    writing: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self.answer is not None or bool(self.error) or self.stopped


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, with what goes before it.

    Attributes:
        question: in the visitor's words.
        past: the conversation so far.
        replaces: the question takes the place of the last one, which the visitor edited.
        literal: it stands for itself, whatever was said before: the visitor has corrected what was understood.
        where: `source`, `since` and `until` of the `Filter` that says which articles are asked.
        quotes: the articles are quoted, even where a chat model could write.
    """

    question: str
    past: Sequence[Exchange] = ()
    replaces: bool = False
    literal: bool = False
    where: Mapping[str, str] = field(default_factory=dict)
    quotes: bool = False

    @property
    def before(self) -> tuple[Exchange, ...]:
        """The exchanges that stay."""
        return tuple(self.past[:-1] if self.replaces else self.past)


@dataclass(frozen=True, slots=True)
class Writing:
    """The sentence that a chat model is writing, as far as it has come."""

    text: str


def converse(opening: Opening, asking: Asking, stop: Stop | None = None) -> Iterator[tuple[Exchange, ...]]:
    """Yield the conversation again and again while its last question is being answered.

    Every failure ends as an exchange with an `error`: the conversation can always go on.
    """
    exchange = Exchange(clean(asking.question))
    past = asking.before
    if not exchange.question:
        yield tuple(asking.past)
        return
    try:
        for exchange in _answered(opening, asking, exchange, stop or Stop()):  # noqa: B020 - the last one is kept for what follows
            yield (*past, exchange)
    except StoppedError:
        yield (*past, _ended(exchange, stopped=True))
    except QAError as error:
        if isinstance(error, IndexNotFoundError | IndexStaleError):
            opening.close()
        yield (*past, _ended(exchange, error=str(error)))
    except Exception:  # noqa: BLE001 - this is a border: whatever happened, the conversation goes on
        _log.exception("a question could not be answered")
        yield (*past, _ended(exchange, error=UNEXPECTED))


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


def shown_articles(
    opening: Opening, answer: Answer, known: dict[str, Article | None] | None = None
) -> tuple[Article, ...]:
    """Return the articles that an answer cites, with their reprints, or, when it abstains, comes near to.

    What is gone is left out.

    Args:
        opening: of the pipeline that has answered.
        answer: complete.
        known: what was found before, by id, where many answers are shown at once; it grows.
    """
    known = {} if known is None else known
    ids = [citation.article_id for citation in answer.citations]
    ids += [passage.article_id for citation in answer.citations for passage in answer.reprints(citation)]
    if answer.abstained:
        ids = [hit.passage.article_id for hit in answer.hits]
    for article_id in dict.fromkeys(ids):
        if article_id not in known:
            known[article_id] = None
            # An article may be removed between the answer and its showing; its quote still shows.
            with contextlib.suppress(QAError):
                known[article_id] = opening.pipeline().index.article(article_id)
    return tuple(article for article_id in dict.fromkeys(ids) if (article := known[article_id]))


def _answered(opening: Opening, asking: Asking, exchange: Exchange, stop: Stop) -> Iterator[Exchange]:
    source, since, until = (asking.where.get(name, "") for name in ("source", "since", "until"))
    where = Filter(source=source, since=since, until=until)
    exchange = dataclasses.replace(exchange, scope=str(where))
    yield exchange
    if len(exchange.question) > QUESTION_CHARS:
        raise QAError(f"This question is too long: at most {QUESTION_CHARS:,} characters can be asked at once.")
    shown = time.monotonic()
    for item in stop.watch(_stream(opening, exchange.question, asking, where, stop)):
        if isinstance(item, Answer):
            articles = shown_articles(opening, item)
            yield _ended(exchange, text=item.text, answer=item, articles=articles)
            return
        if isinstance(item, Reading):
            exchange = dataclasses.replace(exchange, reading=item)
            yield exchange
            continue
        if isinstance(item, Writing):
            exchange = dataclasses.replace(exchange, writing=item.text)
        else:
            exchange = dataclasses.replace(exchange, text=exchange.text + item, writing="")
        if time.monotonic() - shown >= FRAME_SECONDS:
            yield exchange
            shown = time.monotonic()
    raise RuntimeError("the stream ended without an answer")


def _stream(
    opening: Opening, question: str, asking: Asking, where: Filter, stop: Stop
) -> Iterator[str | Reading | Writing | Answer]:
    """Open the pipeline where it is not, and yield what it streams; both can take long, and be stopped."""
    turns = [] if asking.literal else history(asking.before)
    pipeline = opening.pipeline()
    written = bool(pipeline.writer) and not asking.quotes
    yield from pipeline.stream(
        question,
        history=turns,
        where=where or None,
        quotes=asking.quotes,
        watch=lambda text: stop.add(Writing(text)),
        found=lambda hits, articles: stop.add(_reading(hits, articles, written=written)),
    )


def _reading(hits: Sequence[Hit], articles: Mapping[str, Article], *, written: bool) -> Reading:
    read = [articles[article_id] for article_id in dict.fromkeys(hit.passage.article_id for hit in hits)]
    titles = tuple(article.title or article.id for article in read)
    return Reading(len(hits), titles, tuple(hits), tuple(read)) if written else Reading(len(hits), titles)


def _ended(exchange: Exchange, **became: Any) -> Exchange:
    """Return an exchange with what became of it, and without what only showed meanwhile."""
    return dataclasses.replace(exchange, reading=None, writing="", **became)
