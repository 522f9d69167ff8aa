"""What a chat needs of a pipeline, and a pipeline that is opened when it is first needed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from qa.errors import QAError
from qa.index import ArticleSummary, Report
from qa.index.versions import Version
from qa.settings import Settings
from qa.text import Span
from qa.types import Answer, Article, Filter, Hit, StreamEvent, Turn


class ArticleIndex(Protocol):
    """The part of an index that the chat uses."""

    @property
    def settings(self) -> Settings:
        """The settings it was opened with."""

    def roots(self) -> list[str]:
        """Return the URIs of the files and folders that articles were read from."""

    def articles_by_id(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Return id -> article, without the ids that are unknown."""

    def generation(self) -> str:
        """Return a token of the state of the articles; another state has another one."""

    def catalogue(self, where: Filter | None = None) -> list[ArticleSummary]:
        """Return a summary of each article that passes the filter, sorted by id."""

    def article(self, article_id: str) -> Article:
        """Return one article; raises ArticleError if there is none of that id."""

    def versions(self, article_id: str) -> list[Version]:
        """Return an article as it is, and its earlier versions, newest first."""

    def corrections(self, article_id: str) -> list[tuple[Article, Span]]:
        """Return the articles that correct this one, and where each says so."""

    def update(
        self,
        places: Sequence[str | Path] = (),
        *,
        progress: Callable[[str, int, int], None] | None = None,
        embedded: Callable[[int, int], None] | None = None,
    ) -> Report:
        """Bring the index up to date with some places; see `qa.index.Index.update`."""

    def remove(self, *article_ids: str) -> None:
        """Remove some articles."""

    def restore(self, article: Article, origin: str) -> None:
        """Insert an article that was removed; `origin` is the URI it came from."""


class QuestionAnswerer(Protocol):
    """The part of a pipeline that the chat uses; see `qa.pipeline.Pipeline`."""

    @property
    def index(self) -> ArticleIndex:
        """The articles to answer from."""

    @property
    def llm_name(self) -> str:
        """Name of the chat model that writes the answers; empty if the articles are quoted."""

    def search(self, query: str, *, k: int = 10, where: Filter | None = None) -> list[Hit]:
        """Return the k best passages for `query`."""

    def answer(
        self, question: str, *, history: Sequence[Turn] = (), where: Filter | None = None
    ) -> Answer:
        """Return the answer to `question`."""

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
    ) -> Iterator[StreamEvent]:
        """Yield what happens while `question` is answered, and the answer last."""


class EndingError(QAError):
    """The server is told to end, and takes no more questions."""

    def __init__(self) -> None:
        super().__init__("the service is being restarted: ask again in a moment")


class LazyPipeline:
    """A pipeline that is opened on first use; while opening fails, each call tries again.

    So a server can start before there is an index, and works as soon as there is one.

    Args:
        source: an open pipeline, or a function that opens one.
        observe: called with each answer, whoever asked.
    """

    def __init__(
        self,
        source: QuestionAnswerer | Callable[[], QuestionAnswerer],
        observe: Callable[[Answer], None] | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._observe = observe
        self._open = source if callable(source) else lambda: source
        self._pipeline: QuestionAnswerer | None = None

    def get(self) -> QuestionAnswerer:
        """Return the pipeline. One thread opens it while the others wait.

        Raises:
            QAError: whatever opening it raised.
        """
        with self._lock:
            if self._pipeline is None:
                opened = self._open()
                self._pipeline = _Observed(opened, self._observe) if self._observe else opened
            return self._pipeline

    @property
    def answering(self) -> int:
        """How many questions are being answered, where answers are observed."""
        pipeline = self._pipeline
        return pipeline.answering if isinstance(pipeline, _Observed) else 0

    def stop_answering(self) -> None:
        """Refuse questions from now on; those being answered go on."""
        if isinstance(self._pipeline, _Observed):
            self._pipeline.ending = True

    def reset(self) -> None:
        """Forget the pipeline, because its index is gone: the next call opens it again."""
        with self._lock:
            self._pipeline = None


class _Observed:
    """A pipeline whose answers are observed."""

    def __init__(self, pipeline: QuestionAnswerer, observe: Callable[[Answer], None]) -> None:
        self._pipeline = pipeline
        self._observe = observe
        self._lock = threading.Lock()
        self.answering = 0
        self.ending = False

    @property
    def index(self) -> ArticleIndex:
        """The articles to answer from."""
        return self._pipeline.index

    @property
    def llm_name(self) -> str:
        """Name of the chat model that writes the answers."""
        return self._pipeline.llm_name

    def search(self, query: str, *, k: int = 10, where: Filter | None = None) -> list[Hit]:
        """Return the k best passages for `query`."""
        return self._pipeline.search(query, k=k, where=where)

    def answer(
        self, question: str, *, history: Sequence[Turn] = (), where: Filter | None = None
    ) -> Answer:
        """Return the answer to `question`."""
        self._demand_open()
        with self._counted():
            answer = self._pipeline.answer(question, history=history, where=where)
        self._observe(answer)
        return answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
    ) -> Iterator[StreamEvent]:
        """Yield what happens while `question` is answered, and the answer last."""
        self._demand_open()
        events = self._pipeline.stream(question, history=history, where=where, quotes=quotes)
        with self._counted():
            for event in events:
                if isinstance(event, Answer):
                    self._observe(event)
                yield event

    def _demand_open(self) -> None:
        if self.ending:
            raise EndingError

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self.answering += 1
        try:
            yield
        except RuntimeError as error:
            # What takes longer than a server waits for finds that no pool of threads takes work.
            if self.ending:
                raise EndingError from error
            raise
        finally:
            with self._lock:
                self.answering -= 1
