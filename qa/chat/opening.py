"""What the chat needs of a pipeline, and a way to open one when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from qa.index import Entry, Report
from qa.settings import Settings
from qa.types import Answer, Article, Filter, Hit, Turn


class Store(Protocol):
    """The part of an index's store that the chat reads."""

    def roots(self) -> list[Path]:
        """Return the files and folders that articles were read from."""


class Shelf(Protocol):
    """The part of an index that the chat uses."""

    @property
    def settings(self) -> Settings:
        """What it was opened with."""

    @property
    def store(self) -> Store:
        """Where its articles came from."""

    def catalogue(self) -> list[Entry]:
        """Return what a list shows of each article, sorted by id."""

    def article(self, article_id: str) -> Article:
        """Return one article; raises ArticleError if there is none of that id."""

    def update(self, paths: Sequence[Path] = ()) -> Report:
        """Bring the index up to date with some files."""

    def remove(self, article_id: str) -> None:
        """Remove one article."""

    def restore(self, article: Article, origin: str) -> None:
        """Put back an article that was removed, and the file that it came from."""


class Answerer(Protocol):
    """The part of a pipeline that the chat uses."""

    @property
    def index(self) -> Shelf:
        """The articles that are asked."""

    @property
    def writer(self) -> str:
        """The name of the chat model that writes the answers; empty where the articles are quoted."""

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return the answer to `question`."""

    def stream(  # noqa: PLR0913 - by keyword, all but the question
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
        watch: Callable[[str], None] | None = None,
        found: Callable[[Sequence[Hit], Mapping[str, Article]], None] | None = None,
    ) -> Iterator[str | Answer]:
        """Yield pieces of the answer's text, then the answer itself; see `qa.pipeline.Pipeline`."""


class Opening:
    """A pipeline that is opened when it is first needed, and tried again while that fails.

    So the page comes up before there is an index, and works as soon as there is one.

    Args:
        source: an open pipeline, or a function that opens one.
    """

    def __init__(self, source: Answerer | Callable[[], Answerer]) -> None:
        self._lock = threading.Lock()
        self._open = source if callable(source) else lambda: source
        self._pipeline: Answerer | None = None

    def pipeline(self) -> Answerer:
        """Return the pipeline; one thread opens it while the others wait.

        Raises:
            QAError: whatever opening it raised.
        """
        with self._lock:
            if self._pipeline is None:
                self._pipeline = self._open()
            return self._pipeline

    def close(self) -> None:
        """Forget the pipeline, for its index is gone: the next question opens it again."""
        with self._lock:
            self._pipeline = None
