"""What brings the index of a chat up to date: in this process, or in one of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from qa.conversations.lazy_pipeline import LazyPipeline
from qa.errors import QAError
from qa.index import Report
from qa.sources import check_readable

OnArticle = Callable[[str, int, int], None]
OnPassage = Callable[[int, int], None]


class AddingStoppedError(QAError):
    """A visitor has stopped the adding of something."""


class Watch(NamedTuple):
    """What is told of the progress of an update.

    Attributes:
        on_article: called with (name of the item, articles read, articles in all).
        on_passage: called with (passages embedded, passages in all).
    """

    on_article: OnArticle | None = None
    on_passage: OnPassage | None = None


class Updater(Protocol):
    """Updates an index; `qa.index.UpdateProcess` does it in another process."""

    def check(self, path: Path) -> None:
        """Read a file; raises ArticleError if there is no article in it."""

    def update(
        self,
        places: Sequence[str | Path] = (),
        *,
        progress: OnArticle | None = None,
        embedded: OnPassage | None = None,
    ) -> Report:
        """Bring the index up to date with some places; see `qa.index.Index.update`."""

    def end(self) -> None:
        """Release what is only held for the next update."""


class DirectUpdater:
    """Updates the index of a pipeline in this process, which is slow to answer meanwhile.

    Args:
        pipeline: whose index is updated.
    """

    def __init__(self, pipeline: LazyPipeline) -> None:
        self._pipeline = pipeline

    def check(self, path: Path) -> None:
        """Read a file; raises ArticleError if there is no article in it."""
        limit = self._pipeline.get().index.settings.max_article_chars
        check_readable(path, max_chars=limit)

    def update(
        self,
        places: Sequence[str | Path] = (),
        *,
        progress: OnArticle | None = None,
        embedded: OnPassage | None = None,
    ) -> Report:
        """Bring the index up to date with some places; see `qa.index.Index.update`."""
        index = self._pipeline.get().index
        return index.update(places, progress=progress, embedded=embedded)

    def end(self) -> None:
        """Do nothing: nothing is held."""
